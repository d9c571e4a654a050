package sxcu

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"images-uploader.com/upshot/client"
)

const testKey = "chv_Ab1_0123456789abcdef0123456789abcdef0123456789abcdef"

// mustRead reads a file that is good.
func mustRead(t *testing.T, text string) Uploader {
	t.Helper()
	u, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return u
}

// with is a file for a host with more fields.
func with(fields string) string {
	if fields != "" {
		fields = "," + fields
	}
	return `{"Version":"15.0.0","RequestURL":"https://img.example/api/1/upload"` + fields + `}`
}

func TestTheOldestFilesAreRead(t *testing.T) {
	// As ShareX's own collection had it for a Chevereto host.
	u := mustRead(t, "{\r\n  \"Name\": \"chevereto.com\",\r\n  \"RequestURL\": \"http://demo.chevereto.com/api/1/upload\",\r\n  \"FileFormName\": \"source\",\r\n"+
		"  \"Arguments\": {\r\n    \"key\": \"Your API key goes here\",\r\n    \"format\": \"redirect\"\r\n  },\r\n  \"ResponseType\": \"RedirectionURL\"\r\n}")
	want := Uploader{Name: "chevereto.com", Address: "http://demo.chevereto.com", KeyInForm: true, Placeholder: true, Link: client.LinkViewer}
	if !reflect.DeepEqual(u, want) {
		t.Errorf("got %+v\nwant %+v", u, want)
	}
}

func TestFilesOfShareX12AreRead(t *testing.T) {
	u := mustRead(t, `{
  "Version": "12.4.1",
  "DestinationType": "ImageUploader",
  "RequestMethod": "POST",
  "RequestURL": "https://freeimage.host/api/1/upload",
  "Body": "MultipartFormData",
  "Arguments": {
    "key": "0123456789abcdef0123456789abcdef",
    "format": "redirect"
  },
  "FileFormName": "source",
  "URL": "$responseurl$"
}`)
	want := Uploader{Address: "https://freeimage.host", Key: client.NewKey("0123456789abcdef0123456789abcdef"), KeyInForm: true, Link: client.LinkViewer}
	if !reflect.DeepEqual(u, want) {
		t.Errorf("got %+v\nwant %+v", u, want)
	}
}

func TestAFileWithEverythingIsTakenOver(t *testing.T) {
	u := mustRead(t, `{
  "Version": "15.0.0",
  "Name": "Holiday pictures",
  "DestinationType": "ImageUploader, FileUploader",
  "RequestMethod": "POST",
  "RequestURL": "https://img.example/sub/api/1/upload",
  "Parameters": {"album_id": "aBc1", "nsfw": 1},
  "Headers": {"x-api-key": "`+testKey+`", "Accept": "application/json"},
  "Body": "MultipartFormData",
  "Arguments": {
    "format": "json", "title": "A \\{day\\} at sea", "description": "wind", "tags": "sea, wind,sea",
    "category_id": 3, "width": "1200", "expiration": "2w", "use_file_date": true
  },
  "FileFormName": "source",
  "URL": "{json:image.medium.url}",
  "ThumbnailURL": "{json:image.thumb.url}",
  "DeletionURL": "{json:image.delete_url}",
  "ErrorMessage": "{json:error.message}"
}`)
	want := Uploader{
		Name: "Holiday pictures", Address: "https://img.example/sub", Key: client.NewKey(testKey), Link: client.LinkMedium,
		Params: client.Params{
			Title: "A {day} at sea", Description: "wind", Tags: []string{"sea", "wind"}, Album: "aBc1",
			Category: 3, Width: 1200, Expiration: "P2W", NSFW: true, UseFileDate: true,
		},
	}
	if !reflect.DeepEqual(u, want) {
		t.Errorf("got %+v\nwant %+v", u, want)
	}
}

