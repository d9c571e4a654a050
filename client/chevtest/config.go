package chevtest

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// DefaultKey is the key of a host whose Config names none. It belongs to a
// normal user, demo, who owns the album "aLb1".
const DefaultKey = "chv_demo_6c0b7f3de2a94518b0d1f87c5a3e9246d7b8150c94fe63a2b7d0c1e58f49a6b3"

// DefaultAlbum is the encoded id of the demo user's only album.
const DefaultAlbum = "aLb1"

// Config says how a [Host] is made. The zero value is a working host with one
// user that keeps everything in memory.
type Config struct {
	// Dir is where files are kept, made if missing. Empty: in memory.
	Dir string
	// Keys are the API keys and their users; nil means DefaultKey.
	Keys map[string]User
	// BaseURL is the site's address in every link, with its sub-directory if
	// it has one. Empty: from each request's Host.
	BaseURL string
	// ReadRate slows the reading of each body to so many bytes a second.
	ReadRate int64
	// AnswerDelay is waited between storing a file and answering.
	AnswerDelay time.Duration
	// Discard counts uploaded files instead of storing and hashing them and
	// answers success with a null checksum: for benchmarks of the sender.
	Discard bool
	// Clock tells the time of all dates, flood periods and expirations; nil
	// means time.Now. Delays do not go by it.
	Clock func() time.Time
	// Site are the settings of the site, which Host.Change changes later.
	Site Site
}

// User is the owner of a key.
type User struct {
	Name       string
	Admin      bool     // exempt from the duplicate check and moderation, may upload URLs
	Guest      bool     // the site-wide public key: nobody's
	Albums     []string // encoded ids of the user's albums
	Expiration string   // account's default, an interval such as "P1D"
	CameraTag  bool     // account adds the camera model as a tag
	DropEXIF   bool     // account drops EXIF data
}

// Generation is a line of Chevereto versions that a client can tell apart.
type Generation string

// The generations.
const (
	// V42 is Chevereto 4.2: "md5" and "source_md5"; only the first 72 bytes
	// of a key are looked at, as bcrypt does. It is the zero value's meaning.
	V42 Generation = "4.2"
	// V43 is Chevereto 4.3 and later: "checksum" and "source_checksum" hold
	// XXH64 (16 hex digits), and the whole key counts.
	V43 Generation = "4.3"
	// V3 is Chevereto 3: as V42, but errors carry a context and the key is
	// read from the form only, where one that is missing is called wrong; a
	// redirect names the site.
	V3 Generation = "3"
)

// Site is what the administrator of a site has set. The zero value is a site
// as its installer leaves it, without limits of size.
type Site struct {
	Generation Generation
	Limits     Limits
	Flood      Flood

	AllowDuplicates bool   // duplicates are refused otherwise
	Moderated       bool   // uploads of normal users wait for approval
	URLUploads      bool   // administrators may upload by URL
	NoExpiration    bool   // the parameter expiration is ignored
	GuestExpiration string // overrides the parameter for the guest key
	DropEXIF        bool   // drops EXIF data of every JPEG
	Watermark       bool   // changes pictures but reports the checksum of the source
	GD              bool   // the GD library: animated WebP is refused
	NoSEO           bool   // viewer addresses without the title, as in the free edition

	UploadsOff   bool   // only administrators upload
	GuestsOff    bool   // the guest key is refused
	Private      bool   // the guest key is refused
	Maintenance  bool   // every page is a notice with status 200
	Ban          string // text for a banned address; a URL redirects there
	LockedOut    bool   // 403 with an empty body: too many failed logins from the address
	NotInstalled bool   // every page redirects to /install

	DisabledFormats []string // file extensions that are switched off
	StopWords       []string // refused in title, description and tags
	MaxFiles        int      // refuses more files than this; 0: no limit
	MaxWidth        int      // larger pictures are made smaller; 0: no limit

	ImageRoute string         // first part of a picture's viewer address; empty: "image"
	VideoRoute string         // the same of a video; empty: "video"
	StorageURL string         // external storage that direct links point to; empty: local
	Zone       *time.Location // of "date"; nil: UTC
}

// Limits are the sizes at which a real server refuses, each with another
// face. 0 means no limit.
type Limits struct {
	SiteMB    int64 // megabytes (1,000,000 bytes) of a file: code 400, "File too big - max 1 MB"
	GuestMB   int64 // the same for the guest key; 0: as SiteMB
	PHPUpload int64 // bytes of a file: code 601 for administrators, a 500 page for others
	PHPPost   int64 // bytes of a body: the form is lost, so "no source" or even "no key"
	WebServer int64 // bytes of a body: 413 before the body is read
}

// Flood limits the files that are stored from one address. A 0 is the
// installer's default: 50, 500, 1,000, 5,000 and 10,000.
type Flood struct {
	Off                            bool
	Minute, Hour, Day, Week, Month int
}

func (f Flood) withDefaults() Flood {
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&f.Minute, 50)
	set(&f.Hour, 500)
	set(&f.Day, 1000)
	set(&f.Week, 5000)
	set(&f.Month, 10000)
	return f
}

func (s Site) withDefaults() Site {
	if s.Generation == "" {
		s.Generation = V42
	}
	if s.ImageRoute == "" {
		s.ImageRoute = "image"
	}
	if s.VideoRoute == "" {
		s.VideoRoute = "video"
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	s.Flood = s.Flood.withDefaults()
	return s
}

var routeForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (s Site) check() error {
	switch s.Generation {
	case V42, V43, V3:
	default:
		return fmt.Errorf("unknown generation %q", s.Generation)
	}
	for _, route := range []string{s.ImageRoute, s.VideoRoute} {
		if !routeForm.MatchString(route) || route == "api" || route == "images" || route == "content" {
			return fmt.Errorf("route %q cannot be used", route)
		}
	}
	if s.ImageRoute == s.VideoRoute {
		return errors.New("pictures and videos need routes of their own")
	}
	l := s.Limits
	if min(l.SiteMB, l.GuestMB, l.PHPUpload, l.PHPPost, l.WebServer) < 0 {
		return errors.New("a limit cannot be negative")
	}
	return nil
}

// checkBase splits off the sub-directory of a site's address.
func checkBase(address string) (base, dir string, err error) {
	if address == "" {
		return "", "", nil
	}
	address = strings.TrimRight(address, "/")
	u, err := url.Parse(address)
	if err != nil {
		return "", "", fmt.Errorf("base address: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", "", fmt.Errorf("base address %q is not that of a site", address)
	}
	return address, u.Path, nil
}
