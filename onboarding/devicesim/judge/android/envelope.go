package android

import (
	"errors"
	"fmt"
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/java"
)

const (
	typeProfile = "application/x-passpoint-profile"
	typeCA      = "application/x-x509-ca-cert"
	typePKCS12  = "application/x-pkcs12"
)

// fileParts are the decoded parts of a file. The installer keeps one per type.
type fileParts struct {
	profile, ca      []byte
	hasCA, hasPKCS12 bool
}

var errBase64 = errors.New("not standard base64")

// decodeBase64 decodes standard base64 as Android does: padding is complete or absent, and white
// space is ignored. Unlike Android it refuses other characters, because a phone that skips the `-`
// and `_` of the URL-safe alphabet decodes other bytes than intended.
func decodeBase64(in []byte) ([]byte, error) {
	out, foreign, err := decodeLeniently(in)
	if err == nil && foreign {
		err = errBase64
	}
	return out, err
}

// decodeLeniently decodes base64 as Android does. It reports whether it skipped characters other
// than white space.
func decodeLeniently(in []byte) (out []byte, foreign bool, err error) {
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

// lineReader reads the lines of a text. Lines end with LF, CR or CRLF.
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

// Findings never quote lines: any line may be part of an encoded password.

// readHeaders parses header lines up to a blank line. A line without a colon continues the value
// before it.
func readHeaders(r *lineReader) (map[string]string, error) {
	headers := map[string]string{}
	name, value, have := "", "", false
	for {
		line, ok := r.next()
		if !ok {
			return nil, errors.New("unexpected end inside a header")
		}
		if java.IsBlank(line) {
			if have {
				headers[name] = value
			}
			return headers, nil
		}
		before, after, colon := strings.Cut(line, ":")
		switch {
		case !colon && !have:
			return nil, errors.New("header line without a colon")
		case !colon:
			value += " " + java.Trim(line)
		case java.IsWhitespace(line[0]):
			return nil, errors.New("header line starts with a blank")
		default:
			if have {
				headers[name] = value
			}
			name, value, have = java.Trim(before), java.Trim(after), true
		}
	}
}

// splitContentType returns the type and boundary of a Content-Type value. The parser splits at
// every semicolon, even if quoted, and the attribute is `boundary=` in lower case only.
func splitContentType(value string) (mediaType, boundary string) {
	fields := java.Split(value, ";")
	if len(fields) == 0 {
		return "", ""
	}
	mediaType = java.Trim(fields[0])
	for _, f := range fields[1:] {
		b, ok := strings.CutPrefix(java.Trim(f), "boundary=")
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

// readEnvelope decodes base64 and MIME. ok is false if a broken rule leaves nothing to judge.
func readEnvelope(j *judge.Findings, file []byte) (parts fileParts, ok bool) {
	decoded, err := decodeBase64(file)
	if err != nil || len(decoded) == 0 {
		j.Breaks(ruleBase64, fmt.Sprintf("%d bytes", len(file)))
		return parts, false
	}
	// The parser decodes the message as ISO 8859-1, so comparing bytes is equivalent.
	lines := &lineReader{rest: string(decoded)}
	headers, err := readHeaders(lines)
	if err != nil {
		j.Breaks(ruleHeader, err.Error())
		return parts, false
	}
	mediaType, boundary := splitContentType(headers["Content-Type"])
	if mediaType != "multipart/mixed" {
		j.Breaks(ruleTopType, mediaType)
		return parts, false
	}
	if boundary == "" || strings.Count(boundary, `"`) == 1 {
		j.Breaks(ruleBoundary, headers["Content-Type"])
		return parts, false
	}
	if e := headers["Content-Transfer-Encoding"]; e != "base64" {
		j.Breaks(ruleEncoding, e)
		return parts, false
	}
	for {
		line, more := lines.next()
		if !more {
			j.Breaks(ruleFirstBoundary, "--"+boundary)
			return parts, false
		}
		if line == "--"+boundary {
			break
		}
		if !java.IsBlank(line) {
			j.Breaks(rulePreamble, judge.Redacted(line))
		}
	}
	return parts, readParts(j, lines, boundary, &parts)
}

func readParts(j *judge.Findings, lines *lineReader, boundary string, parts *fileParts) bool {
	haveProfile := false
	for last := false; !last; {
		headers, err := readHeaders(lines)
		if err != nil {
			if lines.rest == "" {
				j.Breaks(ruleLastBoundary, "--"+boundary+"--")
			} else {
				j.Breaks(ruleHeader, err.Error())
			}
			return false
		}
		if e := headers["Content-Transfer-Encoding"]; e != "base64" {
			j.Breaks(ruleEncoding, e)
			return false
		}
		mediaType, _ := splitContentType(headers["Content-Type"])
		if mediaType != typeProfile && mediaType != typeCA && mediaType != typePKCS12 {
			j.Breaks(rulePartType, mediaType)
			return false
		}
		for name := range headers {
			if name != "Content-Type" && name != "Content-Transfer-Encoding" {
				j.Breaks(ruleHeaderIgnored, name)
			}
		}
		var body strings.Builder
		for {
			line, more := lines.next()
			if !more {
				j.Breaks(ruleLastBoundary, "--"+boundary+"--")
				return false
			}
			if tail, is := strings.CutPrefix(line, "--"+boundary); is {
				last = tail == "--"
				if !last && tail != "" {
					j.Breaks(ruleBoundaryTail, line)
				}
				break
			}
			body.WriteString(line)
		}
		data, err := decodeBase64([]byte(body.String()))
		if err != nil {
			j.Breaks(rulePartBase64, mediaType)
			return false
		}
		switch mediaType {
		case typeProfile:
			if haveProfile {
				j.Breaks(ruleProfileTwice, typeProfile)
			}
			haveProfile, parts.profile = true, data
		case typeCA:
			if parts.hasCA {
				j.Breaks(ruleCATwice, typeCA)
			}
			parts.hasCA, parts.ca = true, data
		case typePKCS12:
			parts.hasPKCS12 = true
		}
	}
	if !haveProfile {
		j.Breaks(ruleProfileMissing, "")
	}
	return haveProfile
}
