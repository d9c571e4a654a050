// Command upshot uploads pictures and videos and hands back their links.
package main

import (
	"os"

	"images-uploader.com/upshot/cmd/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
