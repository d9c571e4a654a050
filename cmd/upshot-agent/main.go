// Command upshot-agent is "upshot agent" as a Windows program without a
// console window (linked with -H=windowsgui).
package main

import (
	"os"

	"images-uploader.com/upshot/cmd/internal/cli"
)

func main() {
	os.Exit(cli.Main(append([]string{"agent"}, os.Args[1:]...), os.Stdin, os.Stdout, os.Stderr))
}
