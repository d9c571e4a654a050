package engine

import "testing"

func TestSizesAreRememberedByAccountAndBounded(t *testing.T) {
	var s sizes
	s.add("a", 5)
	if !s.has("a", 5) || s.has("a", 6) || s.has("b", 5) {
		t.Errorf("knows %v", s.known)
	}
	for n := range int64(3 * sizesMost) {
		s.add("b", n)
	}
	if len(s.known) > sizesMost {
		t.Errorf("%d are remembered", len(s.known))
	}
}
