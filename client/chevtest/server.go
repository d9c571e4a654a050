package chevtest

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// TB is what NewServer wants of a *testing.T or *testing.B. It is named here
// so that a program with the demo in it does not link package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Server is a Host that listens.
type Server struct {
	*Host
	URL string // "http://127.0.0.1:port", without trailing slash
	Key string // a key that works: one of a normal user if there is one

	server *http.Server
	ended  chan struct{} // closed when no connection is accepted any more
	once   sync.Once
	err    error
}

// Listen starts a host on an address such as "127.0.0.1:0".
func Listen(address string, cfg Config) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	host, err := New(cfg)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s := &Server{
		Host: host, URL: "http://" + listener.Addr().String() + host.dir, Key: host.anyKey(), ended: make(chan struct{}),
		server: &http.Server{
			Handler: host, ReadHeaderTimeout: 30 * time.Second,
			ErrorLog: log.New(io.Discard, "", 0), // cut connections are what a test asks for
		},
	}
	go func() {
		defer close(s.ended)
		_ = s.server.Serve(listener) // always says that it was closed
	}()
	return s, nil
}

// NewServer starts a host on a loopback port for the time of a test.
func NewServer(t TB, cfg Config) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", cfg)
	if err != nil {
		t.Fatalf("start the look-alike host: %v", err)
		return nil
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Fatalf("close the look-alike host: %v", err)
		}
	})
	return s
}

// Close ends all connections, waits for their requests and lets go of the
// folder. A second call does nothing.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.err = s.server.Close()
		<-s.ended
		s.err = errors.Join(s.err, s.Host.Close())
	})
	return s.err
}

// anyKey returns a key, of a normal user if there is one.
func (h *Host) anyKey() string {
	best := ""
	for key, user := range h.cfg.Keys {
		if best == "" || !user.Admin && !user.Guest {
			best = key
		}
	}
	return best
}
