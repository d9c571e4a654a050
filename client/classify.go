package client

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// refusal is what an answer that is no success says, as far as the tables
// below look at it.
type refusal struct {
	status     int    // of HTTP, or what the answer says of itself
	code       string // error.code as text
	says       string // error.message, lower case
	source     bool   // the request carried a file, so it cannot have been empty
	keyInForm  bool   // the key was a field of the form
	keyWasGood bool   // of a large file: the host has taken the key before
}

// rule is a row: all that it names must fit.
type rule struct {
	codes    []string // one of them; nil: any
	says     []string // one of them is part of the message; nil: any
	numbered bool     // the message holds a number that stands by itself
	sized    bool     // the message holds a number of bytes ("1 MB")
	source   bool     // the request carried a source
	form     bool     // the key was in the form
	wasGood  bool     // and had been taken before, and the file is large
	kind     Kind
}

// rules say what an error object (or the bare message of the formats txt and
// redirect) means; the first that fits decides. Codes alone do not: a real
// Chevereto uses 100 for a bad key and for a bad video, 120 for bad base64
// and for a bad action, 130 for a flood and for a missing file, 400 and 610
// for several things. Messages alone do not either: it translates them, also
// by the language an account has set.
var rules = []rule{
	// The host's own trouble that has a code which means something else. The
	// third generation numbers the errors of each of its parts anew: 100 is a
	// watermark that is gone as well, 102 a size that its settings lack, 110,
	// 120 and 130 a folder or a file of its own that is missing.
	{says: []string{
		"watermark file", "is not a dir", "can't read target destination", "source file doesn't exist", "unable to process md5_file",
		"can't create final output image", "missing width and/or height", "missing $",
	}, kind: KindServer},
	{says: []string{"must be done using post", "invalid base64", "invalid file source"}, kind: KindRejected},

	// Duplicates: before saving, after rewriting EXIF, before resizing.
	{says: []string{"duplicated upload", "duplicate upload"}, kind: KindDuplicate},
	{codes: []string{"101", "102", "103"}, kind: KindDuplicate},

	// Too many files in a while. Translated, only the number gives it away.
	{says: []string{"flooding detected", "flood detected"}, kind: KindThrottled},
	{codes: []string{"130"}, numbered: true, kind: KindThrottled},

	// PHP throws a body over post_max_size away, key field and all. The third
	// generation does not tell a key that is missing from one that is wrong.
	{says: []string{"no key provided"}, source: true, form: true, kind: KindTooLarge},
	{says: []string{"invalid api v1 key"}, source: true, form: true, wasGood: true, kind: KindTooLarge},
	{says: []string{"empty upload source", "empty source"}, source: true, kind: KindTooLarge},
	{codes: []string{"130"}, source: true, kind: KindTooLarge},
	{codes: []string{"130"}, kind: KindRejected},

	// 601 is whatever PHP noted when it took the file in: too large, but also
	// cut short, or that the host itself had no room.
	{says: []string{
		"upload_err_no_tmp_dir", "upload_err_cant_write", "upload_err_extension", "upload_err_partial", "upload_err_no_file",
	}, kind: KindServer},
	{says: []string{"file too big", "upload_err_ini_size", "upload_err_form_size"}, kind: KindTooLarge},
	{codes: []string{"601"}, kind: KindTooLarge},
	{codes: []string{"400"}, sized: true, kind: KindTooLarge}, // "File too big - max 1 MB" in any language

	// The key, or the address: a path that lacks a part has the same code. A
	// site that has set no key for guests tells every wrong key so.
	{codes: []string{"100"}, says: videoWords, kind: KindRejected},
	{says: []string{"no version provided", "no action provided"}, kind: KindProtocol},
	{says: []string{"key can't be null"}, kind: KindAuth},
	{says: []string{"no key provided", "invalid api key", "invalid api v1 key", "invalid guest api key"}, kind: KindAuth},
	{says: []string{"guest api is disabled"}, kind: KindAuth}, // what 4.0 says to a wrong key, with code 400
	{codes: []string{"100"}, kind: KindAuth},

	// What the host will not do for us.
	{says: []string{"forbidden to use this website"}, kind: KindDenied},
	{codes: []string{"401"}, kind: KindDenied}, // uploads off, guests off, private site
	{says: []string{"request denied"}, kind: KindDenied},
	{codes: []string{"999"}, kind: KindDenied}, // number of files of the whole site
	{says: []string{"_max_files reached"}, kind: KindDenied},
	{codes: []string{"403"}, says: []string{"url"}, kind: KindRejected}, // takes no addresses as source
	{says: []string{"url uploading is disabled"}, kind: KindRejected},

	// It is not the API that we speak.
	{says: []string{"invalid api version", "invalid api action"}, kind: KindProtocol},
	{codes: []string{"110"}, kind: KindProtocol},
	{codes: []string{"120"}, says: []string{"base64"}, kind: KindRejected},
	{codes: []string{"120"}, kind: KindProtocol},

	// The host's own trouble. A full disk shows as an unreadable file in the
	// place where pictures are kept; an unreadable upload is in "chvtemp_...".
	{codes: []string{"104", "630", "631", "632", "666"}, kind: KindServer},
	{says: []string{"incorrect string value", "incorrect integer value", "data too long"}, kind: KindRejected},
	{says: []string{
		"no space left", "disk full", "can't write", "cannot write", "unable to write", "failed to write",
		"failed to open stream", "for writing", "permission denied", "read-only file system", "unable to create directory",
		"no storage available", "local storage api is forbidden", "unsupported storage api", "can't get filesize for",
		"can't get a tempnam", "can't move temp file", "unable to rename tmp_name", "target upload source (downstream)",
		"error processing moderatecontent", "error processing project arachnid", // services that the host asks about a file
		"sqlstate[08", "sqlstate[40", "sqlstate[hy", "too many connections", "server has gone away",
		"couldn't be encoded into json",
	}, kind: KindServer},
	// The storage that the host keeps files on cannot be reached. Of an address
	// that the host was to fetch, the same words are about that.
	{says: []string{
		`error executing "`, "aws http error", "curl error ", "could not resolve host", "connection refused", "connection timed out",
		"ftp server",
	}, source: true, kind: KindServer},
	{says: []string{"getimagesize(): error reading from /tmp/", "chvtemp"}, kind: KindRejected},
	{says: []string{"getimagesize(): error reading from /"}, kind: KindServer},

	// The file, or what was asked for it.
	{codes: []string{"600", "610", "613", "614"}, kind: KindRejected},
	{says: []string{"stop words found", "sqlstate[22", "getimagesize()", "ffprobe"}, kind: KindRejected},
}

