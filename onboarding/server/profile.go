package server

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

func (s *Server) profile(c echo.Context) error {
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	platform := q.text("platform")
	if err := q.err(); err != nil {
		return err
	}
	d, err := s.service.Profile(c.Request().Context(), callerOf(c), param(c, "id"), platform)
	if err != nil {
		return err
	}
	return sendDocument(c, d)
}

// sendDocument answers with a profile, with exactly the headers that its platform needs: Android's installer takes neither a charset nor a
// Content-Disposition.
func sendDocument(c echo.Context, d *onboarding.ProfileDocument) error {
	documentHeader(c, d)
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(d.Body)))
	return c.Blob(http.StatusOK, d.ContentType, d.Body)
}

// documentHeader sets those headers, but for type and length.
func documentHeader(c echo.Context, d *onboarding.ProfileDocument) {
	header := c.Response().Header()
	noStore(c)
	if d.TransferEncoding != "" {
		header.Set("Content-Transfer-Encoding", d.TransferEncoding)
	}
	if d.Attachment {
		header.Set(echo.HeaderContentDisposition, "attachment; filename="+strconv.Quote(d.FileName)) // FileName is ASCII
	}
}
