// Package layers holds no code: its test keeps the import rule, who may know
// whom, over all packages and over the programs that are built of them.
package layers