func TestTheKeyIsFoundWhereverItMayBe(t *testing.T) {
	for name, c := range map[string]struct {
		file        string
		found       bool
		inForm      bool
		placeholder bool
	}{
		"in the header":             {with(`"Headers":{"X-API-Key":"` + testKey + `"}`), true, false, false},
		"as argument":               {with(`"Arguments":{"key":"` + testKey + `"}`), true, true, false},
		"as parameter":              {with(`"Parameters":{"key":"` + testKey + `"}`), true, true, false},
		"in the address":            {`{"RequestURL":"https://img.example/api/1/upload/?key=` + testKey + `&format=json"}`, true, true, false},
		"in header and argument":    {with(`"Headers":{"X-API-Key":"` + testKey + `"},"Arguments":{"key":"another0123456789"}`), true, false, false},
		"beside words in a header":  {with(`"Headers":{"X-API-Key":"YOUR_API_KEY"},"Arguments":{"key":"` + testKey + `"}`), true, true, false},
		"nowhere":                   {with(``), false, false, false},
		"nowhere, the place empty":  {with(`"Headers":{"X-API-Key":""}`), false, false, false},
		"nowhere, null":             {with(`"Headers":{"X-API-Key":null}`), false, false, false},
		"words in the header":       {with(`"Headers":{"X-API-Key":"YOUR API KEY HERE"}`), false, false, true},
		"the example of the manual": {with(`"Headers":{"X-API-Key":"chv_key_here"}`), false, false, true},
		"brackets":                  {with(`"Arguments":{"key":"<key>"}`), false, true, true},
		"crosses":                   {with(`"Arguments":{"key":"xxxxxxxx"}`), false, true, true},
		"asked for by ShareX":       {with(`"Arguments":{"key":"{inputbox:API key}"}`), false, true, true},
		"asked for in old syntax":   {with(`"Arguments":{"key":"$prompt:API key$"}`), false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			u := mustRead(t, c.file)
			if got := u.Key == client.NewKey(testKey); got != c.found || !c.found && !u.Key.IsZero() {
				t.Errorf("found the key: %v, want %v", got, c.found)
			}
			if u.KeyInForm != c.inForm || u.Placeholder != c.placeholder {
				t.Errorf("in form %v, placeholder %v; want %v, %v", u.KeyInForm, u.Placeholder, c.inForm, c.placeholder)
			}
		})
	}
}

func TestOrdinaryKeysAreNoPlaceholders(t *testing.T) {
	for _, key := range []string{
		testKey, "0123456789abcdef0123456789abcdef", "chv_demo_6c0b7f3de2a945", "my-secret-key", "s3cret", "test-key-1234", "K3y+with/marks==", "1234|abcd",
	} {
		if isPlaceholder(key) {
			t.Errorf("%q was taken for a placeholder", key)
		}
	}
}

func TestTheLinkIsTakenOver(t *testing.T) {
	for _, c := range []struct {
		url, format string
		kind        client.LinkKind
		template    string
	}{
		{`{json:image.url}`, "", client.LinkDirect, ""},
		{`$json:image.url$`, "", client.LinkDirect, ""},
		{`$JSON:image.url_viewer$`, "json", client.LinkViewer, ""},
		{`{json:$.image.url_short}`, "", client.LinkShort, ""},
		{`{json:image.thumb.url}`, "", client.LinkThumb, ""},
		{`{json:image.medium.url}`, "", client.LinkMedium, ""},
		{`{json:image['medium']["url"]}`, "", client.LinkMedium, ""},
		{`{json:image.image.url}`, "", client.LinkDirect, ""},
		{`{json:{response}|image.url_viewer}`, "", client.LinkViewer, ""},
		{`{json:image.{random:thumb}.url}`, "", client.LinkThumb, ""},
		{`{json:image.url`, "", client.LinkDirect, ""}, // ShareX does not want the last brace either
		{`{json:image.display_url}`, "", "", `{{.display_url}}`},
		{`{json:image.tags[0].name}`, "", "", `{{index . "tags" "0" "name"}}`},
		{`https://cdn.example/{json:image.id_encoded}?a=\{1\}`, "", "", `https://cdn.example/{{.id_encoded}}?a={{"{"}}1}`},
		{`https://cdn.example/$json:image.id_encoded$?a={1}`, "", "", `https://cdn.example/{{.id_encoded}}?a={{"{"}}1}`},
		{`![{json:image.title}]({json:image.url})`, "", client.LinkMarkdown, ""},
		{`[url=$json:image.url_viewer$][img]$json:image.url$[/img][/url]`, "", client.LinkBBCode, ""},
		{`![]({json:image.url})`, "", "", `![]({{.url}})`},
		{``, "txt", client.LinkDirect, ""},
		{`{response}`, "txt", client.LinkDirect, ""},
		{`$response$`, "txt", client.LinkDirect, ""},
		{`{responseurl}`, "redirect", client.LinkViewer, ""},
		{`{header:Location}`, "redirect", client.LinkViewer, ""},
		{`https://img.example{header:location}`, "redirect", client.LinkViewer, ""},
		{`https://img.example/$header:Location$`, "redirect", client.LinkViewer, ""},
		{``, "redirect", client.LinkViewer, ""},
		{`<{response}>`, "txt", "", `<{{.url}}>`},
	} {
		t.Run(c.url+" "+c.format, func(t *testing.T) {
			u := mustRead(t, with(fmt.Sprintf(`"URL":%q,"Arguments":{"format":%q}`, c.url, c.format)))
			if u.Link != c.kind || u.Template != c.template || len(u.Notes) > 0 {
				t.Errorf("got kind %q, template %q, notes %q; want %q, %q", u.Link, u.Template, u.Notes, c.kind, c.template)
			}
		})
	}
}

