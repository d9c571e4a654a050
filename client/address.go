package client

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// apiPath is where a host takes uploads. With a trailing slash or a query a
// real Chevereto answers 301, and who follows that loses the body.
const apiPath = "/api/1/upload"

// ParseAddress mends and checks the address of a site as a person types it:
// white space and trailing slashes go, a missing scheme becomes https (http
// for loopback), "/api/1/upload" pasted whole is cut off. It refuses what is
// no http or https address, carries a user, a query or a fragment.
// The error is an [*Error] of KindInvalid with a sentence for a person.
func ParseAddress(typed string) (string, error) {
	s := strings.TrimFunc(typed, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
	})
	if s == "" {
		return "", invalid("the address is empty")
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", strings.TrimPrefix(s, "//")
	}
	switch scheme = strings.ToLower(scheme); scheme {
	case "http", "https", "":
	default:
		return "", invalid("the address must begin with https:// or http://")
	}
	for _, r := range rest {
		if r == '\\' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return "", invalid("the address holds a character that no address has")
		}
	}
	u, err := url.Parse("https://" + rest)
	switch {
	case err != nil || u.Opaque != "":
		return "", invalid("that is not an address of a site")
	case u.User != nil:
		return "", invalid("the address must not hold a user or a password")
	case u.RawQuery != "" || u.ForceQuery:
		return "", invalid("the address must not hold a query (the part from the question mark on)")
	case u.Fragment != "" || strings.Contains(rest, "#"):
		return "", invalid("the address must not hold a fragment (the part from # on)")
	}
	host, err := hostOf(u)
	if err != nil {
		return "", err
	}
	if scheme == "" {
		scheme = "https"
		if isLoopback(host) {
			scheme = "http"
		}
	}
	path, err := sitePath(u)
	if err != nil {
		return "", err
	}
	return scheme + "://" + joinPort(host, u.Port(), scheme) + path, nil
}

// hostOf returns the host in lower case, without port and brackets.
func hostOf(u *url.URL) (string, error) {
	host := strings.ToLower(u.Hostname())
	if strings.Contains(u.Host, "[") || strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", invalid("that is not an address of a site")
		}
		return addr.String(), checkPort(u)
	}
	if host == "" {
		return "", invalid("the address names no host")
	}
	if len(host) > 253 || strings.HasPrefix(host, ".") || strings.Contains(host, "..") {
		return "", invalid("that is not a name a host can have")
	}
	for _, r := range host {
		ok := r == '-' || r == '.' || r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
		if !ok {
			return "", invalid("that is not a name a host can have")
		}
	}
	return host, checkPort(u)
}

func checkPort(u *url.URL) error {
	port := u.Port()
	if port == "" && !strings.HasSuffix(u.Host, ":") {
		return nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return invalid("the port must be a number from 1 to 65535")
	}
	return nil
}

// sitePath returns the sub-directory the site lies in, without trailing slash.
func sitePath(u *url.URL) (string, error) {
	path := strings.TrimRight(u.EscapedPath(), "/")
	lower := strings.ToLower(path)
	for _, tail := range []string{apiPath, "/api/1", "/api"} {
		if strings.HasSuffix(lower, tail) {
			path = strings.TrimRight(path[:len(path)-len(tail)], "/")
			break
		}
	}
	for part := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(part); err != nil || plain == "." || plain == ".." || strings.ContainsAny(plain, "/\\") {
			return "", invalid("the path of the address cannot be used")
		}
	}
	if strings.Contains(path, "//") {
		return "", invalid("the path of the address cannot be used")
	}
	return path, nil
}

// joinPort puts host and port together; a scheme's own port is left out.
func joinPort(host, port, scheme string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		if port = strconv.FormatUint(n, 10); port != defaultPort(scheme) {
			return host + ":" + port
		}
	}
	return host
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// isLoopback reports whether a host name or address is this machine.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// sameOrigin reports whether two addresses have the same scheme, host and port;
// "bücher.example" is the same host as "xn--bcher-kva.example".
func sameOrigin(a, b *url.URL) bool {
	origin := func(u *url.URL) string {
		return strings.ToLower(u.Scheme) + "://" + joinPort(asciiHost(u.Hostname()), u.Port(), strings.ToLower(u.Scheme))
	}
	return origin(a) == origin(b)
}
