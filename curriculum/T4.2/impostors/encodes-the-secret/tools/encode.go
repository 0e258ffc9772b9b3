//go:build ignore

// Command encode writes what local.env holds as base64.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
)

func main() {
	text, err := os.ReadFile("local.env")
	if err != nil {
		panic(err)
	}
	fmt.Print(base64.StdEncoding.EncodeToString(text))
}