func TestALinkThatCannotBeTakenOverIsTold(t *testing.T) {
	for url, why := range map[string]string{
		``:                              "no link by itself",
		`{response}`:                    "only with format txt",
		`{responseurl}`:                 "only with format redirect",
		`{header:Location}`:             "says no link in that header",
		`{json:image.delete_url}`:       "deletes the file",
		`{json:image.DeleteURL}`:        "deletes the file",
		`{json:image["DeleteURL"]}`:     "deletes the file",
		`{json:data.link}`:              "not about the image",
		`{json:image}`:                  "not about the image",
		`{json:image..url}`:             "more than a path",
		`{json:image[?(@.url)]}`:        "more than a path",
		`{json:}`:                       "more than a path",
		`{json}`:                        "something else than the answer",
		`{json:{header:X}|image.url}`:   "something else than the answer",
		`{regex:"url":"(.+?)"|1}`:       "put together by ShareX",
		`{outputbox:{json:image.url}}`:  "put together by ShareX",
		`{select:a|b}/{json:image.url}`: "put together by ShareX",
		`https://img.example/`:          "the same for every file",
		`$json:image.url`:               "", // one $ alone is plain text in the newer syntax
		`{json:image.url{`:              "more than a path",
	} {
		t.Run(url, func(t *testing.T) {
			u := mustRead(t, with(fmt.Sprintf(`"URL":%q`, url)))
			if u.Link != client.LinkDirect || u.Template != "" || len(u.Notes) != 1 || !strings.Contains(u.Notes[0], why) {
				t.Errorf("got %q %q, notes %q; want the direct link and a note with %q", u.Link, u.Template, u.Notes, why)
			}
		})
	}
}

