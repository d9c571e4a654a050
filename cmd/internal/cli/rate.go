package cli

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// parseRate reads bytes a second, see parseBytes; 0 is "no limit", and what
// is less than 1K counts as a mistake.
func parseRate(text string) (int64, error) {
	n, err := parseBytes(text)
	if err == nil && n != 0 && n < 1<<10 {
		return 0, errors.New("less than 1K")
	}
	return n, err
}

// parseBytes reads a number of bytes with K, M or G behind it, which are
// powers of 1024 as curl's are.
func parseBytes(text string) (int64, error) {
	number, shift := strings.TrimSpace(text), 0
	for i, unit := range "KMG" {
		if cut, ok := strings.CutSuffix(strings.ToUpper(number), string(unit)); ok {
			number, shift = cut, 10*(i+1)
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if n *= float64(int64(1) << shift); err != nil || n < 0 || math.IsNaN(n) || n > 1<<50 {
		return 0, errors.New("no number of bytes")
	}
	return int64(n), nil
}

// formatRate is the other end of parseRate.
func formatRate(n int64) string {
	switch {
	case n > 0 && n%(1<<30) == 0:
		return strconv.FormatInt(n>>30, 10) + "G"
	case n > 0 && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + "M"
	case n > 0 && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + "K"
	default:
		return strconv.FormatInt(n, 10)
	}
}
