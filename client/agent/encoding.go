package agent

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// encode makes JSON of a request, a response or a failure.
func encode[T any](v T) ([]byte, error) {
	safe, _ := rewrite(reflect.ValueOf(v), shield)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(safe.Interface()); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return b.Bytes(), nil
}

// decode is the other end of encode.
func decode[T any](data []byte, into *T) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("decode %T: %w", *into, err)
	}
	whole, changed := rewrite(reflect.ValueOf(*into), unshield)
	if changed {
		*into = whole.Interface().(T)
	}
	return nil
}

// escape marks a byte, written as two hexadecimal digits behind it, that JSON
// cannot carry. It is NUL because no path and hardly any text holds that; one
// that does is escaped itself.
const escape = '\x00'

// shield makes s valid UTF-8. JSON would turn a file name that is not into
// another name, of a file that is not there.
func shield(s string) string {
	if utf8.ValidString(s) && !strings.ContainsRune(s, escape) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == escape || r == utf8.RuneError && n == 1 {
			b.WriteByte(escape)
			b.WriteString(hex.EncodeToString([]byte{s[0]}))
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// unshield is the other end of shield.
func unshield(s string) string {
	if !strings.ContainsRune(s, escape) {
		return s
	}
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(s, string(escape))
		b.WriteString(plain)
		if !found {
			return b.String()
		}
		if len(rest) >= 2 {
			if raw, err := hex.DecodeString(rest[:2]); err == nil {
				b.Write(raw)
				rest = rest[2:]
			}
		}
		s = rest
	}
}

// rewrite returns v with f applied to every string in its exported fields,
// and whether that changed any. What it was given stays as it is: parts that
// change are copied.
func rewrite(v reflect.Value, f func(string) string) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.String:
		return rewriteString(v, f)
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		elem, changed := rewrite(v.Elem(), f)
		if !changed {
			return v, false
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(elem)
		return p, true
	case reflect.Struct:
		return rewriteStruct(v, f)
	case reflect.Slice:
		return rewriteSlice(v, f)
	case reflect.Map:
		return rewriteMap(v, f)
	default:
		return v, false
	}
}

func rewriteString(v reflect.Value, f func(string) string) (reflect.Value, bool) {
	s := v.String()
	t := f(s)
	if t == s {
		return v, false
	}
	return reflect.ValueOf(t).Convert(v.Type()), true
}

func rewriteStruct(v reflect.Value, f func(string) string) (reflect.Value, bool) {
	out, any := v, false
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		field, changed := rewrite(v.Field(i), f)
		if !changed {
			continue
		}
		if !any {
			out, any = reflect.New(v.Type()).Elem(), true
			out.Set(v)
		}
		out.Field(i).Set(field)
	}
	return out, any
}

func rewriteSlice(v reflect.Value, f func(string) string) (reflect.Value, bool) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return v, false // raw bytes, raw JSON
	}
	out, any := v, false
	for i := range v.Len() {
		elem, changed := rewrite(v.Index(i), f)
		if !changed {
			continue
		}
		if !any {
			out, any = reflect.MakeSlice(v.Type(), v.Len(), v.Len()), true
			reflect.Copy(out, v)
		}
		out.Index(i).Set(elem)
	}
	return out, any
}

func rewriteMap(v reflect.Value, f func(string) string) (reflect.Value, bool) {
	any := false
	out := reflect.MakeMapWithSize(v.Type(), v.Len())
	for it := v.MapRange(); it.Next(); {
		key, keyChanged := rewrite(it.Key(), f)
		elem, elemChanged := rewrite(it.Value(), f)
		any = any || keyChanged || elemChanged
		out.SetMapIndex(key, elem)
	}
	if !any {
		return v, false
	}
	return out, true
}
