package wire

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatAHostSendsBeyondItsAnswerIsNotLogged has a host answer with a
// Content-Length that is too short, as broken proxies do.
func TestWhatAHostSendsBeyondItsAnswerIsNotLogged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "upshot.log")
	logger, closer := openLog(path, slog.LevelDebug)
	before, flags := log.Writer(), log.Flags()
	slog.SetDefault(logger.With("in", "a test").WithGroup("group"))
	t.Cleanup(func() { log.SetOutput(before); log.SetFlags(flags) })

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	read := make(chan struct{})
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
			<-read // not in the same packet
			fmt.Fprint(conn, "/delete/0123456789abcdef")
		}
	}()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(mustRequest(t, "http://"+l.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err != nil { // only then is the connection kept
		t.Fatal(err)
	}
	resp.Body.Close()
	close(read)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		data, err := os.ReadFile(path)
		switch {
		case err == nil && strings.Contains(string(data), "host sent more than its answer"):
			if strings.Contains(string(data), "delete") {
				t.Error("what the host sent stands in the log")
			}
			_ = closer.Close()
			return
		case time.Now().After(deadline):
			t.Fatalf("nothing was logged: %v", err)
		}
	}
}

func mustRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return req
}
