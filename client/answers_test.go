package client

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// reply is an answer as it stands on the wire.
func reply(status, header, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

const (
	asJSON = "Content-Type: application/json; charset=UTF-8\r\n"
	asHTML = "Content-Type: text/html; charset=UTF-8\r\n"
)

// said is an error object of a real host, HTTP 400 and all.
func said(message, code string) string {
	return reply("400 Bad Request", asJSON, jsonError(message, code))
}

// strangeRefusals are answers that no recording has: of other versions, other
// languages, and of what stands before a host. Each is sent over a connection.
var strangeRefusals = []struct {
	name   string
	answer string
	want   Error  // Kind, Status (400 where it is 0), Code, RetryAfter, Limit and Period
	says   string // part of the message
}{
	// An error object in other shapes.
	{"the error in a list", reply("400 Bad Request", asJSON, `{"status_code":400,"error":[{"message":"Duplicated upload","code":101}],"status_txt":"Bad Request"}`), Error{Kind: KindDuplicate, Code: "101"}, "Duplicated upload"},
	{"a list of texts", reply("400 Bad Request", asJSON, `{"status_code":400,"error":["Invalid API key.","No key provided"]}`), Error{Kind: KindAuth}, "Invalid API key., No key provided"},
	{"an empty list, and nothing else", reply("400 Bad Request", asJSON, `{"status_code":400,"error":[],"status_txt":"Bad Request"}`), Error{Kind: KindRejected}, "Bad Request"},
	{"the message in a list", said(`["Duplicated upload","x"]`, "101"), Error{Kind: KindDuplicate, Code: "101"}, "Duplicated upload, x"},
	{"a message of null", said(`null`, "101"), Error{Kind: KindDuplicate, Code: "101"}, "Bad Request"},
	{"a message that is an object", said(`{"en":"Duplicated upload"}`, "101"), Error{Kind: KindDuplicate, Code: "101"}, "Bad Request"},
	{"a code as text", said(`"x"`, `"102"`), Error{Kind: KindDuplicate, Code: "102"}, "x"},
	{"a code with spaces", said(`"x"`, `" 103 "`), Error{Kind: KindDuplicate, Code: "103"}, "x"},
	{"a code that was computed", said(`"x"`, `101.0`), Error{Kind: KindDuplicate, Code: "101"}, "x"},
	{"a code of null", said(`"Duplicated upload"`, `null`), Error{Kind: KindDuplicate}, "Duplicated upload"},
	{"a code that is a list", said(`"Invalid API key."`, `[100]`), Error{Kind: KindAuth}, "Invalid API key."},
	{"a negative code", said(`"Something"`, `-1`), Error{Kind: KindRejected, Code: "-1"}, "Something"},
	{"a huge code", said(`"Something"`, `99999999999999999999999999999999999999`), Error{Kind: KindRejected}, "Something"},
	{"the third generation's context", reply("400 Bad Request", asJSON, `{"status_code":400,"error":{"message":"Duplicated upload","code":101,"context":"CHV\\UploadException"},"status_txt":"Bad Request","request":{"key":"`+testKey+`"}}`), Error{Kind: KindDuplicate, Code: "101"}, "Duplicated upload"},
	{"the error's members beside the status", reply("400 Bad Request", asJSON, `{"status_code":400,"message":"Invalid API key.","code":100,"status_txt":"Bad Request"}`), Error{Kind: KindAuth, Code: "100"}, "Invalid API key."},
	{"entities of HTML", said(`"Can&#039;t write target destination dir"`, "0"), Error{Kind: KindServer, Code: "0"}, "Can't write target destination dir"},
	{"entities of HTML in a flood", said(`"Flooding detected. You can only upload 50&nbsp;images per minute &amp; address"`, "130"), Error{Kind: KindThrottled, Code: "130", Limit: 50, Period: "minute"}, "50 images per minute & address"},
	{"an escape sequence in an entity", said(`"a &#27;[31mred&#27;[0m file"`, "0"), Error{Kind: KindRejected, Code: "0"}, "a red file"},
	{"a password of the host's own", said(`"Unable to reach https:\/\/bob:pw@h.example\/x"`, "0"), Error{Kind: KindRejected, Code: "0"}, "Unable to reach https://h.example/x"},
	{"escapes of Unicode", said(`"\u0044uplicated\u0020upload"`, `"\u0031\u0030\u0031"`), Error{Kind: KindDuplicate, Code: "101"}, "Duplicated upload"},
	{"the same members twice", reply("400 Bad Request", asJSON, `{"status_code":200,"error":null,"status_code":400,"error":{"message":"Duplicated upload","code":101}}`), Error{Kind: KindDuplicate, Code: "101"}, "Duplicated upload"},

	// A duplicate, with a picture or without.
	{"a duplicate with the earlier picture", reply("400 Bad Request", asJSON, `{"status_code":400,"error":{"message":"Duplicated upload","code":101},"image":`+docImage+`}`), Error{Kind: KindDuplicate, Code: "101"}, "Duplicated upload"},
	{"a duplicate by HTTP 409", reply("409 Conflict", asJSON, `{"status_code":409,"error":{"message":"Duplicated upload","code":101},"status_txt":"Conflict"}`), Error{Kind: KindDuplicate, Code: "101", Status: 409}, "Duplicated upload"},
	{"what the database calls a duplicate is none", said(`"SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry 'x' for key 'image_name'"`, `"23000"`), Error{Kind: KindRejected, Code: "23000"}, "Duplicate entry"},

	// The same by code alone, in the words that real hosts have for it.
	{"a flood in German", said(`"Flooding erkannt. Du kannst nur 50 Bilder pro minute hochladen"`, "130"), Error{Kind: KindThrottled, Code: "130", Limit: 50, Period: "minute"}, ""},
	{"a flood in Chinese", said(`"检测到洪水攻击。您每 hour 只能上传 500 张图片"`, "130"), Error{Kind: KindThrottled, Code: "130", Limit: 500, Period: "hour"}, ""},
	{"a flood in French", said(`"Flood d\u00e9tect\u00e9. Vous pouvez uniquement envoyer 1000 images par day"`, "130"), Error{Kind: KindThrottled, Code: "130", Limit: 1000, Period: "day"}, ""},
	{"no source in German", said(`"Leere Upload-Quelle"`, "130"), Error{Kind: KindTooLarge, Code: "130"}, ""},
	{"base64 by GET in German", said(`"Das Hochladen von base64 ist nur mit POST m\u00f6glich"`, "130"), Error{Kind: KindTooLarge, Code: "130"}, ""},
	{"a ban in German", reply("200 OK", asHTML, "Die Nutzung dieser Seite ist Ihnen nicht gestattet."), Error{Kind: KindDenied, Status: 200}, "nicht gestattet"},

	// What the third generation numbers otherwise, and what 4.x says of its own trouble.
	{"a file over the size, third generation", said(`"File too big - max 2 MB"`, "313"), Error{Kind: KindTooLarge, Code: "313"}, ""},
	{"a file over PHP's size, third generation", said(`"File too big (UPLOAD_ERR_INI_SIZE)"`, "201"), Error{Kind: KindTooLarge, Code: "201"}, ""},
	{"a form cut short, third generation", said(`"File was partially uploaded (UPLOAD_ERR_PARTIAL)"`, "201"), Error{Kind: KindServer, Code: "201"}, ""},
	{"a form without file, third generation", said(`"Invalid file source"`, "120"), Error{Kind: KindRejected, Code: "120"}, ""},
	{"a folder that cannot be made, third generation", said(`"$destination /var/www/html/images/2026/11/24/ is not a dir"`, "130"), Error{Kind: KindServer, Code: "130"}, "is not a dir"},
	{"a folder of previews that cannot be made, third generation", said(`"$destination /var/www/ is not a dir"`, "120"), Error{Kind: KindServer, Code: "120"}, ""},
	{"a folder that cannot be read, third generation", said(`"Can't read target destination dir"`, "131"), Error{Kind: KindServer, Code: "131"}, ""},
	{"a folder that cannot be written, third generation", said(`"Can't write target destination dir"`, "132"), Error{Kind: KindServer, Code: "132"}, ""},
	{"a watermark that is gone, third generation", said(`"Can't read watermark file"`, "100"), Error{Kind: KindServer, Code: "100"}, ""},
	{"a watermark that is gone", said(`"Can't read watermark file at \/var\/www\/x.png"`, "600"), Error{Kind: KindServer, Code: "600"}, ""},
	{"a size of previews that is not set, third generation", said(`"Missing $width and\/or $height"`, "102"), Error{Kind: KindServer, Code: "102"}, ""},
	{"a file of its own that is gone, third generation", said(`"Source file doesn't exists"`, "110"), Error{Kind: KindServer, Code: "110"}, ""},
	{"base64 that cannot be kept, third generation", said(`"Invalid base64 string."`, "130"), Error{Kind: KindRejected, Code: "130"}, ""},
	{"a key in the header, third generation", said(`"Invalid API v1 key."`, "100"), Error{Kind: KindAuth, Code: "100"}, "Invalid API v1 key. (no key provided in the form, where this host looks for it)"},
	{"a wrong key, 4.0", said(`"Guest API is disabled."`, "400"), Error{Kind: KindAuth, Code: "400"}, "Guest API is disabled."},
	{"a wrong key where guests may upload, 4.0", said(`"Invalid guest API key."`, "100"), Error{Kind: KindAuth, Code: "100"}, "Invalid guest API key."},
	{"a preview that cannot be made", said(`"Can't create final output image"`, "630"), Error{Kind: KindServer, Code: "630"}, ""},
	{"a folder that is none, in French", said(`"La destination n'est pas un dossier"`, "630"), Error{Kind: KindServer, Code: "630"}, ""},
	{"a folder that cannot be read, in French", said(`"Impossible de lire le dossier"`, "631"), Error{Kind: KindServer, Code: "631"}, ""},
	{"a folder that cannot be written, in French", said(`"Impossible d'\u00e9crire dans le dossier"`, "632"), Error{Kind: KindServer, Code: "632"}, ""},
	{"no storage", said(`"No storage available"`, "900"), Error{Kind: KindServer, Code: "900"}, ""},
	{"a storage that does not answer", said(`"Error executing \"PutObject\" on \"https:\/\/s3.example\/b\/x.png\"; AWS HTTP error: cURL error 28: Operation timed out"`, "0"), Error{Kind: KindServer, Code: "0"}, "PutObject"},
	{"spam", said(`"Spam detected"`, "0"), Error{Kind: KindRejected, Code: "0"}, "Spam"},

	// Statuses that say one thing, whatever is said beside them.
	{"413 by nginx", reply("413 Request Entity Too Large", asHTML, "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>"), Error{Kind: KindTooLarge, Status: 413}, "HTTP 413"},
	{"413 by Apache", reply("413 Request Entity Too Large", asHTML, "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>413 Request Entity Too Large</title>\n</head><body>\n<h1>Request Entity Too Large</h1>\nThe requested resource does not allow request data with POST requests"), Error{Kind: KindTooLarge, Status: 413}, "HTTP 413"},
	{"413 by Cloudflare", reply("413 Payload Too Large", asHTML, "<html>\r\n<head><title>413 Payload Too Large</title></head>\r\n<center>cloudflare</center>"), Error{Kind: KindTooLarge, Status: 413}, "HTTP 413"},
	{"413 in JSON, with a code that means another thing", reply("413 Payload Too Large", asJSON, `{"status_code":413,"error":{"message":"Payload too large","code":100},"status_txt":"Payload Too Large"}`), Error{Kind: KindTooLarge, Status: 413, Code: "100"}, "Payload too large"},
	{"413 with nothing", reply("413 Payload Too Large", "", ""), Error{Kind: KindTooLarge, Status: 413}, "HTTP 413"},
	{"429 with seconds", reply("429 Too Many Requests", asHTML+"Retry-After: 120\r\n", "<html><title>429 Too Many Requests</title>"), Error{Kind: KindThrottled, Status: 429, RetryAfter: 2 * time.Minute}, "HTTP 429"},
	{"429 without", reply("429 Too Many Requests", "", ""), Error{Kind: KindThrottled, Status: 429}, "HTTP 429"},
	{"429 in JSON, with a code that means another thing", reply("429 Too Many Requests", asJSON+"Retry-After: 7\r\n", `{"status_code":429,"error":{"message":"Too many requests","code":100},"status_txt":"x"}`), Error{Kind: KindThrottled, Status: 429, Code: "100", RetryAfter: 7 * time.Second}, "Too many requests"},
	{"429 with the words of a flood", reply("429 Too Many Requests", asJSON+"Retry-After: 60\r\n", `{"status_code":429,"error":{"message":"Flooding detected. You can only upload 50 images per minute","code":130}}`), Error{Kind: KindThrottled, Status: 429, Code: "130", Limit: 50, Period: "minute", RetryAfter: time.Minute}, "Flooding"},
	{"429 of another program", reply("429 Too Many Requests", asJSON, `{"message":"Too Many Attempts."}`), Error{Kind: KindThrottled, Status: 429}, "HTTP 429"},
	{"429 by Cloudflare, in JSON", reply("429 Too Many Requests", "Content-Type: application/problem+json\r\nRetry-After: 30\r\n", `{"type":"https://developers.cloudflare.com/x","title":"Error 1015: You are being rate limited","status":429,"error_code":1015,"retryable":true,"retry_after":30}`), Error{Kind: KindThrottled, Status: 429, RetryAfter: 30 * time.Second}, "HTTP 429"},
	{"401 of a web server", reply("401 Unauthorized", asHTML+"WWW-Authenticate: Basic realm=\"x\"\r\n", "<html><title>401 Authorization Required</title>"), Error{Kind: KindAuth, Status: 401}, "asks for a password"},
	{"401 in JSON", reply("401 Unauthorized", asJSON, `{"status_code":401,"error":{"message":"Unauthorized","code":401},"status_txt":"Unauthorized"}`), Error{Kind: KindAuth, Status: 401, Code: "401"}, "Unauthorized"},
	{"401 in JSON of another program", reply("401 Unauthorized", asJSON, `{"message":"Unauthenticated."}`), Error{Kind: KindAuth, Status: 401}, "HTTP 401"},
	{"401 that is a denial", reply("401 Unauthorized", asJSON, `{"status_code":401,"error":{"message":"Request denied","code":401}}`), Error{Kind: KindDenied, Status: 401, Code: "401"}, "Request denied"},
	{"403 in JSON", reply("403 Forbidden", asJSON, `{"status_code":403,"error":{"message":"Forbidden","code":403},"status_txt":"Forbidden"}`), Error{Kind: KindDenied, Status: 403, Code: "403"}, "Forbidden"},
	{"403 with a bad key", reply("403 Forbidden", asJSON, `{"status_code":403,"error":{"message":"Invalid API key.","code":100}}`), Error{Kind: KindAuth, Status: 403, Code: "100"}, "Invalid API key."},
	{"404 in JSON", reply("404 Not Found", asJSON, `{"status_code":404,"error":{"message":"Not found","code":404},"status_txt":"Not Found"}`), Error{Kind: KindProtocol, Status: 404, Code: "404"}, "Not found"},
	{"404 in JSON of another program", reply("404 Not Found", asJSON, `{"detail":"Not Found"}`), Error{Kind: KindProtocol, Status: 404}, "HTTP 404"},

	// Where HTTP and the answer do not say the same.
	{"HTTP 200, status 400", reply("200 OK", asJSON, jsonError(`"Duplicated upload"`, "101")), Error{Kind: KindDuplicate, Status: 200, Code: "101"}, "Duplicated upload"},
	{"HTTP 200, status 400, an error that nobody knows", reply("200 OK", asJSON, jsonError(`"Something new"`, "4711")), Error{Kind: KindRejected, Status: 200, Code: "4711"}, "Something new"},
	{"HTTP 200, status 500", reply("200 OK", asJSON, `{"status_code":500,"error":{"message":"Something went wrong","code":500},"status_txt":"Internal Server Error"}`), Error{Kind: KindServer, Status: 200, Code: "500"}, "Something went wrong"},
	{"HTTP 200, status 500, no error", reply("200 OK", asJSON, `{"status_code":500,"status_txt":"Internal Server Error"}`), Error{Kind: KindServer, Status: 200}, "Internal Server Error"},
	{"HTTP 200, status 429", reply("200 OK", asJSON, `{"status_code":429,"error":{"message":"Slow down","code":0}}`), Error{Kind: KindThrottled, Status: 200, Code: "0"}, "Slow down"},
	{"HTTP 200, status 401 and a message", reply("200 OK", asJSON, `{"status_code":401,"message":"Unauthorized"}`), Error{Kind: KindAuth, Status: 200}, "Unauthorized"},
	{"HTTP 200, status 404", reply("200 OK", asJSON, `{"status_code":404,"error":{"message":"Not found","code":404}}`), Error{Kind: KindProtocol, Status: 200, Code: "404"}, "Not found"},
	{"HTTP 403, status 500", reply("403 Forbidden", asJSON, `{"status_code":500,"error":{"message":"Something","code":0}}`), Error{Kind: KindDenied, Status: 403, Code: "0"}, "Something"},
	{"HTTP 400, status 200 and a picture", reply("400 Bad Request", asJSON, okAnswer), Error{Kind: KindProtocol}, "HTTP 400"},
	{"HTTP 500, and yet a picture", reply("500 Internal Server Error", asJSON, okAnswer), Error{Kind: KindServer, Status: 500}, "HTTP 500"},
	{"success without a picture", reply("200 OK", asJSON, `{"status_code":200,"success":{"message":"file uploaded","code":200},"status_txt":"OK"}`), Error{Kind: KindProtocol, Status: 200}, "told no picture"},
	{"a picture of nulls", reply("200 OK", asJSON, `{"status_code":200,"image":{"id_encoded":null,"url":null,"image":{"url":null}}}`), Error{Kind: KindProtocol, Status: 200}, "told no picture"},

	// Pages in place of an answer.
	{"Cloudflare's challenge", reply("403 Forbidden", asHTML+"Cf-Mitigated: challenge\r\n", `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>`), Error{Kind: KindDenied, Status: 403}, "Just a moment..."},
	{"Cloudflare's older challenge", reply("503 Service Temporarily Unavailable", asHTML, `<!DOCTYPE html><html><head><title>Just a moment...</title>`), Error{Kind: KindServer, Status: 503}, "Just a moment..."},
	{"maintenance", reply("200 OK", asHTML, "<!DOCTYPE HTML>\n<html><head><title>Chevereto</title></head><body>Website under maintenance</body></html>"), Error{Kind: KindProtocol, Status: 200}, "the site is under maintenance"},
	{"maintenance by HTTP 503", reply("503 Service Unavailable", asHTML+"Retry-After: 600\r\n", "<html><title>Website under maintenance</title>"), Error{Kind: KindThrottled, Status: 503, RetryAfter: 10 * time.Minute}, "Website under maintenance"},
	{"Cloudflare's bare words", reply("403 Forbidden", "Content-Type: text/plain; charset=UTF-8\r\n", "error code: 1020"), Error{Kind: KindDenied, Status: 403}, "HTTP 403"},
	{"a challenge with HTTP 200", reply("200 OK", asHTML, "<script>document.cookie='x=1';location.reload()</script>"), Error{Kind: KindProtocol, Status: 200}, "web page"},
	{"busy, with a date that has passed", reply("503 Service Unavailable", asHTML+"Retry-After: Mon, 23 Nov 2020 08:00:00 GMT\r\n", "<html>"), Error{Kind: KindThrottled, Status: 503}, "HTTP 503"},
	{"a bad gateway that says when", reply("502 Bad Gateway", asHTML+"Retry-After: 9\r\n", "<html><title>502 Bad Gateway</title>"), Error{Kind: KindServer, Status: 502, RetryAfter: 9 * time.Second}, "502 Bad Gateway"},
	{"PHP out of memory", reply("200 OK", asHTML, "<br />\n<b>Fatal error</b>:  Allowed memory size of 134217728 bytes exhausted in <b>/var/www/x.php</b> on line <b>7</b><br />"), Error{Kind: KindProtocol, Status: 200}, "Fatal error: Allowed memory size of 134217728 bytes exhausted in … on line 7"},
	{"PHP out of memory, by HTTP 500", reply("500 Internal Server Error", asHTML, ""), Error{Kind: KindServer, Status: 500}, "HTTP 500"},
	{"warnings before an error", reply("400 Bad Request", asHTML, "\ufeff<br />\n<b>Warning</b>: Undefined array key {x}<br />\n"+jsonError(`"Duplicated upload"`, "101")), Error{Kind: KindDuplicate, Code: "101"}, "Duplicated upload"},
	{"a redirect to a login", reply("302 Found", "Location: /login\r\n", ""), Error{Kind: KindProtocol, Status: 302}, "/login"},
	{"a redirect to another port", reply("307 Temporary Redirect", "Location: https://h.example:8443/api/1/upload\r\n", ""), Error{Kind: KindProtocol, Status: 307}, "its address is https://h.example:8443"},
	{"a redirect to a page with a secret", reply("303 See Other", "Location: https://sso.example/auth?token=abc#x\r\n", ""), Error{Kind: KindProtocol, Status: 303}, "https://sso.example/auth, "},
	{"a slash too many", reply("301 Moved Permanently", "Location: /api/1/upload/\r\n", ""), Error{Kind: KindProtocol, Status: 301}, "redirects to"},
}

func TestStrangeRefusalsAreUnderstood(t *testing.T) {
	for _, tc := range strangeRefusals {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{Address: raw(t, tc.answer)})
			_, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)})
			e := kind(t, err)
			if tc.want.Status == 0 {
				tc.want.Status = http.StatusBadRequest
			}
			got := Error{Kind: e.Kind, Status: e.Status, Code: e.Code, RetryAfter: e.RetryAfter, Limit: e.Limit, Period: e.Period}
			if got != tc.want || e.Sent != SentWhole || !e.Connected {
				t.Errorf("%+v\nwant %+v", e, tc.want)
			}
			if e.Message == "" || !strings.Contains(e.Message, tc.says) || strings.ContainsAny(e.Message, "\n\x1b") || strings.Contains(e.Message, "/var/www") {
				t.Errorf("it says %q, want %q in it", e.Message, tc.says)
			}
		})
	}
}

