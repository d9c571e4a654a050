package client

// Validate checks the parameters in words before anything is sent. The error
// is an [*Error] of KindInvalid.
func (p Params) Validate() error {
	panic("not written yet")
}
