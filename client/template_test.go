package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestTemplatesReachEveryField(t *testing.T) {
	im := decodeDoc(t)
	for text, want := range map[string]string{
		"":                                      "",
		"plain":                                 "plain",
		"{{.url_viewer}}":                       im.ViewerURL,
		"{{.thumb.url}}":                        im.ThumbURL,
		"{{.medium.url}}":                       "",
		"{{.description}}":                      "",
		"{{.nothing}}":                          "",
		"{{.nothing.at.all}}":                   "",
		"{{.name.of.a.text}}":                   "",
		"{{.size}} {{.ratio}} {{.Size}}":        "3011299 1.3777777777777778 3011299",
		"{{.display_width}}":                    "496",
		"{{.is_use_loader}}":                    "false",
		"{{.Name}}":                             im.Name,
		"{{.ID}}{{.Type}}{{.MIME}}":             "ZfGdvideovideo/mp4",
		"{{.Expires}}":                          "2024-10-10T20:28:00Z",
		"{{.Approved}}":                         "true",
		"{{.file.resource.type}}":               "url",
		"{{$x := .thumb}}{{$x.url}}":            im.ThumbURL,
		"{{$.thumb.url}}":                       im.ThumbURL,
		"{{(.thumb).url}}":                      im.ThumbURL,
		"{{with .thumb}}{{.url}}{{end}}":        im.ThumbURL,
		"{{with .medium.url}}a{{else}}b{{end}}": "b",
		"{{if .nsfw}}a{{else}}b{{end}}":         "b",
		"{{if and .is_approved (gt .size 1000)}}yes{{end}}":           "yes",
		"{{if eq .type \"video\"}}yes{{end}}":                         "yes",
		"{{range .tags}}x{{else}}none{{end}}":                         "none",
		"{{range .nothing}}x{{else}}none{{end}}":                      "none",
		"{{range .unknown_field.deep}}[{{.}}]{{end}}":                 "[1][2.5][x]",
		"{{range $i, $v := .unknown_field.deep}}{{$i}}{{$v}},{{end}}": "01,12.5,2x,",
		"{{.unknown_field}}":                                          `{"deep":[1,2.5,"x"]}`,
		"{{json .unknown_field.deep}}":                                `[1,2.5,"x"]`,
		"{{index .unknown_field.deep 1}}":                             "2.5",
		"{{index .unknown_field.deep 9}}":                             "",
		"{{index . \"nothing\"}}":                                     "",
		"{{html (index . \"nothing\")}}{{js .nothing}}{{urlquery .nothing}}{{print .nothing}}{{printf \"%s\" .nothing}}{{html nil}}": "",
		"{{printf \"%5d|%s\" .width .type}}":                                       "  496|video",
		"{{len .tags}}{{len .nothing}}":                                            "00",
		"{{.title | upper | printf \"%.7s\"}}":                                     "BADGERS",
		"{{lower .title | replace \" \" \"-\"}}":                                   "badgers-animated-music-video-mrweebl",
		"{{markdown \"a*b\"}}{{bbcode \"[x]\"}}{{html \"<\"}}{{urlquery \"a b\"}}": `a\*b(x)&lt;a+b`,
		"{{link \"short\"}}":                                                       im.ShortURL,
		"{{/* a comment */}}x":                                                     "x",
		"{{.DeleteURL}}":                                                           im.DeleteLink.Reveal(),
		"{{$.DeleteURL}}":                                                          im.DeleteLink.Reveal(),
		"{{print .url_short \" \" .DeleteURL}}":                                    im.ShortURL + " " + im.DeleteLink.Reveal(),
		"{{with .thumb}}{{.DeleteURL}}{{end}}":                                     "",
		"{{.delete_url}}{{.DeleteLink}}{{index . \"delete_url\"}}{{index . \"DeleteURL\"}}": "",
	} {
		t.Run(text, func(t *testing.T) {
			got, err := im.Template(text)
			if err != nil || got != want {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		})
	}
	t.Run("a whole answer never shows the delete link", func(t *testing.T) {
		for _, text := range []string{"{{.}}", "{{json .}}", "{{print .}}", "{{printf \"%v %#v %q\" . . .}}", "{{range $k, $v := .}}{{$k}}{{$v}}{{end}}"} {
			got, err := im.Template(text)
			if err != nil || len(got) < 1000 {
				t.Error(err)
			}
			quiet(t, got)
		}
	})
	t.Run("without a delete link there is none, whatever the answer says", func(t *testing.T) {
		bare := Image{Raw: json.RawMessage(`{"delete_url":"http://h/x/delete/` + testSecret + `","deep":{"delete_url":"` + testSecret + `"},"DeleteURL":"x"}`)}
		got, err := bare.Template("{{.DeleteURL}}{{.delete_url}}{{.deep.delete_url}}{{.deep}}")
		if err != nil || got != "{}" {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("an image without an answer has its typed fields", func(t *testing.T) {
		got, err := Image{URL: "https://h/a.png"}.Template("{{.URL}}{{.url}}")
		if err != nil || got != "https://h/a.png" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestTemplatesAreBounded(t *testing.T) {
	im := decodeDoc(t)
	im.Raw = json.RawMessage(strings.Replace(string(im.Raw), `"tags":[]`, `"tags":[`+strings.Repeat("1,", 999)+`1]`, 1))
	deep := strings.Repeat(" | js", 60)
	for name, text := range map[string]string{
		"a long template":        strings.Repeat("x", 16<<10+1),
		"a long result":          "{{range .tags}}" + strings.Repeat("x", 100) + "{{end}}",
		"loops in loops":         "{{range .tags}}{{range $.tags}}{{range $.tags}}{{end}}{{end}}{{end}}",
		"a loop over a number":   "{{range 1000000000000}}{{end}}",
		"a loop over a text":     "{{range .title}}{{end}}",
		"a wide number":          `{{printf "%1000000d" 1}}`,
		"a wide number by star":  `{{printf "%*d" 100000 1}}`,
		"an index in printf":     `{{printf "%[1]s%[1]s" .title}}`,
		"doubling by printf":     "{{$x := .url}}" + strings.Repeat("{{$x = printf \"%s%s\" $x $x}}", 40),
		"doubling by escapes":    `{{"\\\\\\\\"` + deep + "}}",
		"doubling by replace":    "{{$x := \"aaaaaaaa\"}}" + strings.Repeat("{{$x = replace \"a\" \"aa\" $x}}", 40),
		"templates in templates": `{{define "a"}}{{template "a"}}{{template "a"}}{{end}}{{template "a"}}`,
		"a block":                `{{block "a" .}}x{{end}}`,
		"a call of a field":      "{{.title 1}}",
		"a field in a pipeline":  "{{1 | .title}}",
		"no such function":       "{{env \"HOME\"}}",
		"not closed":             "{{.url",
		"a division of types":    "{{gt .title 1}}",
		"a secret in an error":   "{{len .DeleteURL | slice .DeleteURL 9999}}",
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			got, err := im.Template(text)
			if e := kind(t, err); e.Kind != KindInvalid || e.Message == "" || got != "" {
				t.Errorf("%d bytes, %+v", len(got), e)
			}
		})
	}
}

func TestATemplateIsCheckedOnAnAnswerThatHasAllFields(t *testing.T) {
	for _, good := range []string{
		"{{slice .url 8}}", "{{(index .tags 0).name}}", "{{.medium.url}} {{printf \"%.2f\" .ratio}}", "{{.no_such_field}}",
		"{{slice .title 0 60}}", "{{range .tags}}{{slice .name 0 9}}{{end}}", "{{slice .date 0 10}}", "{{link \"html\"}}", "{{with $x := .}}{{$x.url}}{{end}}", "a{{if .nsfw}}b{{end}}",
	} {
		if err := CheckTemplate(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	var refused *Error
	for _, bad := range []string{"{{.url", "{{nothing .url}}", "{{slice .url 8 4}}", "https://pics.example/a.png", "{{\"url\"}}", "{{lower \"URL\"}}", "{{$x := 1}}{{$x}}", "{{/* .url */}}", " "} {
		if err := CheckTemplate(bad); !errors.As(err, &refused) || refused.Kind != KindInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{
		"{{.url_viewer}}", "{{.thumb.url | html}}", "{{range $i, $v := .tags}}{{$v.name}}{{end}}", "{{with .a.b}}{{.}}{{else}}{{.c}}{{end}}",
		"{{$x := .size}}{{if gt $x 10}}{{printf \"%d\" $x}}{{end}}", "{{index .a 0}}{{(index . \"b\").c}}", "{{.}}", "{{json .}}{{link \"html\"}}",
		"{{html nil}}{{print nil}}{{not .x}}{{or .a .b}}", "{{- .a -}}{{/* c */}}", "{{break}}", "{{range .}}{{continue}}{{end}}", "{{.DeleteURL}}", "{{call .x}}",
	} {
		f.Add(s, docImage)
	}
	f.Add("{{.a.b.c}}", `{"a":{"b":[null,{"c":1e400}]}}`)
	f.Fuzz(func(t *testing.T, text, raw string) {
		im, err := DecodeImage(json.RawMessage(raw))
		if err != nil {
			im = Image{}
		}
		got, err := im.Template(text)
		if err != nil {
			_ = kind(t, err)
			return
		}
		if len(got) > maxOutput {
			t.Errorf("%d bytes", len(got))
		}
		given := strings.ToLower(text + raw)
		if strings.Contains(got, "no value>") && !strings.Contains(given, "no value") {
			t.Errorf("%q gives %q", text, got)
		}
		if link := im.DeleteLink.Reveal(); len(link) > 20 && strings.Contains(got, link) && !strings.Contains(text, "DeleteURL") && strings.Count(raw, fmt.Sprintf("%.20s", link)) < 2 {
			t.Errorf("%q shows the delete link", text)
		}
	})
}
