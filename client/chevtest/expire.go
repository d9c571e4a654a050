package chevtest

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The shortest and the longest life of a file that is to expire.
const (
	shortestLife = 5 * time.Minute
	longestLife  = 31_536_000 * time.Second
)

// presets are the intervals that the site itself offers; they are added to
// the calendar as they are.
const presets = " PT5M PT15M PT30M PT1H PT3H PT6H PT12H P1D P2D P3D P4D P5D P6D P1W P2W P3W P1M P2M P3M P4M P5M P6M P1Y "

// interval is PHP's form of one: capitals only, in this order.
var interval = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// expires returns when a file is to be deleted; zero: never. The account's
// default holds when nothing was asked for ("0" is nothing), the site's rule
// for guests in any case.
func (x *exchange) expires(user User) time.Time {
	if x.site.NoExpiration {
		return time.Time{}
	}
	wanted := x.form.given("expiration")
	if wanted == "" {
		wanted = user.Expiration
	}
	if user.Guest && x.site.GuestExpiration != "" {
		wanted = x.site.GuestExpiration
	}
	if wanted == "" {
		return time.Time{}
	}
	return lifeEnd(x.now.UTC().Truncate(time.Second), wanted)
}

// lifeEnd adds an interval to a time. What cannot be read is not refused: it
// becomes five minutes, so a typing error deletes the file.
func lifeEnd(now time.Time, wanted string) time.Time {
	if strings.Contains(presets, " "+wanted+" ") {
		return addInterval(now, wanted)
	}
	life := time.Duration(0)
	if seconds, err := strconv.ParseInt(wanted, 10, 64); err == nil && wanted[0] != '+' {
		life = time.Duration(min(max(seconds, 0), int64(longestLife/time.Second))) * time.Second
	} else if interval.MatchString(wanted) {
		epoch := time.Unix(0, 0).UTC()
		if end := addInterval(epoch, wanted); end.Sub(epoch) > 0 {
			life = end.Sub(epoch)
		}
	}
	return now.Add(min(max(life, shortestLife), longestLife))
}

// addInterval adds an interval by the calendar. Nothing in it counts above
// what a year of the shortest unit needs, which no answer can show.
func addInterval(from time.Time, spec string) time.Time {
	found := interval.FindStringSubmatch(spec)
	n := make([]int, len(found))
	for i, digits := range found[1:] {
		value, err := strconv.Atoi("0" + digits)
		if n[i] = min(value, 40_000_000); err != nil { // out of range
			n[i] = 40_000_000
		}
	}
	return from.AddDate(min(n[0], 100), min(n[1], 1200), min(7*n[2]+n[3], 40_000)).
		Add(time.Duration(min(n[4], 1_000_000))*time.Hour + time.Duration(n[5])*time.Minute + time.Duration(n[6])*time.Second)
}
