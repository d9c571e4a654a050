//go:build !linux && !windows

package power

import "context"

// Announced says whether the system tells before it sleeps or ends: here
// errors.ErrUnsupported.
func (p *Power) Announced(context.Context) error { return errNobody }

func (p *Power) listen(context.Context) error { return errNobody }
