// Package client speaks the Chevereto API V1.1 to one host with one key.
//
// A [Client] starts no goroutine that outlives a call (one computes checksums
// while a large file is sent), keeps no cookie and follows no redirect; all
// that it remembers from one call to the next is which checksum the host
// reports. [Client.Upload] sends one file with its exact
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
// (cleaned of its paths, of control characters and of the key) or ours.
//
// A kind is read from HTTP status, code and message together. A real
// Chevereto sends every error of its API as HTTP 400, and uses one code for
// several things: 100 for a bad key and for a bad video, 130 for a flood, for
// a missing file and for a file over PHP's post_max_size. Pages, empty bodies
// and broken JSON are told apart by status and text. An error that nobody
// knows is KindRejected.
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
// instead of MD5), under another name ("checksum" instead of "md5"); the
// package takes both and tells them apart by their length. Hosts of the third
// generation want the key as a form field: Config.KeyInForm. The parameters
// and the fields of an answer are those of the document "API V1.1" that every
// Chevereto shows to its users.
//
// It imports nothing of ours.
package client
