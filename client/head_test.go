package client

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
)

// written keeps what is written to a connection, write by write.
type written struct {
	net.Conn
	writes [][]byte
	broken bool
}

func (w *written) Write(p []byte) (int, error) {
	if w.broken {
		return 0, net.ErrClosed
	}
	w.writes = append(w.writes, bytes.Clone(p))
	return len(p), nil
}

func TestTheHeadOfARequestLeavesWithTheBeginningOfItsBody(t *testing.T) {
	const head = "POST /api/1/upload HTTP/1.1\r\n\r\n"
	body := bytes.Repeat([]byte("body "), 1000)
	start := func(asked bool) (*patientConn, *written) {
		w := &written{}
		conn := &patientConn{Conn: w, ended: make(chan struct{})}
		conn.asked(asked)
		if n, err := conn.Write([]byte(head)); n != len(head) || err != nil {
			t.Fatalf("the head: %d bytes, %v", n, err)
		}
		return conn, w
	}
	t.Run("in one piece", func(t *testing.T) {
		conn, w := start(true)
		if len(w.writes) != 0 {
			t.Errorf("the head left alone")
		}
		n, err := conn.ReadFrom(bytes.NewReader(body))
		if n != int64(len(body)) || err != nil {
			t.Errorf("the body: %d bytes, %v", n, err)
		}
		if len(w.writes) != 1 || string(w.writes[0]) != head+string(body) {
			t.Errorf("%d writes, the first of %d bytes", len(w.writes), len(w.writes[0]))
		}
	})
	t.Run("before a body that is written otherwise", func(t *testing.T) {
		conn, w := start(true)
		if n, err := conn.Write(body); n != len(body) || err != nil {
			t.Errorf("the body: %d bytes, %v", n, err)
		}
		if all := bytes.Join(w.writes, nil); string(all) != head+string(body) {
			t.Errorf("%d bytes left", len(all))
		}
	})
	t.Run("and at once where no body follows, also after one that was never sent", func(t *testing.T) {
		conn, w := start(true)
		conn.asked(false)
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if len(w.writes) != 1 || string(w.writes[0]) != "GET / HTTP/1.1\r\n\r\n" {
			t.Errorf("%q left", w.writes)
		}
	})
	t.Run("and nothing of the body counts as sent when the connection is broken", func(t *testing.T) {
		conn, w := start(true)
		w.broken = true
		conn.end() // nothing more can be read: no answer is waited for
		n, err := conn.ReadFrom(io.LimitReader(bytes.NewReader(body), 100))
		if n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}
