package web

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
)

// compress compresses the body of an answer in the coding that the client accepts (RFC 9110,
// section 12.5.3): zstd or gzip.
var compress = func() func(http.Handler) http.HandlerFunc {
	wrapper, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(1))
	if err != nil {
		panic(err)
	}
	return wrapper
}()

// Compressed compresses the answers of a handler, except short ones and errors that the handler
// returns. It is for answers to callers with a token: an attacker who can add text to the answer of
// a browser with a cookie could guess secrets by its length.
func Compressed(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		plain := c.Response()
		defer c.SetResponse(plain)
		compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c.SetResponse(echo.NewResponse(w, c.Echo()))
			err = handle(c)
		})).ServeHTTP(plain, c.Request())
		return err
	}
}
