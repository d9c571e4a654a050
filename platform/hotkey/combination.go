package hotkey

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrCombination says that a text is no combination that could be a hotkey.
var ErrCombination = errors.New("not a key combination")

// Modifiers are the keys that are held down.
type Modifiers uint8

// The modifiers, in the order in which they are written.
const (
	Super Modifiers = 1 << iota
	Ctrl
	Alt
	Shift
)

// modifierNames are the canonical names, in the order of writing.
var modifierNames = []struct {
	mod  Modifiers
	name string
}{{Super, "Super"}, {Ctrl, "Ctrl"}, {Alt, "Alt"}, {Shift, "Shift"}}

// Combination is a key with modifiers; the zero value is none. Two are the
// same combination exactly if they are equal.
type Combination struct {
	Mods Modifiers
	Key  string // the canonical name: "S", "4", "F12", "Print", "PageUp", "Comma"
}

// Parse reads a combination as people and other programs write it:
// "Ctrl+Shift+4", "Print", "Super+Shift+S", "win + shift + s", "PrtScn". What
// cannot be a hotkey is ErrCombination, with words that say why: a plain letter
// would be lost for typing.
func Parse(text string) (Combination, error) {
	bad := func(why string) (Combination, error) {
		return Combination{}, fmt.Errorf("%q is %w: %s", text, ErrCombination, why)
	}
	if len(text) > 100 {
		text = text[:100] + "…"
		return bad("it is too long")
	}
	words := strings.Split(text, "+")
	if strings.HasSuffix(strings.TrimSpace(text), "+") && len(words) >= 2 {
		// "Ctrl++" means the plus key.
		if strings.TrimSpace(words[len(words)-2]) != "" {
			return bad("a key is missing after the last +")
		}
		words = append(words[:len(words)-2], "Plus")
	}
	var c Combination
	for i, word := range words {
		word = strings.ToLower(strings.TrimSpace(word))
		if word == "" {
			return bad("a key is missing; write it like Ctrl+Shift+4")
		}
		if i < len(words)-1 {
			mod, ok := modifierWords[word]
			if !ok {
				return bad(fmt.Sprintf("%q is no modifier; there are Ctrl, Alt, Shift and Super", word))
			}
			if c.Mods&mod != 0 {
				return bad(fmt.Sprintf("%q is there twice", word))
			}
			c.Mods |= mod
			continue
		}
		if _, ok := modifierWords[word]; ok {
			return bad("a key is missing besides the modifiers")
		}
		k, ok := keyWords[word]
		if !ok {
			return bad(fmt.Sprintf("the key %q is not known", word))
		}
		c.Key = keys[k].name
	}
	if !keyOf(c.Key).alone && c.Mods&^Shift == 0 {
		return bad("without Ctrl, Alt or Super the key would be lost for typing")
	}
	return c, nil
}

// String is the one canonical form: Super, Ctrl, Alt, Shift, then the key.
func (c Combination) String() string {
	var words []string
	for _, m := range modifierNames {
		if c.Mods&m.mod != 0 {
			words = append(words, m.name)
		}
	}
	if c.Key != "" {
		words = append(words, c.Key)
	}
	return strings.Join(words, "+")
}

// IsZero reports whether it is no combination.
func (c Combination) IsZero() bool { return c == Combination{} }

// MarshalText is String.
func (c Combination) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText is Parse; an empty text is no combination.
func (c *Combination) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Combination{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}

// check refuses a combination that was not made by Parse and is none.
func (c Combination) check() error {
	again, err := Parse(c.String())
	if err == nil && again != c {
		return fmt.Errorf("%q is %w", c.String(), ErrCombination)
	}
	return err
}

var modifierWords = map[string]Modifiers{
	"super": Super, "win": Super, "windows": Super, "logo": Super, "cmd": Super, "command": Super, "meta": Super,
	"ctrl": Ctrl, "control": Ctrl, "ctl": Ctrl, "strg": Ctrl,
	"alt": Alt, "option": Alt, "opt": Alt,
	"shift": Shift,
}

// key is one key under all its names.
type key struct {
	name   string   // canonical
	others []string // lower case
	alone  bool     // may be a hotkey without modifiers: it types nothing and moves nothing
	keysym uint32   // X11 (keysymdef.h)
	symbol string   // xkbcommon's name of the keysym, for the portal
	vk     uint16   // Windows; 0: the key that types char
	char   rune     // what it types on its own
}

// keys are all keys that can be part of a combination.
var keys = allKeys()

// keyWords are the indices in keys by every name in lower case.
var keyWords = indexKeys()

func keyOf(name string) key {
	if i, ok := keyWords[strings.ToLower(name)]; ok {
		return keys[i]
	}
	return key{}
}