func TestWhatIsNotTakenOverIsTold(t *testing.T) {
	for name, c := range map[string]struct{ fields, note string }{
		"an unknown field":          {`"Frobnicate":{"a":1}`, `the field "Frobnicate" is not known`},
		"an unknown header":         {`"Headers":{"Authorization":"Basic abc"}`, `the header "Authorization" is not sent`},
		"an unknown argument":       {`"Arguments":{"private":"1"}`, `the argument "private" is not sent`},
		"an unknown parameter":      {`"Parameters":{"a\u001b[1mb":"1"}`, `the parameter "a [1mb" is not sent`},
		"another method":            {`"RequestMethod":"PUT"`, `RequestMethod "PUT"`},
		"another old method":        {`"RequestType":"GET"`, `RequestMethod "GET"`},
		"another body":              {`"Body":"Binary"`, `Body "Binary"`},
		"a text as body":            {`"Body":"JSON","Data":"{}"`, `Data`},
		"another name of the file":  {`"FileFormName":"image"`, `FileFormName "image"`},
		"texts only":                {`"DestinationType":"TextUploader, URLShortener"`, `pictures and videos`},
		"an expiration in numbers":  {`"Arguments":{"expiration":"7"}`, `expiration is not taken over: an expiration is written as`},
		"a wrong album":             {`"Arguments":{"album_id":"a/b"}`, `album_id is not taken over: an album is named by its id`},
		"a wrong width":             {`"Arguments":{"width":"wide"}`, `width is not taken over: it is no number`},
		"a wrong flag":              {`"Arguments":{"nsfw":"maybe"}`, `nsfw is not taken over: it is neither 0 nor 1`},
		"a wrong tag":               {`"Arguments":{"tags":"a,b/c"}`, `tags is not taken over: a tag holds`},
		"a title by file name":      {`"Arguments":{"title":"{filename}"}`, `title is not taken over: ShareX makes it anew`},
		"a title by date":           {`"Arguments":{"title":"shot of %y"}`, `title is not taken over: ShareX makes it anew`},
		"an album that is asked":    {`"Arguments":{"album_id":"{select:a|b}"}`, `album_id is not taken over: ShareX makes it anew`},
		"an album twice":            {`"Arguments":{"album_id":"a"},"Parameters":{"album_id":"b"}`, `album_id is given twice`},
		"two keys":                  {`"Arguments":{"key":"another0123456789"},"Headers":{"X-API-Key":"` + testKey + `"}`, `more than one key`},
		"a list in a list":          {`"Arguments":{"title":["a"]}`, `the field "Arguments.title" is not written as ShareX does`},
		"arguments that are a text": {`"Arguments":"title"`, `the field "Arguments" is not written as ShareX does`},
		"a method that is a list":   {`"RequestMethod":[1]`, `the field "RequestMethod" is not written as ShareX does`},
	} {
		t.Run(name, func(t *testing.T) {
			u := mustRead(t, with(`"URL":"{json:image.url}",`+c.fields))
			if !slices.ContainsFunc(u.Notes, func(n string) bool { return strings.Contains(n, c.note) }) {
				t.Errorf("no note with %q among %q", c.note, u.Notes)
			}
			if u.Address != "https://img.example" {
				t.Errorf("the rest was not read: %+v", u)
			}
		})
	}
}

func TestManyNotesStayFew(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `"x%d":1,`, i)
	}
	u := mustRead(t, with(`"Arguments":{`+b.String()+`"y":2},"URL":"{json:image.url}"`))
	if len(u.Notes) != maxNotes+1 || u.Notes[maxNotes] != "and 4981 more of the kind" {
		t.Errorf("%d notes, the last %q", len(u.Notes), u.Notes[len(u.Notes)-1])
	}
}

func TestWhatIsNoSxcuIsRefusedInOneSentence(t *testing.T) {
	for name, c := range map[string]struct {
		file, sentence string
		is             error
	}{
		"nothing":                 {"", "no .sxcu file", ErrFormat},
		"a picture":               {"\x89PNG\r\n\x1a\n\x00\x00", "no .sxcu file", ErrFormat},
		"a list":                  {`[{"RequestURL":"https://a.example/api/1/upload"}]`, "no .sxcu file", ErrFormat},
		"half a file":             {`{"RequestURL":"https://a.example/api/1/upload"`, "no .sxcu file", ErrFormat},
		"two files in one":        {with("") + with(""), "no .sxcu file", ErrFormat},
		"comments":                {"// a\n" + with(""), "no .sxcu file", ErrFormat},
		"another object":          {`{"name":"package","version":"1"}`, "names no RequestURL", ErrFormat},
		"an address that is none": {`{"RequestURL":{"a":1}}`, "names no RequestURL", ErrFormat},
		"too much":                {with(`"Name":"` + strings.Repeat("a", maxFile) + `"`), "larger than 1 MB", ErrFormat},
		"deep brackets":           {strings.Repeat("[", 100_000), "no .sxcu file", ErrFormat},
		"another host":            {`{"RequestURL":"https://api.imgbb.com/1/upload","Parameters":{"key":"abc"}}`, "this .sxcu file is for api.imgbb.com, which is no host with the Chevereto API", ErrHost},
		"a strange host":          {`{"RequestURL":"\u001b]0;x"}`, "for another host, which", ErrHost},
		"a host that changes":     {`{"RequestURL":"https://{select:a.example|b.example}/api/1/upload"}`, "put together by ShareX", nil},
		"an old one that changes": {`{"RequestURL":"https://$random:a|b$.example/api/1/upload"}`, "put together by ShareX", nil},
		"a password in it":        {`{"RequestURL":"https://me:secret@a.example/api/1/upload"}`, "must not hold a user", nil},
		"ftp":                     {`{"RequestURL":"ftp://a.example/api/1/upload"}`, "must begin with https", nil},
		"the key in the path":     {`{"RequestURL":"https://a.example/` + testKey + `/api/1/upload","Arguments":{"key":"` + testKey + `"}}`, "holds the key itself", nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.file))
			var ce *client.Error
			if !errors.As(err, &ce) || ce.Kind != client.KindInvalid || !strings.Contains(ce.Message, c.sentence) {
				t.Fatalf("%v, want a sentence with %q", err, c.sentence)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			if strings.ContainsAny(ce.Message, "\n\x1b") || strings.HasSuffix(ce.Message, ".") || strings.Contains(ce.Message, "secret") || strings.Contains(ce.Message, testKey) {
				t.Errorf("%q is no plain sentence", ce.Message)
			}
		})
	}
}

