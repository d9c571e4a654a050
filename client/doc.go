// Package client speaks the Chevereto API V1.1 to one host with one key.
//
// A [Client] starts no goroutine that outlives a call (one computes checksums
// while a large file is sent), keeps no cookie and follows no redirect; all
// that it remembers from one call to the next is which checksum the host
// reports and whether it took the key. [Client.Upload] sends one file with its exact
// Content-Length and hands back the host's answer; [Client.Check] tests
// address and key without uploading anything; [Client.Delete] uses a delete
// link once. The connections between calls are net/http's and close four
// seconds after their last use, or at once by [Client.Close].
//
// # What is sent
//
// POST to <address>/api/1/upload, without a trailing slash: with one, or with a
// query, a real Chevereto answers 301, and who follows that loses the body. The
// file is the part "source" of a form (multipart/form-data), last, behind the
// fields of [Params], under its own name in any script, with a Content-Type
// taken from its first bytes: a real Chevereto knows a video by that alone. The
// key is the header X-API-Key. Accept-Language is "en", because messages are
// translated by it. There is no Cookie, no Expect, and no Content-Length that
// is not exact; HTTP/1.1 always.
//
// [AsBase64] sends the file as text, [Upload.URL] sends an address that the
// host fetches itself, by POST or by [Upload.Get].
//
// # Failures
//
// Every failure is an [*Error] whose [Kind] says what follows from it; look
// at it with errors.As. Nothing is ever tried twice. Error.Sent says whether
// the host may have stored the file all the same: a host goes on working when
// the client has gone. Error.Message is one sentence, the host's own words
// (in one line, without its paths, without control characters, escape sequences
// and marks of HTML, without the key, 300 characters at most) or ours.
//
// A kind is read from HTTP status, code and message together. A real
// Chevereto sends every error of its API as HTTP 400, translates the messages,
// and uses one code for several things:
//
//	code            means                                     kind
//	100             the key is missing or not good            auth
//	                the key was a field and got lost with a
//	                file over PHP's post_max_size             too_large
//	                the video is none                         rejected
//	101, 102, 103   the host has these bytes                  duplicate
//	104             its storage is full                       server
//	110, 120        no such version or action                 protocol
//	120             bad base64                                rejected
//	130             too many files in a while (a number in
//	                the message: Limit and Period)            throttled
//	                no file, although one was sent: over
//	                PHP's post_max_size                       too_large
//	400             over the site's size (a size is named)    too_large
//	                stop words, a picture that is none        rejected
//	401             uploads are off, or off for guests        denied
//	403             it takes no addresses (ErrURLSource)      rejected
//	601             over PHP's upload_max_filesize            too_large
//	                what else PHP notes of an upload          server
//	600, 610-614    the file, or the width asked for          rejected
//	630-632, 666    its folders, two requests at once         server
//	999             the whole site has too many files         denied
//
// Where the message says that the host itself is in trouble (a full disk, a
// folder that cannot be written, a database or a storage that does not answer)
// the kind is KindServer whatever the code. An error object that nobody knows
// is KindRejected. The statuses 401, 413 and 429 decide by themselves. Pages,
// empty bodies and broken JSON are told apart by status and text: HTTP 413 is
// KindTooLarge, 429 and 503 with Retry-After KindThrottled, 401 KindAuth, 403
// KindDenied, other 5xx KindServer; a web page with HTTP 200 (maintenance, a
// captive portal), a redirect and 404 are KindProtocol; JSON that breaks off is
// KindNetwork.
//
// errors.Is finds context.Canceled and context.DeadlineExceeded in an error of
// KindCanceled, fs.ErrNotExist in one of Delete, [ErrURLSource], and
// io.ErrUnexpectedEOF where an answer, or the file, broke off.
//
// # Time
//
// There is no limit to a whole upload. Config.Stall (60 s) ends one in which
// no byte moves. Once the whole body is out, which Upload.Progress tells by
// reaching the size of the file, the host works on it: it makes previews, and
// of a video a frame. Config.AnswerWait (10 min) bounds that. Check and Delete
// wait for Config.Stall. Connecting is given 30 s, TLS 20 s.
//
// # Limits
//
// Sizes are bytes, widths and heights pixels, characters those of Unicode. [Params.Validate]
// and Upload refuse, with KindInvalid and before anything is sent,
//
//   - a title of more than 100 characters (a real Chevereto cuts it silently),
//   - a description of more than 65,535 bytes and a file name of more than 255
//     characters (errors of its database),
//   - a tag of more than 32 characters, with one of , / # in it, "0", or one
//     sign over and over (dropped silently),
//   - a width larger than a picture that does not move (the upload fails),
//   - an expiration that is not between 5 minutes and 1 year (forced into that
//     silently), or cannot be parsed (the file would be deleted in 5 minutes),
//   - text that is not valid UTF-8 (an error of its database).
//
// What the host did otherwise than asked is in Result.Warnings. An album that
// does not exist or is somebody else's is one thing that no answer tells.
//
// An answer is read up to 4 MB, unpacked if it comes packed. Memory use does
// not depend on the size of the file.
//
// # Where the facts come from
//
// What the comments call "a real Chevereto" is version 4.2.5, whose source was
// read and which was run. Hosts from 4.3 on report another checksum (XXH64
// instead of MD5), under another name ("checksum" instead of "md5"), by their
// release notes and by the document "API V1.1" that every Chevereto shows to
// its users; the package takes both and tells them apart by their length. The
// parameters and the fields of an answer are that document's. Hosts of the
// third generation, of which the free edition's source (1.x) was read, want the
// key as a form field (Config.KeyInForm), write some numbers as texts, and have
// other codes for some errors. What stands between the client and a host answers by
// RFC 9110, with the pages of nginx, Apache, Cloudflare and the like.
//
// It imports nothing of ours.
package client
