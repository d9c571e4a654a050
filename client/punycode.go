package client

import "strings"

// asciiHost writes a host name as it stands in DNS: labels with other letters
// as "xn--" and Punycode (RFC 3492). A real host may write its links either
// way. What cannot be encoded stays as it is.
func asciiHost(host string) string {
	labels := strings.Split(strings.ToLower(host), ".")
	for i, label := range labels {
		if encoded, ok := punycode([]rune(label)); ok {
			labels[i] = "xn--" + encoded
		}
	}
	return strings.Join(labels, ".")
}

// The parameters of Punycode, RFC 3492 section 5.
const (
	punyBase, punyMin, punyMax = 36, 1, 26
	punySkew, punyDamp         = 38, 700
	punyBias, punyFirst        = 72, 128
)

// punycode encodes a label, RFC 3492 section 6.3. It says false when there is
// nothing to encode, or too much.
func punycode(label []rune) (string, bool) {
	var out []byte
	for _, r := range label {
		if r < punyFirst {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic == len(label) || len(label) > 63 {
		return "", false
	}
	if basic > 0 {
		out = append(out, '-')
	}
	next, delta, bias, done := rune(punyFirst), 0, punyBias, basic
	for done < len(label) {
		lowest := rune(0x10FFFF)
		for _, r := range label {
			if r >= next && r < lowest {
				lowest = r
			}
		}
		delta += int(lowest-next) * (done + 1)
		next = lowest
		for _, r := range label {
			if r < next {
				delta++
			}
			if r != next {
				continue
			}
			out = append(out, punyNumber(delta, bias)...)
			bias = punyAdapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		next++
	}
	return string(out), true
}

// punyNumber writes a delta as digits of varying weight.
func punyNumber(delta, bias int) (digits []byte) {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if delta < t {
			return append(digits, alphabet[delta])
		}
		digits = append(digits, alphabet[t+(delta-t)%(punyBase-t)])
		delta = (delta - t) / (punyBase - t)
	}
}

func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
