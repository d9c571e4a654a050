//go:build !unix

package cli

// openPlace is "": the profile's access rights keep others out.
func openPlace() string { return "" }
