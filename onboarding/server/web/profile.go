package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/links"
)

// SendProfile answers with a profile and exactly the headers that its platform needs. Android's
// installer accepts neither a charset nor a Content-Disposition.
func SendProfile(c echo.Context, d *links.ProfileDocument) error {
	setProfileHeader(c, d)
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(d.Body)))
	return c.Blob(http.StatusOK, d.ContentType, d.Body)
}

// DescribeProfile answers HEAD. It omits the length, which is known only after signing.
func DescribeProfile(c echo.Context, d *links.ProfileDocument) error {
	setProfileHeader(c, d)
	c.Response().Header().Set(echo.HeaderContentType, d.ContentType)
	c.Response().WriteHeader(http.StatusOK)
	return nil
}

// setProfileHeader sets the headers of a profile except type and length.
func setProfileHeader(c echo.Context, d *links.ProfileDocument) {
	header := c.Response().Header()
	NoStore(c)
	if d.TransferEncoding != "" {
		header.Set("Content-Transfer-Encoding", d.TransferEncoding)
	}
	if d.Attachment {
		// FileName is ASCII
		header.Set(echo.HeaderContentDisposition, "attachment; filename="+strconv.Quote(d.FileName))
	}
}
