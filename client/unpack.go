package client

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
)

// errPacked says that an answer is packed in a way we cannot undo.
var errPacked = errors.New("the answer is packed in a way that we did not ask for")

// unpack undoes a compression that nobody asked for: some servers, and what
// stands in front of them, pack whatever they send. Of an answer that was cut
// it returns what there is. At most limit bytes are returned.
func unpack(body []byte, encoding string, limit int64) ([]byte, error) {
	var r io.Reader
	var err error
	encoding = strings.ToLower(strings.TrimSpace(encoding))
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}): // whatever the header says
		var z *gzip.Reader
		if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			z.Multistream(false) // what follows it is none of ours
			r = z
		}
	case encoding == "deflate":
		if r, err = zlib.NewReader(bytes.NewReader(body)); err != nil { // many mean it without zlib's head
			r, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	case encoding == "br" || encoding == "zstd" || encoding == "compress":
		if len(body) > 0 && body[0] != '{' && body[0] != '<' {
			return nil, errPacked
		}
		return body, nil
	default:
		return body, nil
	}
	if err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		err = io.ErrUnexpectedEOF // cut or damaged
	}
	return plain, err
}
