package client

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
)

func FuzzUnpack(f *testing.F) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, okAnswer)
	_ = w.Close()
	f.Add(b.Bytes(), "gzip")
	f.Add(b.Bytes()[:30], "")
	f.Add([]byte(okAnswer), "br")
	f.Add([]byte("x\x9c\xabV*.I,)\x05"), "deflate")
	f.Add([]byte("\x1f\x8b"), "deflate, gzip")
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		const limit = 1000
		plain, err := unpack(body, encoding, limit)
		if packed := !bytes.Equal(plain, body); packed && len(plain) > limit {
			t.Errorf("%d bytes", len(plain))
		}
		if err == nil && len(body) > 0 && body[0] == '{' && encoding != "deflate" && !bytes.Equal(plain, body) {
			t.Error("what was not packed was changed")
		}
	})
}