// What the host is to fetch may be what is wrong; of a file the same words are
// about the host's own storage.
func TestAnAddressThatCannotBeFetchedIsNotTheHostsTrouble(t *testing.T) {
	answer := said(`"Could not resolve host: nowhere.example"`, "6")
	c := newClient(t, Config{Address: raw(t, answer)})
	if _, err := c.Upload(t.Context(), Upload{URL: "https://nowhere.example/a.png"}); kind(t, err).Kind != KindRejected {
		t.Error(err)
	}
	c = newClient(t, Config{Address: raw(t, answer)})
	if _, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)}); kind(t, err).Kind != KindServer {
		t.Error(err)
	}
}

// strangeText are answers to format=txt and format=redirect.
func TestStrangeAnswersAsTextAndRedirect(t *testing.T) {
	const link = "https://h.example:8443/images/2026/11/24/a.png"
	for name, tc := range map[string]struct {
		format Format
		answer string
		url    string // of what was stored: direct or viewer
		want   Kind   // of what was not
	}{
		"an address":                              {FormatText, reply("200 OK", asHTML, link), link, ""},
		"an address and a line":                   {FormatText, reply("200 OK", asHTML, link+"\r\n"), link, ""},
		"an address behind a byte order mark":     {FormatText, reply("200 OK", asHTML, "\ufeff"+link), link, ""},
		"an address behind warnings":              {FormatText, reply("200 OK", asHTML, "<br />\n<b>Deprecated</b>: x in <b>/var/www/x.php</b> on line <b>7</b><br />\n"+link), link, ""},
		"an address in chunks":                    {FormatText, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhttps://\r\n5\r\nh/x.p\r\n2\r\nng\r\n0\r\n\r\n", "https://h/x.png", ""},
		"an address, packed":                      {FormatText, reply("200 OK", asHTML+"Content-Encoding: gzip\r\n", gzipped(t, link)), link, ""},
		"a page that ends with an address":        {FormatText, reply("200 OK", asHTML, "<html><body>Sign in</body></html>\nhttps://portal.example/login"), "", KindProtocol},
		"a script that ends with an address":      {FormatText, reply("200 OK", asHTML, "<script>x()</script>\nhttps://portal.example/login"), "", KindProtocol},
		"a page in place of an answer":            {FormatText, reply("200 OK", asHTML, "<!DOCTYPE html><title>x</title>"), "", KindProtocol},
		"no address at all":                       {FormatText, reply("200 OK", asHTML, "javascript:alert(1)"), "", KindRejected},
		"a wrong key of 4.0":                      {FormatText, reply("200 OK", asHTML, "Guest API is disabled."), "", KindAuth},
		"a wrong key of 4.0, with guests":         {FormatText, reply("200 OK", asHTML, "Invalid guest API key."), "", KindAuth},
		"an error with HTTP 400":                  {FormatText, reply("400 Bad Request", asHTML, "Duplicated upload"), "", KindDuplicate},
		"an error with entities":                  {FormatText, reply("200 OK", asHTML, "Can&#039;t write target destination dir"), "", KindServer},
		"bare words of a web server":              {FormatText, reply("400 Bad Request", "Content-Type: text/plain\r\n", "Bad Request"), "", KindProtocol},
		"a flood as text":                         {FormatRedirect, reply("200 OK", asHTML, "Flooding detected. You can only upload 3 images per minute"), "", KindThrottled},
		"nothing, asked for a redirect":           {FormatRedirect, reply("200 OK", asHTML, ""), "", KindProtocol},
		"413, asked for a redirect":               {FormatRedirect, reply("413 Too Large", asHTML, "<html>"), "", KindTooLarge},
		"a redirect to a login":                   {FormatRedirect, reply("302 Found", "Location: /login\r\n", ""), "", KindProtocol},
		"a redirect to a login of two parts":      {FormatRedirect, reply("302 Found", "Location: /account/login\r\n", ""), "", KindProtocol},
		"a redirect elsewhere":                    {FormatRedirect, reply("302 Found", "Location: https://portal.example/image/a.ZfGd\r\n", ""), "", KindProtocol},
		"a redirect by 301":                       {FormatRedirect, reply("301 Moved Permanently", "Location: /image/a.ZfGd\r\n", ""), "", KindProtocol},
		"a redirect by 307":                       {FormatRedirect, reply("307 Temporary Redirect", "Location: /image/a.ZfGd\r\n", ""), "", KindProtocol},
		"a viewer by 302":                         {FormatRedirect, reply("302 Found", "Location: /image/a.ZfGd\r\n", ""), "/image/a.ZfGd", ""},
		"a viewer by 303":                         {FormatRedirect, reply("303 See Other", "Location: /clip/ZfGd\r\n", ""), "/clip/ZfGd", ""},
		"a viewer at the address in the settings": {FormatRedirect, reply("302 Found", "Location: https://127.0.0.1/image/a.ZfGd\r\n", ""), "/image/a.ZfGd", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{Address: raw(t, tc.answer)})
			r, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10), Format: tc.format})
			if tc.want != "" {
				if e := kind(t, err); e.Kind != tc.want || e.Sent != SentWhole || e.Message == "" {
					t.Errorf("%s, want %s: %+v", e.Kind, tc.want, e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, empty := r.Image.URL, r.Image.ViewerURL
			if tc.format == FormatRedirect {
				got, empty = empty, got
			}
			if !strings.HasSuffix(got, tc.url) || safeLink(got) == "" || empty != "" || !r.Image.Approved {
				t.Errorf("%+v", r.Image)
			}
		})
	}
}

