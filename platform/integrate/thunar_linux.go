package integrate

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Thunar keeps all custom actions of a person in one file. Ours is one element
// of it, put in and taken out as text, so that all the rest stays as it is to
// the byte.

const (
	thunarID   = "upshot-upload"
	whatThunar = "action in the menu of Thunar"
	noActions  = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<actions>\n</actions>\n"
)

// thunarAction is an action as Thunar reads it.
type thunarAction struct {
	Icon        string    `xml:"icon"`
	Name        string    `xml:"name"`
	ID          string    `xml:"unique-id"`
	Command     string    `xml:"command"`
	Description string    `xml:"description"`
	Patterns    string    `xml:"patterns"`
	Images      *struct{} `xml:"image-files"`
	Videos      *struct{} `xml:"video-files"`
	Audio       *struct{} `xml:"audio-files"`
	Texts       *struct{} `xml:"text-files"`
	Others      *struct{} `xml:"other-files"`
	Directories *struct{} `xml:"directories"`
}

// sum is the same however Thunar writes the action down.
func (a thunarAction) sum() string {
	b, _ := json.Marshal(a) // plain strings: it cannot fail
	return sum(b)
}

// text is the action as an element.
func (a thunarAction) text() string {
	esc := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(s)) // a Builder takes all
		return b.String()
	}
	return "<action>\n\t<icon>" + esc(a.Icon) + "</icon>\n\t<name>" + esc(a.Name) + "</name>\n\t<unique-id>" + esc(a.ID) +
		"</unique-id>\n\t<command>" + esc(a.Command) + "</command>\n\t<description>" + esc(a.Description) +
		"</description>\n\t<patterns>" + esc(a.Patterns) + "</patterns>\n\t<image-files/>\n\t<video-files/>\n</action>\n"
}

// actions is the text of a file of actions, with the places in it that matter.
type actions struct {
	text       []byte
	end        int           // where another action can be put
	empty      [2]int        // an <actions/> that has no inside; both 0: it has
	ours       *thunarAction // nil: it is not there
	start, far int           // from where to where ours goes, the line's end included
}

var errActions = errors.New("it is not a list of Thunar's actions")

func readActions(text []byte) (*actions, error) {
	a := &actions{text: text}
	d := xml.NewDecoder(bytes.NewReader(text))
	depth, found := 0, false
	for {
		at := int(d.InputOffset())
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errActions, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 && (found || token.Name.Local != "actions") {
				return nil, errActions
			}
			if depth == 1 && token.Name.Local == "action" {
				var one thunarAction
				if err := d.DecodeElement(&one, &token); err != nil {
					return nil, fmt.Errorf("%w: %w", errActions, err)
				}
				if one.ID == thunarID && a.ours == nil {
					a.ours, a.start, a.far = &one, at, int(d.InputOffset())
				}
				continue
			}
			if depth == 0 {
				found = true
				a.empty = [2]int{at, int(d.InputOffset())}
			}
			depth++
		case xml.EndElement:
			depth--
			if depth == 0 {
				a.end = at
				if at != a.empty[1] || bytes.HasPrefix(text[at:], []byte("</")) {
					a.empty = [2]int{}
				}
			}
		}
	}
	if !found || depth != 0 {
		return nil, errActions
	}
	if a.ours != nil && a.far < len(text) && text[a.far] == '\n' {
		a.far++
	}
	return a, nil
}

// with is the text with an action in place of ours, or at the end.
func (a *actions) with(one thunarAction) []byte {
	switch {
	case a.ours != nil:
		return splice(a.text, a.start, a.far, one.text())
	case a.empty != [2]int{}:
		return splice(a.text, a.empty[0], a.empty[1], "<actions>\n"+one.text()+"</actions>")
	default:
		return splice(a.text, a.end, a.end, one.text())
	}
}

// without is the text without ours.
func (a *actions) without() []byte { return splice(a.text, a.start, a.far, "") }

