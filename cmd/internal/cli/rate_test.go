package cli

import "testing"

func TestRatesAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1024": 1024, "500K": 500 << 10, "2M": 2 << 20, "2m": 2 << 20, "1.5M": 3 << 19, "1G": 1 << 30,
	} {
		if n, err := parseRate(text); err != nil || n != want {
			t.Errorf("%q is %d, %v; want %d", text, n, err, want)
		}
	}
	for _, text := range []string{"", "fast", "-1", "1T", "100", "0.5K", "1e99", "NaN", "2 MB"} {
		if n, err := parseRate(text); err == nil {
			t.Errorf("%q is taken as %d", text, n)
		}
	}
	for n, want := range map[int64]string{0: "0", 1500: "1500", 500 << 10: "500K", 2 << 20: "2M", 3 << 30: "3G"} {
		if got := formatRate(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}
