package client

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// What lies in memory already is handed to the connection where it lies: the
// host must get the same bytes all the same.
func TestABodyThatIsHandedOnWithoutCopyingArrivesWhole(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef!"), (2*besides+12345)/17)
	for name, want := range map[string]struct {
		size    int
		encoded bool
		paced   bool
	}{
		"a large file":               {size: len(content)},
		"a large file as base64":     {size: len(content), encoded: true},
		"a large file at a pace":     {size: len(content), paced: true},
		"as large as is sent so":     {size: besides + 1},
		"just too small to be":       {size: besides},
		"small":                      {size: 1000},
		"a pace that begins halfway": {size: len(content), paced: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForm([]field{{"title", "two words"}})
			f.openFile("source", "a.png", "image/png")
			body := func() *outgoing {
				o := newOutgoing(f, bytes.NewReader(content[:want.size]), int64(want.size), want.encoded)
				o.sums = newSums(nil, true, false)
				return o
			}
			plain := body()
			expected, err := io.ReadAll(plain)
			if err != nil {
				t.Fatal(err)
			}
			plain.stop(true)

			out := body()
			if want.paced {
				asked := 0
				out.pace, out.moved = func(int) error { return nil }, func() {}
				out.paced = func() bool { asked++; return name == "a large file at a pace" || asked > 5 }
			}
			here, there := net.Pipe()
			got := make(chan []byte, 1)
			go func() {
				all, _ := io.ReadAll(there)
				got <- all
			}()
			conn := &patientConn{Conn: here, ended: make(chan struct{})}
			n, err := conn.ReadFrom(io.LimitReader(out, out.length))
			if err != nil || n != out.length {
				t.Errorf("sent %d of %d bytes: %v", n, out.length, err)
			}
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
			sent, failure := out.stop(true)
			if sent != SentWhole || failure != nil {
				t.Errorf("ended as %v, %v", sent, failure)
			}
			if all := <-got; !bytes.Equal(all, expected) {
				t.Errorf("the host got %d bytes that are not the %d of the body", len(all), len(expected))
			}
			if out.sums.sha256Hex() != plain.sums.sha256Hex() || out.sums.md5Hex() != plain.sums.md5Hex() {
				t.Error("other bytes were hashed than were sent")
			}
		})
	}
}