func splice(text []byte, from, to int, with string) []byte {
	return append(append(append([]byte(nil), text[:from]...), with...), text[to:]...)
}

// thunar puts our action into Thunar's file.
type thunar struct {
	c    Config
	path string
	base string // the file that Thunar reads while the person has none
}

func newThunar(c Config, p places, configDirs []string) thunar {
	t := thunar{c: c, path: p.config("Thunar", "uca.xml")}
	for _, dir := range configDirs {
		path := filepath.Join(dir, "Thunar", "uca.xml")
		if _, err := os.Stat(path); err == nil {
			t.base = path
			break
		}
	}
	return t
}

func (t thunar) action() thunarAction {
	return thunarAction{
		Icon: id, Name: menuWords, ID: thunarID, Command: quoteThunar(t.c.upload(), "%F"),
		Description: "Upload the chosen pictures and videos and get their links", Patterns: "*",
		Images: &struct{}{}, Videos: &struct{}{},
	}
}

func (t thunar) install(ctx context.Context, l *list) ([]Change, error) {
	change := Change{Path: t.path, What: whatThunar}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fail := func(err error) ([]Change, error) {
		return nil, fmt.Errorf("install the %s: %w", whatThunar, err)
	}
	f, err := readShared(t.path)
	if err != nil {
		return fail(err)
	}
	var made string
	if f.gone {
		// While the person has no file, Thunar reads the system's: theirs
		// begins with what that has.
		f.text = []byte(noActions)
		if t.base != "" {
			if f.text, err = os.ReadFile(t.base); err != nil {
				return fail(err)
			}
		}
		made = sum(f.text)
	}
	a, err := readActions(f.text)
	if err != nil {
		change.Did, change.Why = Kept, err.Error()
		return []Change{change}, nil
	}
	ours, want := l.find(t.path, kindAction), t.action()
	switch {
	case a.ours != nil && a.ours.sum() == want.sum():
		if ours == nil {
			l.put(touched{Path: t.path, Kind: kindAction, What: whatThunar, Sum: want.sum()})
		}
		change.Did = Unchanged
		return []Change{change}, nil
	case a.ours != nil && (ours == nil || ours.Sum != a.ours.sum()):
		change.Did, change.Why = Kept, "the action was changed by hand"
		return []Change{change}, nil
	case a.ours != nil:
		change.Did, made = Updated, ours.Made
	default:
		change.Did = Created
	}
	changes := []Change{change}
	backup := file{t.path + ".before-upshot", whatBackup, f.mode, f.text}
	var writing []plan
	if made == "" && a.ours == nil {
		copied, err := backup.look(ctx, l)
		if err != nil {
			return fail(err)
		}
		if copied.Did == Created || copied.Did == Updated {
			writing = append(writing, backup.plan(copied, l))
		}
		changes = append(changes, copied)
	}
	planDirs(filepath.Dir(t.path), l)
	l.put(touched{Path: t.path, Kind: kindAction, What: whatThunar, Sum: want.sum(), Made: made})
	if err := l.write(t.c.List); err != nil {
		return fail(err)
	}
	for _, w := range writing {
		if _, err := w.carryOut(l); err != nil {
			return fail(err)
		}
	}
	if err := f.write(a.with(want)); err != nil {
		return fail(err)
	}
	return changes, nil
}

// removeAction takes our action out of Thunar's file.
func removeAction(t touched) ([]Change, error) {
	return takeOut(t, func(text []byte) ([]byte, bool, Change) {
		a, err := readActions(text)
		switch {
		case err != nil:
			return nil, false, Change{Did: Kept, Why: err.Error()}
		case a.ours == nil:
			return nil, false, Change{Did: Gone}
		case a.ours.sum() != t.Sum:
			return nil, false, Change{Did: Kept, Why: "the action was changed by hand"}
		}
		rest := a.without()
		return rest, sum(rest) == t.Made, Change{Did: Removed}
	})
}
