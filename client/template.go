package client

import (
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// Limits of a template, in bytes, and of the elements its loops may visit.
const (
	maxTemplate = 16 << 10
	maxOutput   = 64 << 10
	maxVisits   = 100_000
)

// Template applies a text/template over the answer: the fields of the
// host's "image" object by their JSON names ({{.url_viewer}},
// {{.thumb.url}}), and {{.Name}} and the like for the typed ones.
//
// A field that is not there is the empty string, at any depth. Numbers are
// numbers ({{if gt .size 1000}}). {{.DeleteURL}} is the delete link of an
// Image that has one; nothing else leads to it. Beside the functions of
// text/template there are lower, upper, trim, replace OLD NEW, json, markdown
// and bbcode (which escape text), and link KIND (as Image.Link). Templates
// cannot define or call other templates. Text and result are limited to 16
// and 64 KB. The error is an [*Error] of KindInvalid.
func (im Image) Template(text string) (string, error) {
	if len(text) > maxTemplate {
		return "", invalid("the template is longer than 16 KB")
	}
	run := &execution{im: im, fields: im.fields()}
	t, err := template.New("template").Funcs(run.functions()).Parse(text)
	if err != nil {
		return "", run.refuse(err)
	}
	if len(t.Templates()) > 1 {
		return "", invalid("a template cannot define others")
	}
	if t.Tree == nil || t.Root == nil {
		return "", nil
	}
	if err := rewrite(t.Root); err != nil {
		return "", run.refuse(err)
	}
	var out limited
	if err := t.Execute(&out, run.fields); err != nil {
		return "", run.refuse(err)
	}
	return out.String(), nil
}

// refuse makes the error of a template. Whatever it repeats, the delete link
// is not in it.
func (run *execution) refuse(err error) *Error {
	message := strings.TrimPrefix(err.Error(), "template: ")
	if secret := run.im.DeleteLink.Reveal(); secret != "" {
		message = strings.ReplaceAll(message, secret, redacted)
	}
	return invalid("the template cannot be used: " + shorten(oneLine(message), maxMessage))
}

// limited is a writer that ends a template which writes too much.
type limited struct{ strings.Builder }

var errOutput = errors.New("its result is longer than 64 KB")

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, errOutput
	}
	return l.Builder.Write(p)
}

// fields is what a template sees as its dot.
type fields map[string]any

// fields puts the host's fields and the typed ones side by side. The delete
// link is in neither.
func (im Image) fields() fields {
	f := fields{}
	if o, ok := parseObject(im.Raw); ok {
		for name, raw := range o {
			if !strings.EqualFold(name, "delete_url") {
				f[name] = value(raw)
			}
		}
	}
	for name, v := range map[string]any{
		"ID": im.ID, "Type": im.Type, "Title": im.Title, "Name": im.Name, "MIME": im.MIME,
		"Size": im.Size, "Width": int64(im.Width), "Height": int64(im.Height),
		"URL": im.URL, "ViewerURL": im.ViewerURL, "ShortURL": im.ShortURL, "ThumbURL": im.ThumbURL, "MediumURL": im.MediumURL,
		"Approved": im.Approved, "Checksum": im.Checksum, "SourceSum": im.SourceSum, "Expires": "",
	} {
		f[name] = v
	}
	if !im.Expires.IsZero() {
		f["Expires"] = im.Expires.Format(time.RFC3339)
	}
	return f
}

// rewrite makes a parsed template safe to run over data of any shape: every
// field is fetched by "_get", which knows no missing ones, every result is
// written by "_show", every loop goes through "_each".
func rewrite(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		var err error
		switch n := node.(type) {
		case *parse.ActionNode:
			if err = rewritePipe(n.Pipe); err == nil && len(n.Pipe.Decl) == 0 {
				n.Pipe.Cmds = append(n.Pipe.Cmds, command(n.Pos, name("_show", n.Pos)))
			}
		case *parse.IfNode:
			err = rewriteBranch(&n.BranchNode)
		case *parse.WithNode:
			err = rewriteBranch(&n.BranchNode)
		case *parse.RangeNode:
			if err = rewriteBranch(&n.BranchNode); err == nil {
				n.Pipe.Cmds = append(n.Pipe.Cmds, command(n.Pos, name("_each", n.Pos)))
			}
		case *parse.TemplateNode:
			err = errors.New("it cannot call others")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func rewriteBranch(n *parse.BranchNode) error {
	return errors.Join(rewritePipe(n.Pipe), rewrite(n.List), rewrite(n.ElseList))
}

func rewritePipe(pipe *parse.PipeNode) error {
	for i, cmd := range pipe.Cmds {
		for j, arg := range cmd.Args {
			if j == 0 && (i > 0 || len(cmd.Args) > 1) {
				switch arg.(type) {
				case *parse.FieldNode, *parse.ChainNode, *parse.VariableNode, *parse.DotNode:
					return fmt.Errorf("%s is no function", arg)
				}
			}
			fixed, err := rewriteArg(arg)
			if err != nil {
				return err
			}
			if _, ok := fixed.(*parse.PipeNode); ok && j == 0 && len(cmd.Args) > 1 {
				return fmt.Errorf("%s is no function", arg)
			}
			cmd.Args[j] = fixed
		}
	}
	return nil
}

// rewriteArg replaces .a.b by (_get . "a" "b"), and the like.
func rewriteArg(arg parse.Node) (parse.Node, error) {
	switch n := arg.(type) {
	case *parse.FieldNode:
		return get(&parse.DotNode{NodeType: parse.NodeDot, Pos: n.Pos}, n.Ident, n.Pos), nil
	case *parse.VariableNode:
		if len(n.Ident) == 1 {
			return n, nil
		}
		variable := &parse.VariableNode{NodeType: parse.NodeVariable, Pos: n.Pos, Ident: n.Ident[:1]}
		return get(variable, n.Ident[1:], n.Pos), nil
	case *parse.ChainNode:
		inner, err := rewriteArg(n.Node)
		if err != nil {
			return nil, err
		}
		return get(inner, n.Field, n.Pos), nil
	case *parse.PipeNode:
		return n, rewritePipe(n)
	}
	return arg, nil
}

func get(from parse.Node, path []string, pos parse.Pos) *parse.PipeNode {
	args := []parse.Node{name("_get", pos), from}
	for _, p := range path {
		args = append(args, &parse.StringNode{NodeType: parse.NodeString, Pos: pos, Quoted: fmt.Sprintf("%q", p), Text: p})
	}
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Cmds: []*parse.CommandNode{command(pos, args...)}}
}

func command(pos parse.Pos, args ...parse.Node) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: args}
}

func name(s string, pos parse.Pos) *parse.IdentifierNode {
	return parse.NewIdentifier(s).SetPos(pos)
}
