package server

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// The bounds of what is read of a body that is not taken.
const (
	maxDepth   = 32      // of nested objects and arrays
	maxDrained = 4 << 20 // bytes read away so that the client, still sending, gets to see its answer
)

// body is a request's body, read.
type body struct {
	*object
	sum [sha256.Size]byte // of its bytes
}

// bind reads a body that is one JSON object. A guid in it becomes the caller's, unless a header showed one. Of an app that shows none where
// one is needed, nothing else is looked at.
func bind(c echo.Context) (*body, error) { return read(c, false) }

// bindOptional is bind for a body that may be left out.
func bindOptional(c echo.Context) (*body, error) { return read(c, true) }

func read(c echo.Context, optional bool) (*body, error) {
	raw, err := readBody(c.Request(), routeOf(c).body)
	if err != nil {
		return nil, err
	}
	b := &body{object: &object{members: map[string]any{}, failed: new(error)}, sum: sha256.Sum256(raw)}
	empty := len(bytes.TrimSpace(raw)) == 0
	if !empty {
		if b.members, err = parseObject(raw); err != nil {
			return nil, err
		}
	}
	if err := b.showGuid(c); err != nil {
		return nil, err
	}
	if empty && !optional {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is empty: a JSON object is needed"}
	}
	return b, nil
}

// showGuid takes the body's guid as the caller's.
func (b *body) showGuid(c echo.Context) error {
	by := callerOf(c)
	if guid := b.text("guid"); guid != nil && by.Guid == "" {
		by.Guid = *guid
	}
	if err := b.err(); err != nil {
		return err
	}
	if routeOf(c).who == proven && by.Guid == "" && !by.Principal.IsManager() {
		return &onboarding.Error{Kind: onboarding.Forbidden, Message: "a guid of this customer is needed"}
	}
	return nil
}

// readBody reads at most limit bytes, whatever Content-Length said.
func readBody(r *http.Request, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the body could not be read to its end", Cause: withoutAddress(err)}
	}
	if int64(len(raw)) > limit {
		drain(r.Body)
		return nil, errTooLarge
	}
	return raw, nil
}

// withoutAddress is the error as it may be logged: the network's own text names the client's address.
func withoutAddress(err error) error {
	if broken, ok := errors.AsType[*net.OpError](err); ok {
		return broken.Err
	}
	return err
}

// drain reads the rest of a body away, within bounds.
func drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, maxDrained) }

// number is a JSON number as it was written.
type number string

// parseObject reads one JSON object and nothing after it. Strings become string, numbers number, objects map[string]any, arrays []any.
func parseObject(raw []byte) (map[string]any, error) {
	if !utf8.Valid(raw) {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is not UTF-8"}
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	value, err := parseValue(d, 0)
	if err == nil {
		if _, after := d.ReadToken(); !errors.Is(after, io.EOF) {
			err = &onboarding.Error{Kind: onboarding.Invalid, Message: "something follows the JSON object"}
		}
	}
	if err != nil {
		return nil, malformed(err)
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the body is not a JSON object"}
	}
	return members, nil
}

func parseValue(d *jsontext.Decoder, depth int) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the JSON is nested too deeply"}
	}
	switch t.Kind() {
	case 't', 'f':
		return t.Bool(), nil
	case '"':
		return t.String(), nil
	case '0':
		return number(t.String()), nil
	case '[':
		list := []any{}
		for d.PeekKind() != ']' {
			value, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.ReadToken()
		return list, err
	case '{':
		members := map[string]any{}
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String() // the token does not outlive the next
			if members[key], err = parseValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := d.ReadToken()
		return members, err
	}
	return nil, nil // null
}

// malformed says where JSON breaks, and of a member given twice which.
func malformed(err error) error {
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		return e
	}
	e := &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed JSON"}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(syntax, jsontext.ErrDuplicateName) {
			return onboarding.InvalidField(dotted(syntax.JSONPointer), "given twice")
		}
		e.Message += " at byte " + strconv.FormatInt(syntax.ByteOffset, 10)
	}
	return e
}

// dotted spells a JSON pointer (RFC 6901) as errors name fields.
func dotted(p jsontext.Pointer) string {
	var names []string
	for name := range p.Tokens() {
		names = append(names, name)
	}
	return strings.Join(names, ".")
}
