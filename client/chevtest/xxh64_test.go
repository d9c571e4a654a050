package chevtest

import (
	"bytes"
	"fmt"
	"testing"
)

func TestXXH64(t *testing.T) {
	// Known answers of the reference implementation, as its users publish them.
	for text, want := range map[string]string{
		"":    "ef46db3751d8e999",
		"a":   "d24ec4f1a98c6e5b",
		"abc": "44bc2cf5ad770999",
		"Nobody inspects the spammish repetition": "fbcea83c8a378bf1",
	} {
		x := newXXH64()
		_, _ = x.Write([]byte(text))
		if got := fmt.Sprintf("%016x", x.Sum64()); got != want {
			t.Errorf("hash of %q: %s, want %s", text, got, want)
		}
	}
	t.Run("does not depend on how the bytes arrive", func(t *testing.T) {
		data := bytes.Repeat([]byte("0123456789abcdefg"), 50)
		whole := newXXH64()
		_, _ = whole.Write(data)
		for step := 1; step < 70; step++ {
			parts := newXXH64()
			for rest := data; len(rest) > 0; {
				n := min(step, len(rest))
				_, _ = parts.Write(rest[:n])
				rest = rest[n:]
			}
			if parts.Sum64() != whole.Sum64() {
				t.Errorf("in steps of %d: %x, at once: %x", step, parts.Sum64(), whole.Sum64())
			}
		}
	})
}
