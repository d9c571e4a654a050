package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"images-uploader.com/upshot/client"
)

// site stands for a host that stores a file.
func site() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, h, err := r.FormFile("source")
		switch {
		case r.Header.Get("X-API-Key") != "chv_right":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"status_code":400,"error":{"message":"Invalid API key.","code":100},"status_txt":"Bad Request"}`)
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"status_code":400,"error":{"message":"Empty upload source","code":130},"status_txt":"Bad Request"}`)
		default:
			f.Close()
			fmt.Fprintf(w, `{"status_code":200,"image":{"id_encoded":"ZfGd","type":"image","title":"A cat","size":%d,
				"url":"https://example.org/images/cat.png","url_viewer":"https://example.org/image/cat.ZfGd"},"status_txt":"OK"}`, h.Size)
		}
	}))
}

func Example() {
	host := site()
	defer host.Close()
	ctx := context.Background()

	c, err := client.New(client.Config{Address: host.URL, Key: client.NewKey("chv_right")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	if err := c.Check(ctx); err != nil {
		fmt.Println(err)
		return
	}
	result, err := c.Upload(ctx, client.Upload{
		Name:   "cat.png",
		Body:   strings.NewReader("\x89PNG\r\n\x1a\n..."), // an *os.File with a Size method, as a rule
		Params: client.Params{Title: "A cat"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Image.Link(client.LinkDirect))
	fmt.Println(result.Image.Link(client.LinkMarkdown))
	// Output:
	// https://example.org/images/cat.png
	// ![A cat](https://example.org/images/cat.png)
}

func ExampleError() {
	host := site()
	defer host.Close()
	c, err := client.New(client.Config{Address: host.URL, Key: client.NewKey("chv_wrong")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	_, err = c.Upload(context.Background(), client.Upload{Name: "cat.png", Body: strings.NewReader("x")})
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println("kind:", e.Kind)
		fmt.Println("the host said:", e.Message)
		fmt.Println("may be stored:", e.Sent == client.SentWhole && e.Status == 0)
	}
	// Output:
	// kind: auth
	// the host said: Invalid API key.
	// may be stored: false
}

func ExampleParseAddress() {
	for _, typed := range []string{"images-uploader.com/", "https://example.org/pics/api/1/upload", "localhost:8080", "https://me@example.org"} {
		address, err := client.ParseAddress(typed)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(address)
	}
	// Output:
	// https://images-uploader.com
	// https://example.org/pics
	// http://localhost:8080
	// invalid: the address must not hold a user or a password
}

func ExampleParseExpiration() {
	for _, typed := range []string{"30m", "2w", "P3D", "p3d"} {
		iso, err := client.ParseExpiration(typed)
		fmt.Printf("%s %q %v\n", typed, iso, err != nil)
	}
	// Output:
	// 30m "PT30M" false
	// 2w "P2W" false
	// P3D "P3D" false
	// p3d "" true
}

func ExampleImage_Template() {
	im, err := client.DecodeImage(json.RawMessage(`{"id_encoded":"ZfGd","title":"A cat","size":3011299,"thumb":{"url":"https://example.org/cat.th.png"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := im.Template(`{{.title}} ({{.size}} bytes): {{.thumb.url}}{{.medium.url}}`)
	fmt.Println(text, err)
	// Output:
	// A cat (3011299 bytes): https://example.org/cat.th.png <nil>
}

func ExampleKey() {
	key := client.NewKey("chv_right")
	fmt.Printf("%v %q %d\n", key, key, key)
	fmt.Println(key.Reveal() == "chv_right")
	// Output:
	// redacted redacted redacted
	// true
}