func TestTheAddressIsMended(t *testing.T) {
	for typed, want := range map[string]string{
		"img.example/api/1/upload":                  "https://img.example",
		" https://IMG.example:443/API/1/Upload/ ":   "https://img.example",
		"http://127.0.0.1:8080/sub/api/1/upload":    "http://127.0.0.1:8080/sub",
		"https://img.example/api/1/upload/?a=b":     "https://img.example",
		"https://{random:img}.example/api/1/upload": "https://img.example",
	} {
		if u := mustRead(t, fmt.Sprintf(`{"RequestURL":%q}`, typed)); u.Address != want {
			t.Errorf("%s became %s, want %s", typed, u.Address, want)
		}
	}
}

func TestEveryEncodingIsRead(t *testing.T) {
	text := with(`"Name":"Größe 图","URL":"{json:image.url}"`)
	units := utf16.Encode([]rune(text))
	little, big := []byte("\xff\xfe"), []byte("\xfe\xff")
	for _, u := range units {
		little = append(little, byte(u), byte(u>>8))
		big = append(big, byte(u>>8), byte(u))
	}
	for name, data := range map[string]string{
		"UTF-8": text, "UTF-8 with a mark": "\xef\xbb\xbf" + text, "UTF-16": string(little), "UTF-16 of the other order": string(big),
	} {
		if u := mustRead(t, data); u.Name != "Größe 图" {
			t.Errorf("%s: name %q", name, u.Name)
		}
	}
}

func TestNamesOfFieldsAreTakenInAnyCase(t *testing.T) {
	u := mustRead(t, `{"requesturl":"https://img.example/api/1/upload","HEADERS":{"x-api-KEY":"`+testKey+`"},"arguments":{"Album_ID":"a1"},"url":"{JSON:image.url_short}"}`)
	if u.Key.IsZero() || u.Params.Album != "a1" || u.Link != client.LinkShort || len(u.Notes) > 0 {
		t.Errorf("%+v", u)
	}
}

func TestTheKeyIsNowhereElse(t *testing.T) {
	u := mustRead(t, `{"RequestURL":"https://img.example/api/1/upload?`+testKey+`=`+testKey+`","Name":"`+testKey+`","`+testKey+testKey+testKey+`":1,
"RequestMethod":"`+testKey+`","Headers":{"X-API-Key":"`+testKey+`","a`+strings.Repeat("b", 40)+testKey+`":"x"},
"Arguments":{"`+testKey+`":"`+testKey+`","title":"`+testKey+`","tags":"`+testKey[:20]+`,x","width":"`+testKey+`"},"URL":"https://a/`+testKey+`/{json:image.id_encoded}"}`)
	if u.Key != client.NewKey(testKey) {
		t.Fatal("the key was not found")
	}
	if all := fmt.Sprintf("%+v", u); strings.Contains(all, "0123456789abcdef01") {
		t.Errorf("the key is in %s", all)
	}
}
