package client

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzObject holds our reader of objects against the standard library's.
func FuzzObject(f *testing.F) {
	f.Add([]byte(docImage))
	f.Add([]byte(` { "a" : [ { "b" : "}\"" } , -1.5e3 ] , "a" : null , "\u0061" : "x\u2028<&" } `))
	f.Add([]byte(`{"":{},"é":"\ud800","a b":true,"c":"\\","<":[]}`))
	f.Add([]byte("{\"\u2028\":\"\u2028\xe2\"}"))
	f.Add([]byte(`null`))
	f.Add([]byte(`[{}]`))
	f.Add([]byte(`{"a":1}x`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want map[string]json.RawMessage
		is := json.Unmarshal(raw, &want) == nil && want != nil
		o, ok := parseObject(raw)
		if ok != is || len(o) != len(want) {
			t.Fatalf("%q: object %v with %d members, the standard library says %v with %d", raw, ok, len(o), is, len(want))
		}
		for name, value := range want {
			if !bytes.Equal(o[name], value) {
				t.Errorf("%q has %q, want %q", name, o[name], value)
			}
			var text string
			if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &text) == nil && o.text(name) != text {
				t.Errorf("%q says %q, want %q", name, o.text(name), text)
			}
		}
		if !ok {
			return
		}
		got, err := o.marshal()
		written, werr := json.Marshal(want)
		if err != nil || werr != nil || !bytes.Equal(got, written) {
			t.Errorf("written %q (%v), want %q (%v)", got, err, written, werr)
		}
	})
}

func BenchmarkDecodeImage(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeImage(json.RawMessage(docImage)); err != nil {
			b.Fatal(err)
		}
	}
}
