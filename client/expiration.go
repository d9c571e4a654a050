package client

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A real Chevereto forces every expiration into these bounds without a word;
// we refuse instead.
const (
	minExpiration = 5 * 60          // seconds
	maxExpiration = 365 * 24 * 3600 // seconds
)

// ParseExpiration checks an expiration as a person types it and returns its
// ISO 8601 form: "30m", "1h", "3d", "2w" (m is minutes), or ISO 8601 in
// capitals ("PT30M", "P3D"), between 5 minutes and 1 year. Everything else,
// a bare number and an empty value included, is an [*Error] of KindInvalid:
// a value that a real server cannot parse makes it delete the file after
// five minutes.
func ParseExpiration(typed string) (string, error) {
	iv, err := parseInterval(typed)
	if err != nil {
		return "", err
	}
	return iv.iso, nil
}

// interval is an expiration in its parts.
type interval struct {
	iso                          string
	years, months, days, seconds int64 // weeks are in days, hours and minutes in seconds
}

// after returns the moment that lies iv after t.
func (iv interval) after(t time.Time) time.Time {
	return t.AddDate(int(iv.years), int(iv.months), int(iv.days)).Add(time.Duration(iv.seconds) * time.Second)
}

// length is what a real Chevereto takes the interval for: seconds counted
// from the first of January 1970.
func (iv interval) length() int64 { return iv.after(time.Unix(0, 0).UTC()).Unix() }

func parseInterval(typed string) (interval, error) {
	refuse := invalid("an expiration is written as 30m, 1h, 3d or 2w (m is minutes), or in ISO 8601 capitals such as PT30M or P3D")
	iv, ok := parseShort(typed)
	if !ok {
		iv, ok = parseISO(typed)
	}
	if !ok {
		return interval{}, refuse
	}
	if n := iv.length(); n < minExpiration || n > maxExpiration {
		return interval{}, invalid("an expiration lies between 5 minutes and 1 year")
	}
	return iv, nil
}

// parseShort reads a number and one of m, h, d, w.
func parseShort(s string) (interval, bool) {
	if s == "" {
		return interval{}, false
	}
	n, ok := count(s[:len(s)-1])
	if !ok {
		return interval{}, false
	}
	switch s[len(s)-1] {
	case 'm':
		return interval{iso: fmt.Sprintf("PT%dM", n), seconds: n * 60}, true
	case 'h':
		return interval{iso: fmt.Sprintf("PT%dH", n), seconds: n * 3600}, true
	case 'd':
		return interval{iso: fmt.Sprintf("P%dD", n), days: n}, true
	case 'w':
		return interval{iso: fmt.Sprintf("P%dW", n), days: n * 7}, true
	}
	return interval{}, false
}

// parseISO reads PnYnMnDTnHnMnS in this order, any part left out, or PnW.
// Weeks beside other parts are refused: PHP before 8 forgets one of them.
func parseISO(s string) (interval, bool) {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok {
		return interval{}, false
	}
	iv := interval{iso: s}
	date, clock, timed := strings.Cut(rest, "T")
	if timed && clock == "" {
		return interval{}, false
	}
	if weeks, ok := strings.CutSuffix(date, "W"); ok && !timed {
		n, ok := count(weeks)
		iv.days = n * 7
		return iv, ok
	}
	d, ok := units(date, "YMD")
	if !ok {
		return interval{}, false
	}
	t, ok := units(clock, "HMS")
	if !ok || date == "" && clock == "" {
		return interval{}, false
	}
	iv.years, iv.months, iv.days = d[0], d[1], d[2]
	iv.seconds = t[0]*3600 + t[1]*60 + t[2]
	return iv, true
}

// units reads numbers, each followed by its letter, in the order of letters.
func units(s, letters string) (n [3]int64, ok bool) {
	for i := range letters {
		at := strings.IndexByte(s, letters[i])
		if at < 0 {
			continue
		}
		if n[i], ok = count(s[:at]); !ok {
			return n, false
		}
		s = s[at+1:]
	}
	return n, s == ""
}

// count reads a number of digits only that no bound of ours is below. PHP
// reads twelve digits at most, zeros in front included.
func count(s string) (int64, bool) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= maxExpiration
}
