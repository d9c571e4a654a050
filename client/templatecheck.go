package client

import (
	"encoding/json"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
)

// exampleAnswer is what a real Chevereto 4.2.5 answers to a picture, without
// its delete link.
const exampleAnswer = `{"name":"sunset","extension":"png","size":482133,"width":1920,"height":1080,"date":"2026-03-01 16:58:00",
"date_gmt":"2026-03-01 19:58:00","title":"Sunset","tags":[{"id":"1","name":"lake","url":"https://img.example/tag/lake"}],"description":"Evening by the lake","nsfw":0,
"storage_mode":"datefolder","md5":"7a120d5c28de264bdbb934f023a628fd","checksum":"7a120d5c28de264bdbb934f023a628fd","source_md5":null,"original_filename":"sunset.png",
"original_exifdata":"{\"FileName\":\"sunset.png\"}","views":0,"category_id":1,"chain":7,"thumb_size":21212,"medium_size":90210,"frame_size":0,
"expiration_date_gmt":"2026-04-01 19:58:00","likes":0,"is_animated":0,"is_approved":1,"is_360":0,"duration":0,"type":"image","tags_string":"lake",
"file":{"resource":{"type":"path"}},"id_encoded":"ZfGd","filename":"sunset.png","mime":"image/png","url":"https://img.example/images/2026/03/01/sunset.png",
"ratio":1.7777777777777777,"size_formatted":"482 KB",
"image":{"filename":"sunset.png","name":"sunset","mime":"image/png","extension":"png","url":"https://img.example/images/2026/03/01/sunset.png","size":482133},
"thumb":{"filename":"sunset.th.png","name":"sunset.th","mime":"image/png","extension":"png","url":"https://img.example/images/2026/03/01/sunset.th.png","size":21212},
"medium":{"filename":"sunset.md.png","name":"sunset.md","mime":"image/png","extension":"png","url":"https://img.example/images/2026/03/01/sunset.md.png","size":90210},
"url_frame":"","duration_time":"","url_viewer":"https://img.example/image/sunset.ZfGd","path_viewer":"/image/sunset.ZfGd","url_short":"https://img.example/image/ZfGd",
"display_url":"https://img.example/images/2026/03/01/sunset.md.png","display_width":1920,"display_height":1080,"views_label":"views","likes_label":"likes",
"how_long_ago":"moments ago","title_truncated":"Sunset","title_truncated_html":"Sunset","display_title":"Sunset","is_use_loader":true}`

// CheckTemplate reports why a template cannot be used: it is tried on an
// answer that has every field a real host sends, so that what takes a part of
// a field, as slice does, is not refused for want of it, and then on one whose
// texts are long. One that uses no part of the answer gives the same text for
// every file, and is refused as well. No text at all is no template, and good.
// Its error is of KindInvalid.
func CheckTemplate(text string) error {
	if text == "" {
		return nil
	}
	im, err := DecodeImage(json.RawMessage(exampleAnswer))
	if err != nil {
		return err
	}
	if _, err = im.Template(text); err != nil {
		long, longErr := longExample(im)
		if longErr != nil {
			return longErr
		}
		if _, longErr = long.Template(text); longErr != nil {
			return err
		}
	}
	t, err := template.New("template").Funcs((&execution{}).functions()).Parse(text)
	if err != nil || t.Tree == nil || !uses(t.Root) {
		return invalid("the template names no field of the answer, so that it would be the same text for every file")
	}
	return nil
}

// longText is more than anybody takes a part of.
const longText = 2000

// longExample is im with long texts, but for times, which are as long as they
// are.
func longExample(im Image) (Image, error) {
	var o map[string]any
	if err := json.Unmarshal(im.Raw, &o); err != nil {
		return Image{}, err
	}
	raw, err := json.Marshal(lengthen("", o))
	if err != nil {
		return Image{}, err
	}
	return DecodeImage(raw)
}

func lengthen(name string, v any) any {
	switch v := v.(type) {
	case string:
		if strings.Contains(name, "date") {
			return v
		}
		return v + strings.Repeat("x", longText)
	case map[string]any:
		for name, inner := range v {
			v[name] = lengthen(name, inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = lengthen(name, inner)
		}
	}
	return v
}

// uses reports whether a part of a parsed template depends on the answer.
func uses(node parse.Node) bool {
	switch n := node.(type) {
	case *parse.ListNode:
		return n != nil && slices.ContainsFunc(n.Nodes, uses)
	case *parse.ActionNode:
		return uses(n.Pipe)
	case *parse.IfNode:
		return usesBranch(&n.BranchNode)
	case *parse.RangeNode:
		return usesBranch(&n.BranchNode)
	case *parse.WithNode:
		return usesBranch(&n.BranchNode)
	case *parse.PipeNode:
		return n != nil && slices.ContainsFunc(n.Cmds, func(c *parse.CommandNode) bool { return slices.ContainsFunc(c.Args, uses) })
	case *parse.VariableNode:
		return n.Ident[0] == "$" // another was made of what is looked at where it is made
	case *parse.IdentifierNode:
		return n.Ident == "link"
	case *parse.FieldNode, *parse.DotNode:
		return true
	case *parse.ChainNode:
		return uses(n.Node)
	default:
		return false
	}
}

func usesBranch(n *parse.BranchNode) bool { return uses(n.Pipe) || uses(n.List) || uses(n.ElseList) }
