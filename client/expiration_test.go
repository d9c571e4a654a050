package client

import (
	"errors"
	"regexp"
	"testing"
)

func TestParseExpirationTakesShortAndISO(t *testing.T) {
	for typed, want := range map[string]string{
		"5m": "PT5M", "30m": "PT30M", "90m": "PT90M", "1h": "PT1H", "12h": "PT12H", "8760h": "PT8760H",
		"3d": "P3D", "365d": "P365D", "2w": "P2W", "52w": "P52W", "05m": "PT5M",
		"PT5M": "PT5M", "PT30M": "PT30M", "P3D": "P3D", "P2W": "P2W", "PT1H30M": "PT1H30M", "P1DT12H": "P1DT12H",
		"P1M": "P1M", "P6M": "P6M", "P12M": "P12M", "P1Y": "P1Y", "PT300S": "PT300S", "PT31536000S": "PT31536000S", "P0Y3D": "P0Y3D",
	} {
		if got, err := ParseExpiration(typed); err != nil || got != want {
			t.Errorf("ParseExpiration(%q) = %q, %v; want %q", typed, got, err, want)
		}
	}
}

func TestParseExpirationRefusesWhatAHostWouldTakeForFiveMinutes(t *testing.T) {
	for _, typed := range []string{
		"", " ", "0", "7", "600", "m", "h", "4m", "0m", "0d", "366d", "53w", "8761h", "1y", "1M", "30M", "1H", "3D", "2W", "1s", "300s",
		" 5m", "5m ", "5 m", "+5m", "-5m", "1.5h", "1h30m", "tomorrow", "p3d", "pt5m", "P", "PT", "P0D", "-PT5M", "PT5", "P3", "PT1M", "PT299S",
		"P5Y", "P1Y1D", "P1Y2M10DT2H30M", "P1W2D", "P1WT1H", "P3DT", "PT5M3H", "P3D1M", "PT1.5H", "P-3D", "P99999999999999999999D",
		"9223372036854775807m", "٣d", "P3D\n", "5m\x00", "P1Y0M0DT0H0M1S", "T5M", "PT5M5M",
	} {
		got, err := ParseExpiration(typed)
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindInvalid || e.Message == "" {
			t.Errorf("ParseExpiration(%q) = %q, %v", typed, got, err)
		}
	}
}

func FuzzParseExpiration(f *testing.F) {
	for _, s := range []string{"5m", "P3D", "PT1H30M", "P1Y2M3DT4H5M6S", "p3d", "P2W", "0", "", "P1DT", "999999999999w"} {
		f.Add(s)
	}
	// What PHP's DateInterval takes, as far as we send it.
	php := regexp.MustCompile(`^P(\d{1,12}W|(\d{1,12}Y)?(\d{1,12}M)?(\d{1,12}D)?(T(\d{1,12}H)?(\d{1,12}M)?(\d{1,12}S)?)?)$`)
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := ParseExpiration(typed)
		if err != nil {
			return
		}
		if !php.MatchString(got) || got == "P" || got[len(got)-1] == 'T' {
			t.Errorf("%q became %q, which PHP does not take", typed, got)
		}
		if again, err := ParseExpiration(got); err != nil || again != got {
			t.Errorf("%q became %q, and that %q, %v", typed, got, again, err)
		}
		iv, err := parseInterval(got)
		if err != nil || iv.length() < minExpiration || iv.length() > maxExpiration {
			t.Errorf("%q is out of bounds", got)
		}
	})
}