// Pictures that were stored, however strangely that is told.
func TestStrangeSuccessesAreRead(t *testing.T) {
	const id = `"id_encoded":"ZfGd"`
	for name, tc := range map[string]struct {
		image string // its members
		is    func(Image) bool
	}{
		"nothing but an id":      {id, func(im Image) bool { return im.URL == "" && !im.Approved && im.Type == "image" }},
		"an id that is a number": {`"id_encoded":7`, func(im Image) bool { return im.ID == "7" }},
		"an object of nulls": {id + `,"url":"https://h/a.png","image":{"filename":null,"url":null,"size":null},"thumb":{"url":null},"medium":{"url":null}`, func(im Image) bool {
			return im.URL == "https://h/a.png" && im.ThumbURL == "" && im.Link(LinkMedium) == im.URL
		}},
		"null for objects":          {id + `,"url":"https://h/a.png","image":null,"thumb":null,"medium":null,"file":null`, func(im Image) bool { return im.URL != "" && im.ThumbURL == "" }},
		"lists for objects":         {id + `,"url":"https://h/a.png","image":[],"thumb":[],"medium":[{"url":"https://h/m.png"}],"tags":{}`, func(im Image) bool { return im.URL != "" && im.MediumURL == "" }},
		"addresses with a port":     {id + `,"url":"https:\/\/h.example:8443\/a.png","url_viewer":"https://h.example:8443/image/ZfGd"`, func(im Image) bool { return im.URL == "https://h.example:8443/a.png" && im.ViewerURL != "" }},
		"addresses in Unicode":      {id + `,"url":"https:\/\/h.example\/im\u00e1genes\/\ud83d\ude00.png"`, func(im Image) bool { return im.URL == "https://h.example/imágenes/😀.png" }},
		"an address that is none":   {id + `,"url":"javascript:alert(1)","url_viewer":"//h.example/image/a","url_short":false`, func(im Image) bool { return im.URL == "" && im.ViewerURL == "" && im.ShortURL == "" }},
		"a title with entities":     {id + `,"title":"Tom &amp; Jerry"`, func(im Image) bool { return im.Title == "Tom &amp; Jerry" }},
		"a title in color":          {id + `,"title":"\u001b[1;31mred\u001b[0m \u009b32mgreen","original_filename":"\u001b]0;owned\u0007a.png"`, func(im Image) bool { return im.Title == "red green" && im.Name == "a.png" }},
		"not approved, a number":    {id + `,"is_approved":0,"url":"https://h/a.png"`, func(im Image) bool { return !im.Approved }},
		"not approved, a text":      {id + `,"is_approved":"0"`, func(im Image) bool { return !im.Approved }},
		"not approved, a boolean":   {id + `,"is_approved":false`, func(im Image) bool { return !im.Approved }},
		"approved, a text":          {id + `,"is_approved":"1"`, func(im Image) bool { return im.Approved }},
		"approved, nobody says":     {id + `,"is_approved":null,"url":"https://h/a.png"`, func(im Image) bool { return im.Approved }},
		"expires, null":             {id + `,"expiration_date_gmt":null`, func(im Image) bool { return im.Expires.IsZero() }},
		"expires, never":            {id + `,"expiration_date_gmt":"0000-00-00 00:00:00"`, func(im Image) bool { return im.Expires.IsZero() }},
		"expires, nothing":          {id + `,"expiration_date_gmt":""`, func(im Image) bool { return im.Expires.IsZero() }},
		"expires, false":            {id + `,"expiration_date_gmt":false`, func(im Image) bool { return im.Expires.IsZero() }},
		"expires, with a zone":      {id + `,"expiration_date_gmt":"2030-01-02T03:04:05+01:00"`, func(im Image) bool { return im.Expires.Equal(time.Date(2030, 1, 2, 2, 4, 5, 0, time.UTC)) }},
		"expires, with a fraction":  {id + `,"expiration_date_gmt":"2030-01-02 03:04:05.000000"`, func(im Image) bool { return im.Expires.Equal(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)) }},
		"a size for people":         {id + `,"size":"2.3 MB","image":{"size":2300000}`, func(im Image) bool { return im.Size == 2300000 }},
		"a size for people only":    {id + `,"size":"2.3 MB"`, func(im Image) bool { return im.Size == 0 }},
		"numbers as texts":          {id + `,"size":"53237","width":"1024","height":"768","nsfw":"0"`, func(im Image) bool { return im.Size == 53237 && im.Width == 1024 && im.Height == 768 }},
		"negative numbers":          {id + `,"size":-1,"width":-5,"height":"-7"`, func(im Image) bool { return im.Size == 0 && im.Width == 0 && im.Height == 0 }},
		"huge numbers":              {id + `,"size":1e400,"width":99999999999999999999,"height":9223372036854775807`, func(im Image) bool { return im.Size == 0 && im.Width == 0 && im.Height == 0 }},
		"the checksum of 4.3":       {id + `,"checksum":"00112233AABBCCDD","source_checksum":null`, func(im Image) bool { return im.Checksum == "00112233aabbccdd" && im.SourceSum == "" }},
		"a checksum of no hex":      {id + `,"checksum":"xyz","md5":"7a120d5c28de264bdbb934f023a628fd"`, func(im Image) bool { return im.Checksum == "7a120d5c28de264bdbb934f023a628fd" }},
		"an algorithm nobody knows": {id + `,"checksum":"` + strings.Repeat("ab", 20) + `"`, func(im Image) bool { return len(im.Checksum) == 40 }},
		"a delete link elsewhere":   {id + `,"delete_url":"ftp://h/x"`, func(im Image) bool { return im.DeleteLink.IsZero() }},
		"what the third generation documents": {`"name":"example","extension":"png","size":53237,"width":1151,"height":898,"date":"2014-06-04 15:32:33","date_gmt":"2014-06-04 19:32:33",
"storage_id":null,"description":null,"nsfw":"0","md5":"c684350d722c956c362ab70299735830","storage":"datefolder","original_filename":"example.png","original_exifdata":null,"views":"0",
"id_encoded":"L","filename":"example.png","ratio":1.2817371937639,"size_formatted":"52 KB","mime":"image/png","bits":8,"channels":null,"url":"http://h/images/2014/06/04/example.png",
"url_viewer":"http://h/image/L","thumb":{"filename":"example.th.png","url":"http://h/images/2014/06/04/example.th.png","size":"17848"},"medium":{"url":"http://h/images/2014/06/04/example.md.png"},"display_url":"http://h/x.md.png"`, func(im Image) bool {
			return im.ID == "L" && im.Size == 53237 && im.Width == 1151 && im.Approved && im.Type == "image" && im.Name == "example.png" && im.Checksum == "c684350d722c956c362ab70299735830" &&
				im.ThumbURL != "" && im.MediumURL != "" && im.ShortURL == "" && im.DeleteLink.IsZero() && im.Expires.IsZero()
		}},
		"fields of the future": {id + `,"new":{"a":[1,2]},"url":"https://h/a.png"`, func(im Image) bool { return strings.Contains(string(im.Raw), `"new":{"a":[1,2]}`) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Config{Address: raw(t, reply("200 OK", asJSON, `{"status_code":200,"image":{`+tc.image+`}}`))})
			r, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)})
			if err != nil {
				t.Fatal(err)
			}
			if !tc.is(r.Image) {
				t.Errorf("%+v", r.Image)
			}
		})
	}
}

