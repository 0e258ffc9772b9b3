package main

// version tells which sources a program was built from.
const version = "${planted}"
