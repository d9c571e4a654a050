// Package client speaks the Chevereto API V1.1 to one host with one key.
//
// A [Client] is stateless: it starts no goroutine of its own, keeps no cookie
// and follows no redirect. [Client.Upload] sends one file with its exact
// Content-Length and hands back the host's answer; [Client.Check] tests
// address and key without uploading anything; [Client.Delete] uses a delete
// link once.
//
// Every failure is an [*Error] whose [Kind] says what follows from it. The
// facts about real servers that the package rests on are told where they are
// used.
//
// It imports nothing of ours.
package client
