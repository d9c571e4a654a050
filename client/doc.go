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
// # Failures
//
// Every failure is an [*Error] whose [Kind] says what follows from it; look
// at it with errors.As. Nothing is ever tried twice. Error.Sent says whether
// the host may have stored the file all the same: a host goes on working when
// the client has gone.
//
// # Limits
//
// An answer is read up to 4 MB. Sizes are bytes, widths and heights pixels.
// A title has at most 100 characters, a description 65,535 bytes, a tag 32
// characters, a file name 255 characters, an expiration 5 minutes to 1 year.
// Memory use does not depend on the size of the file.
//
// # Where the facts come from
//
// What the comments call "a real Chevereto" is version 4.2.5, read and run.
// Hosts from 4.3 on report another checksum (XXH64), under another name; the
// package takes both. Hosts of the third generation want the key as a form
// field: Config.KeyInForm.
//
// It imports nothing of ours.
package client
