package client

// ParseAddress mends and checks the address of a site as a person types it:
// white space and trailing slashes go, a missing scheme becomes https (http
// for loopback), "/api/1/upload" pasted whole is cut off. It refuses what is
// no http or https address, carries a user, a query or a fragment.
// The error is an [*Error] of KindInvalid with a sentence for a person.
func ParseAddress(typed string) (string, error) {
	panic("not written yet")
}

// ParseExpiration checks an expiration as a person types it and returns its
// ISO 8601 form: "30m", "1h", "3d", "2w" (m is minutes), or ISO 8601 in
// capitals ("PT30M", "P3D"), between 5 minutes and 1 year. Everything else,
// a bare number and an empty value included, is an [*Error] of KindInvalid:
// a value that a real server cannot parse makes it delete the file after
// five minutes.
func ParseExpiration(typed string) (string, error) {
	panic("not written yet")
}
