package devicesim

import (
	"errors"
	"fmt"
	"strings"
)

const (
	partProfile = "application/x-passpoint-profile"
	partCA      = "application/x-x509-ca-cert"
	partPKCS12  = "application/x-pkcs12"
)

// androidParts are the decoded parts of a file by type. The installer keeps one of each.
type androidParts struct {
	profile, ca      []byte
	hasCA, hasPKCS12 bool
}

var errBase64 = errors.New("not standard base64")

// decodeBase64 decodes standard base64 as Android does, where padding is either complete or absent and blanks
// may stand anywhere. Unlike Android it does not skip foreign characters, because a phone that skips the `-`
// and `_` of the URL-safe alphabet gets other bytes than were meant.
func decodeBase64(in []byte) ([]byte, error) {
	out, foreign, err := decodeAndroidBase64(in)
	if err == nil && foreign {
		err = errBase64
	}
	return out, err
}

// decodeAndroidBase64 decodes what Android decodes, and returns whether it skipped anything but blanks.
func decodeAndroidBase64(in []byte) (out []byte, foreign bool, err error) {
	out = make([]byte, 0, len(in)/4*3+3)
	group, digits, pads := uint32(0), 0, 0
	for _, c := range in {
		v := strings.IndexByte(base64Alphabet, c)
		switch {
		case v >= 0 && pads > 0:
			return nil, foreign, errBase64
		case v >= 0:
			group = group<<6 | uint32(v)
			if digits++; digits == 4 {
				out = append(out, byte(group>>16), byte(group>>8), byte(group))
				digits = 0
			}
		case c == '=':
			if pads++; digits < 2 || digits+pads > 4 {
				return nil, foreign, errBase64
			}
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			foreign = true
		}
	}
	if digits == 1 || pads > 0 && digits+pads != 4 {
		return nil, foreign, errBase64
	}
	switch digits {
	case 2:
		out = append(out, byte(group>>4))
	case 3:
		out = append(out, byte(group>>10), byte(group>>2))
	}
	return out, foreign, nil
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// lineReader gives the lines of a text that ends its lines in LF, CR or CRLF.
type lineReader struct{ rest string }

func (r *lineReader) next() (line string, ok bool) {
	if r.rest == "" {
		return "", false
	}
	i := strings.IndexAny(r.rest, "\r\n")
	if i < 0 {
		line, r.rest = r.rest, ""
		return line, true
	}
	line = r.rest[:i]
	if strings.HasPrefix(r.rest[i:], "\r\n") {
		i++
	}
	r.rest = r.rest[i+1:]
	return line, true
}

// Lines are never quoted in a finding: any of them may be part of an encoded password.

// readHeaders reads header lines up to a blank line. A line without a colon continues the value before it.
func readHeaders(r *lineReader) (map[string]string, error) {
	headers := map[string]string{}
	name, value, have := "", "", false
	for {
		line, ok := r.next()
		if !ok {
			return nil, errors.New("the file ends inside a header")
		}
		if isBlank(line) {
			if have {
				headers[name] = value
			}
			return headers, nil
		}
		before, after, colon := strings.Cut(line, ":")
		switch {
		case !colon && !have:
			return nil, errors.New("a line without a colon")
		case !colon:
			value += " " + trimControls(line)
		case isJavaBlank(line[0]):
			return nil, errors.New("a line that begins with a blank")
		default:
			if have {
				headers[name] = value
			}
			name, value, have = trimControls(before), trimControls(after), true
		}
	}
}

// splitContentType separates a Content-Type value into type and boundary. The parser splits at every
// semicolon, quoted or not, and knows the attribute only as a lower-case `boundary=`.
func splitContentType(value string) (mediaType, boundary string) {
	fields := javaSplit(value, ";")
	if len(fields) == 0 {
		return "", ""
	}
	mediaType = trimControls(fields[0])
	for _, f := range fields[1:] {
		b, ok := strings.CutPrefix(trimControls(f), "boundary=")
		if !ok {
			continue
		}
		if len(b) > 1 && b[0] == '"' && b[len(b)-1] == '"' {
			b = b[1 : len(b)-1]
		}
		boundary = b
	}
	return mediaType, boundary
}

// readAndroidEnvelope undoes base64 and MIME. ok is false when a rule was broken that leaves nothing to
// judge further.
func readAndroidEnvelope(j *judge, file []byte) (parts androidParts, ok bool) {
	decoded, err := decodeBase64(file)
	if err != nil || len(decoded) == 0 {
		j.breaks(androidBase64, fmt.Sprintf("%d bytes", len(file)))
		return parts, false
	}
	// The parser reads the message as ISO 8859-1, so bytes are compared with bytes.
	lines := &lineReader{rest: string(decoded)}
	headers, err := readHeaders(lines)
	if err != nil {
		j.breaks(androidHeader, err.Error())
		return parts, false
	}
	mediaType, boundary := splitContentType(headers["Content-Type"])
	if mediaType != "multipart/mixed" {
		j.breaks(androidTopType, mediaType)
		return parts, false
	}
	if boundary == "" || strings.Count(boundary, `"`) == 1 {
		j.breaks(androidBoundary, headers["Content-Type"])
		return parts, false
	}
	if e := headers["Content-Transfer-Encoding"]; e != "base64" {
		j.breaks(androidEncoding, e)
		return parts, false
	}
	for {
		line, more := lines.next()
		if !more {
			j.breaks(androidFirstBoundary, "--"+boundary)
			return parts, false
		}
		if line == "--"+boundary {
			break
		}
		if !isBlank(line) {
			j.breaks(androidPreamble, redacted(line))
		}
	}
	return parts, readAndroidParts(j, lines, boundary, &parts)
}

func readAndroidParts(j *judge, lines *lineReader, boundary string, parts *androidParts) bool {
	haveProfile := false
	for last := false; !last; {
		headers, err := readHeaders(lines)
		if err != nil {
			if lines.rest == "" {
				j.breaks(androidLastBoundary, "--"+boundary+"--")
			} else {
				j.breaks(androidHeader, err.Error())
			}
			return false
		}
		if e := headers["Content-Transfer-Encoding"]; e != "base64" {
			j.breaks(androidEncoding, e)
			return false
		}
		mediaType, _ := splitContentType(headers["Content-Type"])
		if mediaType != partProfile && mediaType != partCA && mediaType != partPKCS12 {
			j.breaks(androidPartType, mediaType)
			return false
		}
		for name := range headers {
			if name != "Content-Type" && name != "Content-Transfer-Encoding" {
				j.breaks(androidHeaderIgnored, name)
			}
		}
		var body strings.Builder
		for {
			line, more := lines.next()
			if !more {
				j.breaks(androidLastBoundary, "--"+boundary+"--")
				return false
			}
			if tail, is := strings.CutPrefix(line, "--"+boundary); is {
				last = tail == "--"
				if !last && tail != "" {
					j.breaks(androidBoundaryTail, line)
				}
				break
			}
			body.WriteString(line)
		}
		data, err := decodeBase64([]byte(body.String()))
		if err != nil {
			j.breaks(androidPartBase64, mediaType)
			return false
		}
		switch mediaType {
		case partProfile:
			if haveProfile {
				j.breaks(androidProfileTwice, partProfile)
			}
			haveProfile, parts.profile = true, data
		case partCA:
			if parts.hasCA {
				j.breaks(androidCATwice, partCA)
			}
			parts.hasCA, parts.ca = true, data
		case partPKCS12:
			parts.hasPKCS12 = true
		}
	}
	if !haveProfile {
		j.breaks(androidProfileMissing, "")
	}
	return haveProfile
}
