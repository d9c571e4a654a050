// Package sxcu reads and writes the custom uploader files of ShareX (.sxcu),
// as far as they are about a host that speaks the Chevereto API V1.1.
//
// [Read] turns a file into an address, a key, parameters and a choice of link,
// and says in [Uploader.Notes] what it could not take over. [Uploader.Encode]
// writes a file for ShareX, which never has a key in it.
//
// # The format
//
// A .sxcu is a JSON object. Its texts may hold calls that ShareX replaces when
// it uploads: {json:image.url} since ShareX 14, $json:image.url$ before; both
// are understood, whatever Version says, and calls within calls in the newer
// one. Names of fields and of calls are taken in any case, as ShareX does. The
// form of the file, the calls and their escapes are those that ShareX's guide
// to custom uploaders describes; what the guide leaves open is as ShareX's own
// program does it.
//
// A file is read up to 1 MB, in UTF-8 or UTF-16, with or without a byte order
// mark.
//
// The package imports our client only, touches neither disk nor network, and
// starts no goroutine.
package sxcu