func indexKeys() map[string]int {
	words := map[string]int{}
	for i, k := range keys {
		words[strings.ToLower(k.name)] = i
		for _, other := range k.others {
			words[other] = i
		}
	}
	return words
}

func allKeys() []key {
	var all []key
	for c := 'a'; c <= 'z'; c++ {
		upper := strings.ToUpper(string(c))
		all = append(all, key{name: upper, keysym: uint32(c), symbol: string(c), vk: uint16(upper[0]), char: c})
	}
	for c := '0'; c <= '9'; c++ {
		all = append(all, key{name: string(c), keysym: uint32(c), symbol: string(c), vk: uint16(c), char: c})
	}
	for n := range 24 {
		name := "F" + strconv.Itoa(n+1)
		all = append(all, key{name: name, alone: true, keysym: 0xffbe + uint32(n), symbol: name, vk: 0x70 + uint16(n)})
	}
	for n := range 10 {
		d := strconv.Itoa(n)
		all = append(all, key{
			name: "Num" + d, others: []string{"kp" + d, "kp_" + d, "numpad" + d},
			keysym: 0xffb0 + uint32(n), symbol: "KP_" + d, vk: 0x60 + uint16(n),
		})
	}
	return slices.Concat(all, []key{
		{name: "Print", others: []string{"printscreen", "print screen", "prtsc", "prtscn", "prtscr", "prntscrn", "sysrq", "snapshot", "druck"}, alone: true, keysym: 0xff61, symbol: "Print", vk: 0x2c},
		{name: "Pause", others: []string{"break"}, alone: true, keysym: 0xff13, symbol: "Pause", vk: 0x13},
		{name: "Insert", others: []string{"ins"}, keysym: 0xff63, symbol: "Insert", vk: 0x2d},
		{name: "Delete", others: []string{"del"}, keysym: 0xffff, symbol: "Delete", vk: 0x2e},
		{name: "Home", others: []string{"pos1"}, keysym: 0xff50, symbol: "Home", vk: 0x24},
		{name: "End", keysym: 0xff57, symbol: "End", vk: 0x23},
		{name: "PageUp", others: []string{"page up", "page_up", "pgup", "prior"}, keysym: 0xff55, symbol: "Page_Up", vk: 0x21},
		{name: "PageDown", others: []string{"page down", "page_down", "pgdn", "pgdown", "next"}, keysym: 0xff56, symbol: "Page_Down", vk: 0x22},
		{name: "Left", keysym: 0xff51, symbol: "Left", vk: 0x25},
		{name: "Up", keysym: 0xff52, symbol: "Up", vk: 0x26},
		{name: "Right", keysym: 0xff53, symbol: "Right", vk: 0x27},
		{name: "Down", keysym: 0xff54, symbol: "Down", vk: 0x28},
		{name: "Space", others: []string{"spacebar"}, keysym: 0x20, symbol: "space", vk: 0x20},
		{name: "Tab", keysym: 0xff09, symbol: "Tab", vk: 0x09},
		{name: "Enter", others: []string{"return"}, keysym: 0xff0d, symbol: "Return", vk: 0x0d},
		{name: "Escape", others: []string{"esc"}, keysym: 0xff1b, symbol: "Escape", vk: 0x1b},
		{name: "Backspace", others: []string{"back space"}, keysym: 0xff08, symbol: "BackSpace", vk: 0x08},
		{name: "Menu", keysym: 0xff67, symbol: "Menu", vk: 0x5d},
		{name: "Plus", keysym: 0x2b, symbol: "plus", char: '+'},
		{name: "Minus", others: []string{"-"}, keysym: 0x2d, symbol: "minus", char: '-'},
		{name: "Comma", others: []string{","}, keysym: 0x2c, symbol: "comma", char: ','},
		{name: "Period", others: []string{".", "dot"}, keysym: 0x2e, symbol: "period", char: '.'},
		{name: "Slash", others: []string{"/"}, keysym: 0x2f, symbol: "slash", char: '/'},
		{name: "Backslash", others: []string{`\`}, keysym: 0x5c, symbol: "backslash", char: '\\'},
		{name: "Semicolon", others: []string{";"}, keysym: 0x3b, symbol: "semicolon", char: ';'},
		{name: "Apostrophe", others: []string{"'", "quote"}, keysym: 0x27, symbol: "apostrophe", char: '\''},
		{name: "Grave", others: []string{"`", "backquote", "backtick"}, keysym: 0x60, symbol: "grave", char: '`'},
		{name: "Equal", others: []string{"=", "equals"}, keysym: 0x3d, symbol: "equal", char: '='},
		{name: "BracketLeft", others: []string{"[", "bracket_left"}, keysym: 0x5b, symbol: "bracketleft", char: '['},
		{name: "BracketRight", others: []string{"]", "bracket_right"}, keysym: 0x5d, symbol: "bracketright", char: ']'},
	})
}
