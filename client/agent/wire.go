package agent

import "time"

// What both ends agree on beside the table of methods. A change here is a
// change of uploader.Protocol, and Hello and Quit must go on working between
// all protocols: a newer client asks an older agent to end with them.
const (
	host         = "upshot.invalid"  // in every request; a browser's would be another
	instanceHead = "Upshot-Instance" // which engine is meant; Hello's answer tells it
	keyHead      = "Upshot-Key"      // a request's key, base64
	mediaType    = "application/json"

	maxRequest  = 32 << 20  // a batch of a hundred thousand files
	maxResponse = 256 << 20 // its jobs
	maxHeader   = 64 << 10
)

// How long the ends wait for each other.
const (
	headerWait = 10 * time.Second // for a request to begin and its header to end
	bodyWait   = 30 * time.Second // for its body
	writeWait  = 10 * time.Second // for the reader to take each chunk of a response
	writeChunk = 64 << 10
	endWait    = 5 * time.Second  // for running requests, once the engine ends
	helloWait  = 10 * time.Second // for the answer to Hello
	serverIdle = 2 * time.Minute  // a connection without a request; longer than the client's, which so never meets a closing one
	clientIdle = time.Minute
)
