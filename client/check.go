package client

import (
	"context"
	"net/http"
	"strings"
)

// Check tests address and key without uploading anything: it posts the key
// without a source. A host that speaks this API answers code 130 ("empty
// source") when the key is good. nil means both are good; an [*Error] of
// KindAuth a wrong key, KindDenied that uploads are off, KindProtocol that
// this is no Chevereto host.
func (c *Client) Check(ctx context.Context) error {
	if err := c.noKey(); err != nil {
		return err
	}
	// The form has a field, so that PHP takes it for one.
	f := newForm(append(c.fields(Upload{}), field{"format", "json"}))
	header := c.withKey(c.header())
	header.Set("Content-Type", f.contentType())
	a, failure := c.exchange(ctx, request{method: http.MethodPost, to: c.endpoint(""), header: header, out: newOutgoing(f, nil, 0, false)})
	if failure != nil {
		return failure
	}
	q := c.asked(Upload{})
	env, err := parseEnvelope(a.body)
	if err != nil {
		return a.unreadable(q, err)
	}
	if env.failure != nil {
		says := strings.ToLower(env.message)
		if env.code == "130" || env.code == "" && strings.Contains(says, "empty upload source") {
			c.keyIsGood.Store(true)
			return nil // a flood limit has this code too, and asks for the key first
		}
	} else if env.integer("status_code") == http.StatusOK {
		return a.fail(KindProtocol, "the host said OK to an upload of nothing")
	}
	return a.refused(q, env)
}
