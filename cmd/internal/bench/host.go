package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// host takes uploads as fast as loopback gives them and throws them away. It
// answers as Chevereto 4.3 and later do, with neither "md5" nor "checksum".
// It is written on bare sockets, so that it takes as little as possible of the
// processor that the contenders share with it.
type host struct {
	rate    int64         // bytes a second of each connection; 0: as they come
	delay   time.Duration // before each answer
	told    bool          // each upload is told on standard output
	address string
	files   atomic.Int64
	bytes   atomic.Int64
	out     sync.Mutex
}

// arrival is what a host that tells says of an upload, one JSON object a line.
type arrival struct {
	Name  string    `json:"name"`
	First time.Time `json:"first"` // byte of the request
	Done  time.Time `json:"done"`  // the answer is out
}

// tally is what a host has taken since it started.
type tally struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

// hostMode is the host's process: it prints its address and ends when its
// standard input does, that is with the process that started it.
func hostMode(args []string) error {
	h := &host{}
	f := flag.NewFlagSet("host", flag.ContinueOnError)
	f.Int64Var(&h.rate, "rate", 0, "bytes a second")
	f.DurationVar(&h.delay, "delay", 0, "before each answer")
	f.BoolVar(&h.told, "told", false, "tell each upload")
	if err := f.Parse(args); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.address = "http://" + l.Addr().String()
	fmt.Println(h.address)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		l.Close()
	}()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go h.serve(conn)
	}
}

// serve answers the requests of one connection until its other end closes it.
func (h *host) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 64<<10)
	buf := make([]byte, 64<<10)
	for {
		if _, err := in.Peek(1); err != nil {
			return
		}
		a := arrival{First: time.Now()}
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if r.Method == http.MethodGet {
			body, _ := json.Marshal(tally{h.files.Load(), h.bytes.Load()})
			if reply(conn, body) != nil {
				return
			}
			continue
		}
		if r.Header.Get("Expect") != "" {
			if _, err := io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
				return
			}
		}
		size := int64(0)
		if a.Name, size, err = h.take(r, buf); err != nil {
			return
		}
		time.Sleep(h.delay)
		h.bytes.Add(size)
		if reply(conn, h.answer(h.files.Add(1), a.Name, size)) != nil || r.Close {
			return
		}
		a.Done = time.Now()
		h.tell(a)
	}
}

// take reads a form and says what its file was.
func (h *host) take(r *http.Request, buf []byte) (name string, size int64, err error) {
	begun, read := time.Now(), int64(0)
	for {
		n, err := r.Body.Read(buf)
		if read == 0 && n > 0 {
			name, size = fileOf(r, buf[:n])
		}
		read += int64(n)
		if h.rate > 0 {
			time.Sleep(time.Until(begun.Add(time.Duration(read) * time.Second / time.Duration(h.rate))))
		}
		if errors.Is(err, io.EOF) {
			if read != r.ContentLength {
				return "", 0, io.ErrUnexpectedEOF
			}
			return name, size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}

// fileOf reads the head of a form whose only part is a file.
func fileOf(r *http.Request, start []byte) (name string, size int64) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", 0
	}
	head, _, _ := bytes.Cut(start, []byte("\r\n\r\n"))
	if _, rest, ok := strings.Cut(string(head), `filename="`); ok {
		name, _, _ = strings.Cut(rest, `"`)
	}
	tail := len("\r\n--") + len(params["boundary"]) + len("--\r\n")
	return name, r.ContentLength - int64(len(head)+len("\r\n\r\n")+tail)
}

func (h *host) tell(a arrival) {
	if !h.told {
		return
	}
	line, err := json.Marshal(a)
	if err != nil {
		return
	}
	h.out.Lock()
	defer h.out.Unlock()
	fmt.Printf("%s\n", line)
}

func reply(conn net.Conn, body []byte) error {
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n\r\n", len(body))
	_, err := conn.Write(append([]byte(head), body...))
	return err
}

// answer is as long as a real one: some 2 KB.
func (h *host) answer(n int64, name string, size int64) []byte {
	id := fmt.Sprintf("b%d", n)
	file := func(variant string) map[string]any {
		return map[string]any{
			"filename": id + variant + ".png", "name": id + variant, "mime": "image/png", "extension": "png",
			"url": h.address + "/images/2026/01/01/" + id + variant + ".png", "size": size,
		}
	}
	now := time.Now().UTC().Format(time.DateTime)
	body, _ := json.Marshal(map[string]any{
		"status_code": 200, "status_txt": "OK",
		"success": map[string]any{"message": "file uploaded", "code": 200},
		"image": map[string]any{
			"name": id, "extension": "png", "size": size, "width": 640, "height": 480, "date": now, "date_gmt": now,
			"title": name, "description": nil, "nsfw": 0, "storage_mode": "datefolder", "original_filename": name,
			"original_exifdata": nil, "views": 0, "category_id": nil, "chain": 7, "thumb_size": 2921, "medium_size": 4500,
			"expiration_date_gmt": nil, "likes": 0, "is_animated": 0, "is_approved": 1, "is_360": 0, "duration": 0,
			"type": "image", "tags": []any{}, "tags_string": "", "file": map[string]any{"resource": map[string]any{"type": "path"}},
			"id_encoded": id, "filename": id + ".png", "mime": "image/png", "url": h.address + "/images/2026/01/01/" + id + ".png",
			"ratio": 1.3333333333333333, "size_formatted": "4.4 KB", "image": file(""), "medium": file(".md"), "thumb": file(".th"),
			"url_viewer": h.address + "/image/" + id, "path_viewer": "/image/" + id, "url_short": h.address + "/image/" + id,
			"display_url": h.address + "/images/2026/01/01/" + id + ".md.png", "display_width": "500", "display_height": 375,
			"views_label": "views", "likes_label": "likes", "how_long_ago": "1 second ago", "date_fixed_peer": now,
			"title_truncated": name, "title_truncated_html": name, "is_use_loader": false, "display_title": name,
			"delete_url": h.address + "/image/" + id + "/delete/9307bfc78986e5e452a3e343cc236e17cca7cbe4cf2df415",
		},
	})
	return body
}
