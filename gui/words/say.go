package words

import (
	"strconv"
	"strings"
	"time"
)

// Say translates a text that comes from elsewhere (uploader.Explain) if it is
// among ours, and leaves it as it is otherwise.
func (w *Words) Say(text string) string {
	if w == nil || strings.Contains(text, "{{") {
		return text
	}
	if said, ok := w.sayWhole(text); ok {
		return said
	}
	if said, ok := w.saySentences(text); ok {
		return w.join(said)
	}
	return w.sayParts(text)
}

// Sentences takes a text from elsewhere apart, translated as Say does it: the
// first sentence tells what happened, the rest more.
func (w *Words) Sentences(text string) (first, rest string) {
	if said, ok := w.saySentences(text); ok {
		return said[0], w.join(said[1:])
	}
	return w.Say(text), ""
}

// join makes one text of sentences.
func (w *Words) join(said []string) string {
	if len(said) == 0 {
		return ""
	}
	all := said[len(said)-1]
	for i := len(said) - 2; i >= 0; i-- {
		all = w.L("{{.One}}. {{.Then}}", map[string]any{"One": said[i], "Then": all})
	}
	return all
}

// sayWhole translates a text that is one of ours as it stands.
func (w *Words) sayWhole(text string) (said string, ok bool) {
	if w == nil {
		return "", false
	}
	if ours, ok := w.texts[text]; ok {
		return ours, true
	}
	for _, m := range momentary() {
		if found := m.is.FindStringSubmatch(text); found != nil {
			return w.sayMoment(m, found), true
		}
	}
	return "", false
}

const sentenceEnd = ". "

// saySentences translates a text of several sentences, or of one with its full
// stop, all of which are ours. What stands in one of them may have a full stop
// of its own, as a path may.
func (w *Words) saySentences(text string) (said []string, ok bool) {
	for rest := strings.TrimSuffix(text, "."); ; {
		if last, ok := w.sayWhole(rest); ok {
			return append(said, last), true
		}
		first, more, several := strings.Cut(rest, sentenceEnd)
		one, ours := w.sayWhole(first)
		if !several || !ours {
			return nil, false
		}
		said, rest = append(said, one), more
	}
}

func (w *Words) sayMoment(m moment, found []string) string {
	if m.many {
		if n, err := strconv.Atoi(found[1]); err == nil {
			return w.Many(m.key, n)
		}
	}
	data := make(map[string]any, len(m.names))
	for i, name := range m.names {
		data[name] = found[i+1]
		switch name {
		case "Hint", "Reason", "Found":
			data[name] = w.Say(found[i+1])
		case "What":
			data[name] = w.sayCauses(found[i+1])
		case "Names":
			data[name] = w.around(found[i+1])
		case "Size":
			data[name] = w.saySize(found[i+1])
		case "Title": // of a hotkey, as it stands in the settings
			data[name] = w.LowerFirst(w.Say(UpperFirst(found[i+1])))
		case "Time":
			data[name] = w.sayTime(found[i+1])
		}
	}
	return strings.TrimPrefix(w.L(m.key, data), "; ")
}

// sayCauses translates what is wrong: one cause or several, of which each may
// have a semicolon of its own.
func (w *Words) sayCauses(text string) string {
	if said, ok := w.sayWhole(text); ok {
		return said
	}
	const next = "; "
	for at := 0; ; at += len(next) {
		i := strings.Index(text[at:], next)
		if i < 0 {
			return w.Say(text)
		}
		at += i
		if first, ours := w.sayWhole(text[:at]); ours {
			return w.L("{{.Note}}; {{.Hint}}", map[string]any{"Note": first, "Hint": w.sayCauses(text[at+len(next):])})
		}
	}
}

// saySize writes a number of bytes as the window does: 1.5 KB is 1,5 kB.
func (w *Words) saySize(text string) string {
	mark := strings.Trim(w.L("0.5"), "05")
	return strings.Replace(strings.Replace(text, " KB", " kB", 1), ".", mark, 1)
}

// Ours reports whether a text from elsewhere can be told in the language that
// is spoken: English anything can.
func (w *Words) Ours(text string) bool {
	return text != "" && (w.Tag() == "en" || w.Say(text) != text)
}

// sayParts translates a text of which only parts are ours: a note before an
// advice, or what happened before a detail that nobody has translated.
func (w *Words) sayParts(text string) string {
	const note, detail = "; ", ": "
	for at := strings.Index(text, note); at >= 0; {
		if advice, ours := w.texts[text[at+len(note):]]; ours {
			return w.L("{{.Note}}; {{.Hint}}", map[string]any{"Note": w.Say(text[:at]), "Hint": advice})
		}
		next := strings.Index(text[at+len(note):], note)
		if next < 0 {
			break
		}
		at += len(note) + next
	}
	if what, why, ok := strings.Cut(text, detail); ok {
		if said := w.Say(what); said != what {
			return w.Because(said, w.Say(why))
		}
	}
	return text
}

// sayTime writes a moment of an explanation as the language does.
func (w *Words) sayTime(text string) string {
	const layout = "2 Jan 15:04"
	if at, err := time.Parse(layout, text); err == nil {
		return at.Format(w.L(layout))
	}
	return text
}
