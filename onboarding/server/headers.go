package server

import "net/http"

// setHeaders sets the headers of every response. Pages and files add those of their own; setHSTS
// adds that of HTTPS.
func setHeaders(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
}
