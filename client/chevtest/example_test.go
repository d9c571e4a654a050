package chevtest_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"images-uploader.com/upshot/client/chevtest"
)

// A host that loses its first answer: the file is there, the client does not
// know it.
func Example() {
	host, err := chevtest.Listen("127.0.0.1:0", chevtest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = host.Close() }()
	host.Inject(chevtest.Fault{Kind: chevtest.LoseAnswer})

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, host.URL+"/api/1/upload", http.NoBody)
	request.Header.Set("X-Api-Key", host.Key)
	_, err = http.DefaultTransport.RoundTrip(request)
	fmt.Println("lost:", err != nil)

	again, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = again.Body.Close() }()
	fmt.Println("then:", again.Status)

	err = host.Await(ctx, func(s chevtest.Stats) bool { return s.Refused == 2 && s.Active == 0 })
	fmt.Println("the host has seen", len(host.Uploads()), "requests", err)
	// Output:
	// lost: true
	// then: 400 Bad Request
	// the host has seen 2 requests <nil>
}
