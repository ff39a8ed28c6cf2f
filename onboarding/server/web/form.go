package web

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// ReadForm reads the form in a request's body. A repeated field is an error.
func ReadForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return nil, &onboarding.Error{
			Kind: onboarding.Invalid, Message: "the body must be a form: " + echo.MIMEApplicationForm,
		}
	}
	raw, err := ReadBody(c)
	if err != nil {
		return nil, err
	}
	if bytes.Count(raw, []byte("&")) >= MaxParameters {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the form has too many fields"}
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed form"}
	}
	return values, givenOnce(values)
}

// maxUploadFields limits the fields of a form that may contain files.
const maxUploadFields = 512

// ReadUpload reads a form that may contain files (multipart/form-data), or any other form. The
// content of a file is the value of its field; a field without a chosen file has no value.
func ReadUpload(c echo.Context) (url.Values, error) {
	kind, parameters, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEMultipartForm {
		return ReadForm(c)
	}
	raw, err := ReadBody(c)
	if err != nil {
		return nil, err
	}
	values := url.Values{}
	parts := multipart.NewReader(bytes.NewReader(raw), parameters["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return values, givenOnce(values)
		}
		if err != nil {
			return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed form"}
		}
		if n == maxUploadFields {
			return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the form has too many fields"}
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed form"}
		}
		if len(content) == 0 && part.Header.Get(echo.HeaderContentType) != "" {
			continue // a file, and none was chosen
		}
		values.Add(part.FormName(), string(content))
	}
}

// givenOnce refuses repeated fields.
func givenOnce(values url.Values) error {
	var wrong onboarding.Faults
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			wrong.Refuse(onboarding.CutText(name, 100), "given twice")
		}
	}
	return wrong.Err()
}

// CrossSite reports whether another site caused the browser's request. Sec-Fetch-Site (Fetch
// Metadata) decides; browsers without it send Origin. Pages with forms allow their own origin as
// referrer, so an Origin of null comes from another site, such as a sandboxed frame. A client that
// sends neither is not a browser. publicURL is the server's scheme and host.
func CrossSite(r *http.Request, publicURL string) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host == "" || origin != publicURL && !strings.EqualFold(u.Host, r.Host)
}

// ErrCrossSite is the answer to a form that another site sends.
var ErrCrossSite = &onboarding.Error{Kind: onboarding.Forbidden, Message: "sent by another site"}