// status is a row of the table for answers that hold no error object we know.
type status struct {
	from, to int
	kind     Kind
	message  string // empty: "the host answered HTTP n"
}

var statuses = []status{
	{300, 399, KindProtocol, "the host redirects to another address"},
	{400, 400, KindProtocol, ""},
	{401, 401, KindAuth, "the web server asks for a password (HTTP 401)"},
	{402, 402, KindDenied, ""},
	{403, 403, KindDenied, "the host refuses to serve us (HTTP 403)"}, // also too many failed logins from our address
	{407, 407, KindDenied, "the proxy asks for a password (HTTP 407)"},
	{408, 408, KindStalled, "the host gave up waiting for the file (HTTP 408)"},
	{413, 413, KindTooLarge, "the web server takes no file of this size (HTTP 413)"},
	{414, 415, KindRejected, ""},
	{422, 422, KindRejected, ""},
	{429, 429, KindThrottled, "the host asks for a pause (HTTP 429)"},
	{431, 431, KindRejected, ""},
	{451, 451, KindDenied, ""},
	{511, 511, KindProtocol, "the network wants a login first (HTTP 511)"},
	{501, 501, KindProtocol, ""}, // a web server that takes no uploads at all
	{500, 599, KindServer, ""},
	{200, 499, KindProtocol, ""},
}

