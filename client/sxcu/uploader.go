package sxcu

import (
	"errors"
	"fmt"
	"io"

	"images-uploader.com/upshot/client"
)

// maxFile is more than any .sxcu is long: 1 MB.
const maxFile = 1 << 20

// ErrFormat says that something is no .sxcu file at all.
var ErrFormat = errors.New("no .sxcu file")

// ErrHost says that a .sxcu file is about a host of another kind.
var ErrHost = errors.New("not the Chevereto API")

// Uploader is a custom uploader in our own words.
type Uploader struct {
	Name      string     // as ShareX lists it; often empty
	Address   string     // as client.ParseAddress writes it
	Key       client.Key // zero: the file has none, or only words in its place
	KeyInForm bool       // the key goes as the field "key", as old V3 hosts want it
	// Placeholder says that there is a place for the key with words in it
	// ("Your API key goes here"), or that ShareX asks for it.
	Placeholder bool
	Params      client.Params
	Link        client.LinkKind // what ShareX would hand back; empty where Template is it
	Template    string          // text/template for Image.Template; empty where Link is it
	// Notes are what was not taken over: sentences for a person, without full
	// stop. The key is in none of them.
	Notes []string
}

// Read reads a .sxcu file. Its error is a [*client.Error] of KindInvalid with
// one sentence for a person, which wraps [ErrFormat] or [ErrHost] where these
// are the reason; the sentence never repeats a value of the file other than
// the host's name.
func Read(r io.Reader) (Uploader, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Uploader{}, fmt.Errorf("read the .sxcu file: %w", err)
	}
	if len(data) > maxFile {
		return Uploader{}, refuse(ErrFormat, "this is no .sxcu file: it is larger than 1 MB")
	}
	return read(data)
}

func refuse(why error, sentence string) *client.Error {
	return &client.Error{Kind: client.KindInvalid, Message: sentence, Err: why}
}

func read(data []byte) (Uploader, error) {
	f, err := decode(data)
	if err != nil {
		return Uploader{}, err
	}
	rd := &reader{file: f}
	if err := rd.address(); err != nil {
		return Uploader{}, err
	}
	rd.findKey()
	rd.request()
	rd.headers()
	rd.values(f.Arguments, "argument")
	rd.values(f.Parameters, "parameter")
	rd.values(rd.query, "parameter")
	rd.link()
	rd.unknown()
	if err := rd.secret(); err != nil {
		return Uploader{}, err
	}
	rd.out.Notes = rd.notes.sentences()
	return rd.out, nil
}