// Escape sequences go whole, from what is shown of a host in whatever way.
func TestEscapeSequencesGoWhole(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[31mred\x1b[0m":        "red",
		"\x1b[38;5;196;1mred\x1b[m": "red",
		"\u009b31mred\u009b0m":      "red",
		"a\x1b]0;title\x07b":        "ab",
		"a\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\b": "alinkb",
		"a\u009d0;title\u009cb":                                  "ab",
		"a\x1bPq#0\x1b\\b":                                       "ab",
		"a\x1b(Bb\x1bcc\x1b7d":                                   "abcd",
		"a\x1b[2J\x1b[Hb":                                        "ab",
		"a\x1b[?25lb":                                            "ab",
		"a\x1b]no end":                                           "ano end",
		"a\x1b":                                                  "a",
		"a\x1b[31":                                               "a",
		"a \x1b[1m b":                                            "a b",
		"a\tb\r\nc\x00d":                                         "a b c d",
		"[31m is no sequence":                                    "[31m is no sequence",
		"日本\x1b[31m語":                                            "日本語",
		"bad \xff\x1b[31m bytes":                                 "bad \uFFFD bytes",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		if got := clean(text, Key{}); got != want {
			t.Errorf("%q became %q as a message, want %q", text, got, want)
		}
		if got := show(text); strings.ContainsAny(got, "\x1b\x07\u009b\u009d") || strings.Contains(got, "[31m") && !strings.HasPrefix(text, "[") {
			t.Errorf("%q became %q in a template", text, got)
		}
	}
}

// A packed answer that is cut is a cut answer, an error's too.
func TestAPackedErrorThatIsCutIsNoError(t *testing.T) {
	whole := gzipped(t, jsonError(`"Duplicated upload"`, "101"))
	for n := 2; n < len(whole); n++ { // the first two bytes say that it is packed
		c := newClient(t, Config{Address: raw(t, reply("400 Bad Request", asJSON+"Content-Encoding: gzip\r\n", whole[:n]))})
		_, err := c.Upload(t.Context(), Upload{Name: "a", Body: big(10)})
		if e := kind(t, err); e.Kind != KindNetwork || e.Sent != SentWhole {
			t.Fatalf("%d of %d bytes: %+v", n, len(whole), e)
		}
	}
}

// Whatever code it has: what the host says of its own trouble is that, and what
// its database says of our text is about our text.
func TestWhatAHostSaysOfItsOwnTrouble(t *testing.T) {
	for _, row := range []struct {
		want Kind
		says []string
	}{
		{KindServer, []string{
			"fwrite(): Write of 8192 bytes failed with errno=28 No space left on device", "disk full (/tmp/#sql_1.MAI)", "Cannot write file", "Unable to write file",
			"Failed to write image data to path (/var/www/x.png)", "fopen(/var/www/x): Failed to open stream: x", "Can't open /var/www/x.png for writing",
			"mkdir(): Permission denied", "touch(): Read-only file system", "Unable to create directory /var/www/x", "Local storage API is forbidden",
			"Unsupported storage API", "Can't get filesize for /var/www/x.png", "AWS HTTP error: x", "cURL error 7: x", "Could not resolve host: s3.example",
			"stream_socket_client(): Connection refused", "Connection timed out", "Can't log in to the FTP server", "SQLSTATE[08S01]: x", "SQLSTATE[40001]: Deadlock",
			"SQLSTATE[HY000]: General error: 2006 MySQL server has gone away", "Too many connections",
		}},
		{KindRejected, []string{
			"SQLSTATE[HY000]: General error: 1366 Incorrect string value: 'x'", "SQLSTATE[HY000]: General error: 1366 Incorrect integer value: 'x'",
			"SQLSTATE[HY000]: 1406 Data too long for column 'image_title'", "Unable to handle upload for x.png",
		}},
	} {
		for _, says := range row.says {
			for _, format := range []Format{FormatJSON, FormatText} {
				body := jsonError(mustJSON(t, says), "0")
				if format == FormatText {
					body = says
				}
				a := &answer{status: http.StatusOK, body: []byte(body), sent: SentWhole}
				_, err := a.image(asked{format: format, source: true, address: mustURL(t, "https://example.org")})
				if e := kind(t, err); e.Kind != row.want {
					t.Errorf("%q as %q is %s, want %s", says, format, e.Kind, row.want)
				}
			}
		}
	}
}

func TestABanThatNamesAnAddressIsNoUpload(t *testing.T) {
	h := newHost(t, func(w http.ResponseWriter, _ received) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = io.WriteString(w, "Your address is blocked for spam. Ask for help at:\nhttps://forum.example/appeal")
	})
	_, err := h.client(t, nil).Upload(t.Context(), Upload{Name: "a.png", Body: big(1000), Format: FormatText})
	if e := kind(t, err); e.Kind != KindRejected { // of bare words nobody can tell a ban from another refusal
		t.Errorf("%+v", e)
	}
}

func TestAKeyThatWasGoodAndIsNoMoreIsWrong(t *testing.T) {
	revoked := false
	h := newHost(t, func(w http.ResponseWriter, _ received) {
		w.Header().Set("Content-Type", "application/json")
		if revoked {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"status_code":400,"error":{"message":"Invalid API v1 key.","code":100},"status_txt":"Bad Request"}`)
			return
		}
		_, _ = io.WriteString(w, okAnswer)
	})
	c := h.client(t, func(cfg *Config) { cfg.KeyInForm = true })
	large := Upload{Name: "a.png", Body: big(3 << 20)}
	if _, err := c.Upload(t.Context(), large); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	revoked = true
	h.mu.Unlock()
	for _, try := range []string{"first", "second"} {
		_, err := c.Upload(t.Context(), large)
		if e := kind(t, err); e.Kind != KindAuth {
			t.Errorf("the %s try: %+v", try, e)
		}
	}
}