// kindOf looks a refusal up in both tables.
func kindOf(r refusal, errorObject bool) Kind {
	// These say one thing, whatever is said beside them. (A real Chevereto
	// sends none of them itself; "Request denied" has the code 401.)
	switch {
	case r.status == 413, r.status == 429, r.status == 401 && !strings.Contains(r.says, "request denied"):
		return statusOf(r.status).kind
	}
	if errorObject {
		for _, row := range rules {
			if row.fits(r) {
				return row.kind
			}
		}
	}
	// An error object we do not know, sent the way a real Chevereto sends all
	// of them: the host will not take this file.
	if errorObject && (r.status == 200 || r.status == 400) {
		return KindRejected
	}
	return statusOf(r.status).kind
}

func statusOf(code int) status {
	for _, row := range statuses {
		if code >= row.from && code <= row.to {
			if row.message == "" {
				row.message = "the host answered HTTP " + strconv.Itoa(code)
			}
			return row
		}
	}
	return status{kind: KindProtocol, message: "the host answered HTTP " + strconv.Itoa(code)}
}

func (row rule) fits(r refusal) bool {
	if row.codes != nil && !slices.Contains(row.codes, r.code) {
		return false
	}
	if row.says != nil && !slices.ContainsFunc(row.says, func(s string) bool { return strings.Contains(r.says, s) }) {
		return false
	}
	if row.numbered && !ownNumber.MatchString(r.says) || row.sized && !byteCount.MatchString(r.says) {
		return false
	}
	return (!row.source || r.source) && (!row.form || r.keyInForm) && (!row.wasGood || r.keyWasGood)
}

// videoWords are "video" as hosts translate it.
var videoWords = []string{
	"video", "vídeo", "vidéo", "videó", "wideo", "видео", "відео", "βίντεο", "וידאו", "فيديو", "ویدیو", "ویدئو",
	"वीडियो", "วิดีโอ", "วีดีโอ", "视频", "視頻", "影片", "動画", "ビデオ", "비디오", "동영상", "відэа",
}

var (
	firstNumber = regexp.MustCompile(`[0-9]{1,9}`)
	// ownNumber finds a number that is no part of a path or of "base64".
	ownNumber = regexp.MustCompile(`(?:^|[^a-z0-9/\\_.-])[0-9]`)
	// byteCount finds a size: in letters of most languages, "Mo" of French and
	// "МБ" of Russian among them.
	byteCount = regexp.MustCompile(`[0-9][\s\x{a0}\x{202f}]*(?:[kmgt]i?[bo]|[кмгт]б|bytes?|b)(?:[^\p{L}]|$)`)
	wordForm  = regexp.MustCompile(`[\p{L}\p{M}]+`)
)

// floodLimit reads "You can only upload 3 images per minute".
func floodLimit(message string) (limit int, period string) {
	limit, _ = strconv.Atoi(firstNumber.FindString(message))
	for _, word := range wordForm.FindAllString(strings.ToLower(message), -1) {
		if period = periodOf(word); period != "" {
			break
		}
	}
	return limit, period
}

// periodOf names the period that a word stands for, empty when it is none. A
// real Chevereto leaves these words in English when it translates the rest;
// the other languages are for hosts that do not.
func periodOf(word string) string {
	switch word {
	case "minute", "minutes", "minuten", "minuto", "minutos", "minuti", "menit", "dakika", "минуту", "минута":
		return "minute"
	case "hour", "hours", "stunde", "hora", "horas", "heure", "ora", "jam", "saat", "час":
		return "hour"
	case "day", "days", "tag", "día", "dia", "jour", "giorno", "hari", "gün", "день":
		return "day"
	case "week", "weeks", "woche", "semana", "semaine", "settimana", "minggu", "hafta", "неделю":
		return "week"
	case "month", "months", "monat", "mes", "mês", "mois", "mese", "bulan", "ay", "месяц":
		return "month"
	}
	for _, sign := range [...][2]string{ // of languages that write words without spaces
		{"分", "minute"}, {"小时", "hour"}, {"小時", "hour"}, {"時間", "hour"}, {"天", "day"}, {"日", "day"}, {"周", "week"}, {"週", "week"}, {"月", "month"},
	} {
		if strings.Contains(word, sign[0]) {
			return sign[1]
		}
	}
	return ""
}
