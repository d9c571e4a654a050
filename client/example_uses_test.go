package client_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"images-uploader.com/upshot/client"
	"images-uploader.com/upshot/client/chevtest"
)

// demo starts a host on this machine and a client of it.
func demo(cfg chevtest.Config) (c *client.Client, end func()) {
	host, err := chevtest.Listen("127.0.0.1:0", cfg)
	if err != nil {
		log.Fatal(err)
	}
	c, err = client.New(client.Config{Address: host.URL, Key: client.NewKey(host.Key)})
	if err != nil {
		log.Fatal(err)
	}
	return c, func() {
		c.Close()
		_ = host.Close()
	}
}

// file is a file on disk as a [client.Body]: it can be read again from its
// beginning, for another try.
type file struct{ *os.File }

func (f file) Size() int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// gif is the smallest picture.
const gif = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

func ExampleClient_Upload() {
	c, end := demo(chevtest.Config{})
	defer end()
	dir, err := os.MkdirTemp("", "upshot-example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "dot.gif")
	if err := os.WriteFile(path, []byte(gif), 0o600); err != nil {
		log.Fatal(err)
	}

	f, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	body := file{f}
	result, err := c.Upload(context.Background(), client.Upload{
		Name:   filepath.Base(path),
		Body:   body,
		Params: client.Params{Title: "A dot", Tags: []string{"small"}, Expiration: "3d"},
		Progress: func(sent int64) {
			if sent == body.Size() {
				fmt.Println("the file is out, waiting for the host")
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Image.Title, result.Image.Width, "x", result.Image.Height, result.Image.MIME)
	fmt.Println("stored as it was sent:", result.Verified == client.VerifiedIdentical)
	fmt.Println("days left:", time.Until(result.Image.Expires).Round(time.Hour).Hours()/24)
	// Output:
	// the file is out, waiting for the host
	// A dot 1 x 1 image/gif
	// stored as it was sent: true
	// days left: 3
}

// What a host did not do as it was asked stands in the result, in sentences.
func ExampleResult_warnings() {
	c, end := demo(chevtest.Config{Site: chevtest.Site{NoExpiration: true}})
	defer end()
	result, err := c.Upload(context.Background(), client.Upload{
		Name: "dot.gif", Body: strings.NewReader(gif), Params: client.Params{Expiration: "PT30M"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, sentence := range result.Warnings {
		fmt.Println(sentence)
	}
	// Output:
	// the host did not take over the expiration: it keeps the file
}

func ExampleClient_Check() {
	c, end := demo(chevtest.Config{})
	defer end()
	fmt.Println("good key:", c.Check(context.Background()))

	wrong, err := client.New(client.Config{Address: c.Address(), Key: client.NewKey("chv_x_y")})
	if err != nil {
		log.Fatal(err)
	}
	defer wrong.Close()
	fmt.Println("bad key:", wrong.Check(context.Background()))
	// Output:
	// good key: <nil>
	// bad key: auth: Invalid API key.
}

func ExampleClient_Delete() {
	c, end := demo(chevtest.Config{})
	defer end()
	ctx := context.Background()
	result, err := c.Upload(ctx, client.Upload{Name: "dot.gif", Body: strings.NewReader(gif)})
	if err != nil {
		log.Fatal(err)
	}
	link := result.Image.DeleteLink // keep it: no later answer tells it again
	fmt.Println("printed it is", link)
	fmt.Println("deleted:", c.Delete(ctx, link) == nil)
	fmt.Println("gone already:", errors.Is(c.Delete(ctx, link), fs.ErrNotExist))
	// Output:
	// printed it is redacted
	// deleted: true
	// gone already: true
}

// What follows from a failure depends on its kind and on how much had left.
func ExampleError_kinds() {
	c, end := demo(chevtest.Config{Site: chevtest.Site{Flood: chevtest.Flood{Hour: 1}}})
	defer end()
	ctx := context.Background()
	for range 2 {
		_, err := c.Upload(ctx, client.Upload{Name: "dot.gif", Body: strings.NewReader(gif)})
		explain(err)
	}
	_, err := c.Upload(ctx, client.Upload{Name: "dot.gif", Body: strings.NewReader(gif + "another")})
	explain(err)
	// Output:
	// uploaded
	// the host has it already: Duplicated upload
	// wait: at most 1 file per hour
}

func explain(err error) {
	var e *client.Error
	switch {
	case err == nil:
		fmt.Println("uploaded")
	case !errors.As(err, &e):
		fmt.Println(err)
	case e.Kind == client.KindDuplicate:
		fmt.Println("the host has it already:", e.Message)
	case e.Kind == client.KindThrottled && e.Limit > 0:
		fmt.Println("wait: at most", e.Limit, "file per", e.Period)
	case e.Sent == client.SentWhole:
		fmt.Println("it may be stored all the same:", e.Message)
	default:
		fmt.Println(e.Message)
	}
}

func ExampleImage_Link() {
	im := client.Image{
		Type: "image", Title: "A *cat*", URL: "https://example.org/images/cat.png",
		ViewerURL: "https://example.org/image/A-cat.ZfGd", ThumbURL: "https://example.org/images/cat.th.png",
	}
	for _, kind := range []client.LinkKind{client.LinkDirect, client.LinkMarkdown, client.LinkHTML, client.LinkBBCode, client.LinkBBCodeThumb} {
		fmt.Println(im.Link(kind))
	}
	fmt.Printf("%q\n", im.Link(client.LinkShort)) // the host told none
	// Output:
	// https://example.org/images/cat.png
	// ![A \*cat\*](https://example.org/images/cat.png)
	// <a href="https://example.org/image/A-cat.ZfGd"><img src="https://example.org/images/cat.png" alt="A *cat*"></a>
	// [url=https://example.org/image/A-cat.ZfGd][img]https://example.org/images/cat.png[/img][/url]
	// [url=https://example.org/image/A-cat.ZfGd][img]https://example.org/images/cat.th.png[/img][/url]
	// ""
}

func ExampleParams_Validate() {
	for _, p := range []client.Params{
		{Title: strings.Repeat("x", 101)},
		{Tags: []string{"a/b"}},
		{Album: "https://example.org/album/holiday.oF"},
		{Expiration: "7"},
		{Expiration: "2y"},
		{Expiration: "400d"},
	} {
		fmt.Println(p.Validate())
	}
	// Output:
	// invalid: the title is longer than 100 characters
	// invalid: a tag holds a comma, a slash, a # or a control character
	// invalid: an album is named by its id: the letters and digits at the end of its address
	// invalid: an expiration is written as 30m, 1h, 3d or 2w (m is minutes), or in ISO 8601 capitals such as PT30M or P3D
	// invalid: an expiration is written as 30m, 1h, 3d or 2w (m is minutes), or in ISO 8601 capitals such as PT30M or P3D
	// invalid: an expiration lies between 5 minutes and 1 year
}
