package main

// version tells which sources a program was built from. The check writes one of its own here before it builds the image.
const version = "development"
