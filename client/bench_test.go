package client

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkBody builds and reads the whole body of a 1 GB upload, without a
// network: what it allocates does not depend on the size.
func BenchmarkBody(b *testing.B) {
	for name, size := range map[string]big{"1MB": 1 << 20, "1GB": 1 << 30} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			buf := make([]byte, 32<<10)
			for b.Loop() {
				f := newForm(nil)
				f.openFile("source", "a.mp4", "video/mp4")
				out := newOutgoing(f, size, int64(size), false)
				out.sums = newSums(nil, false, false)
				for {
					if _, err := out.Read(buf); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
				out.stop(true)
			}
		})
	}
}

// BenchmarkUpload sends 256 MB to a host on loopback that throws them away.
func BenchmarkUpload(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, okAnswer)
	}))
	defer s.Close()
	c := newClient(b, Config{Address: s.URL})
	const size = big(256 << 20)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Upload(b.Context(), Upload{Name: "a.mp4", Body: size}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestABodyOfAnySizeNeedsTheSameMemory(t *testing.T) {
	allocated := func(size big) float64 {
		buf := make([]byte, 32<<10)
		return testing.AllocsPerRun(1, func() {
			f := newForm(nil)
			f.openFile("source", "a.mp4", "video/mp4")
			out := newOutgoing(f, size, int64(size), false)
			out.sums = newSums(nil, false, false)
			for {
				if _, err := out.Read(buf); err != nil {
					break
				}
			}
			out.stop(true)
		})
	}
	if small, large := allocated(8<<20), allocated(128<<20); large > small+5 {
		t.Errorf("%v allocations for 8 MB, %v for 128 MB", small, large)
	}
}
