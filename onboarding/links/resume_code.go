package links

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
)

// A resume code moves a visitor from a window that cannot install profiles (a captive portal sheet,
// an in-app browser) to a full browser. It is short enough to type, valid once and for minutes. It
// opens a new link to the same customer's profiles, which expires with the first link and shares
// its downloads.
const (
	// ResumeLifetime is how long a code is valid.
	ResumeLifetime = 15 * time.Minute
	// resumeCodeLength characters of resumeAlphabet are 52 bits: with a thousand valid codes, 5,000
	// guesses a second find one in 46 years. The rate limit per address prefix is therefore enough,
	// and there is no shared limit that an attacker could exhaust.
	resumeCodeLength = 12
	resumeGroup      = 4
	// olderCodeLength is the length in the previous version, accepted while replicas of both
	// versions run.
	olderCodeLength = 10
	resumeAlphabet  = "CDFGHJKMNPRTVWXY34679" // no vowels, and one of each set of similar characters

	secretResume = "resume-key"
)

// ResumeCode is a code for display.
type ResumeCode struct {
	Code    string // in groups of four characters with dashes between
	Expires time.Time
}

// NewResumeCode creates a code for the link and ends the link's earlier code, if any.
func (s *Links) NewResumeCode(ctx context.Context, token string) (*ResumeCode, error) {
	a, _, err := s.Find(ctx, token, 0)
	if err != nil {
		return nil, err
	}
	code := newResumeCode()
	hash, err := s.resumeHash(ctx, "code", code)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	r := &onboarding.Resume{CodeHash: hex.EncodeToString(hash), TokenHash: a.TokenHash, Created: now,
		Expires: now.Add(ResumeLifetime)}
	if a.Expires.Before(r.Expires) {
		r.Expires = a.Expires
	}
	audit := s.access.Repeatable(ctx, act(a.OrganizationID, a.CustomerID, onboarding.AuditLinkCreated, "code"))
	if err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.PutResume(ctx, r); err != nil {
			return err
		}
		return audit.Record(ctx, tx)
	}); err != nil {
		return nil, err
	}
	audit.Settle()
	return &ResumeCode{Code: SpacedCode(code), Expires: r.Expires}, nil
}

// Resume uses up a code and returns the token of a new link. formID is random in each rendered
// form: sending a form twice returns the same link. An unknown, a used and an expired code all
// return NotFound.
func (s *Links) Resume(ctx context.Context, by *onboarding.Caller, formID, code string) (token string, err error) {
	code, ok := ParseResumeCode(code)
	if !ok {
		return "", onboarding.InvalidField("code", "not a code of %d characters", resumeCodeLength)
	}
	try, err := s.access.TakeCode(ctx, by)
	if err != nil {
		return "", err
	}
	hash, err := s.resumeHash(ctx, "code", code)
	if err != nil {
		return "", err
	}
	derived, err := s.resumeHash(ctx, "token", formID+"\x00"+code)
	if err != nil {
		return "", err
	}
	token = base64.RawURLEncoding.EncodeToString(derived)
	codeHash, tokenHash := hex.EncodeToString(hash), auth.HashToken(token)
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		now := s.clock.Now()
		r, err := tx.Resume(ctx, codeHash, now)
		if errors.Is(err, onboarding.ErrNotFound) {
			return s.resumedBefore(ctx, tx, tokenHash, now)
		}
		if err != nil {
			return err
		}
		taken, err := tx.TakeResume(ctx, codeHash)
		if err != nil {
			return err
		}
		if !taken {
			return s.resumedBefore(ctx, tx, tokenHash, now)
		}
		first, err := tx.Link(ctx, r.TokenHash)
		if err != nil {
			return err
		}
		// reading it locks it: the link cannot outlive a rotation
		if _, err := tx.Credential(ctx, first.CustomerID); err != nil {
			return err
		}
		if first, err = tx.Link(ctx, r.TokenHash); err != nil {
			return err
		}
		if first.Ended || !now.Before(first.Expires) {
			return onboarding.ErrNotFound
		}
		if err := s.access.Record(ctx, tx,
			act(first.OrganizationID, first.CustomerID, onboarding.AuditLinkCreated, "resumed")); err != nil {
			return err
		}
		return InsertLink(ctx, tx, &onboarding.Link{
			TokenHash: tokenHash, CustomerID: first.CustomerID, OrganizationID: first.OrganizationID,
			Created:      now,
			Expires:      first.Expires,
			MaxHits:      first.MaxHits,
			Hits:         first.Hits,
			SharesHitsOf: first.Counter(),
			ProfileOnly:  first.ProfileOnly,
		})
	})
	if onboarding.KindOf(err) == onboarding.NotFound {
		return "", onboarding.NotFoundError("code")
	}
	if err == nil {
		try.GiveBack()
	}
	return token, err
}

// resumedBefore returns nil if the same form has already used the same code.
func (s *Links) resumedBefore(ctx context.Context, r onboarding.LinkReader, tokenHash string, now time.Time) error {
	a, err := r.Link(ctx, tokenHash)
	if err == nil && !now.Before(a.Expires) {
		return onboarding.ErrNotFound
	}
	return err
}

// SpacedCode returns a code in groups with dashes between.
func SpacedCode(code string) string {
	group := resumeGroup
	if len(code) == olderCodeLength {
		group = olderCodeLength / 2
	}
	var groups []string
	for ; len(code) > group; code = code[group:] {
		groups = append(groups, code[:group])
	}
	return strings.Join(append(groups, code), "-")
}

// newResumeCode returns a code of uniformly distributed characters, by rejection sampling.
func newResumeCode() string {
	const even = 256 - 256%len(resumeAlphabet)
	code := make([]byte, 0, resumeCodeLength)
	for len(code) < resumeCodeLength {
		var octet [1]byte
		_, _ = rand.Read(octet[:]) // never fails (crypto/rand)
		if int(octet[0]) < even {
			code = append(code, resumeAlphabet[int(octet[0])%len(resumeAlphabet)])
		}
	}
	return string(code)
}

// ParseResumeCode returns the code in typed text, which may be in either case and hold dashes and
// spaces.
func ParseResumeCode(typed string) (code string, ok bool) {
	if len(typed) > 64 {
		return "", false
	}
	code = strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '\t', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
			return -1
		}
		return r
	}, strings.ToUpper(typed))
	if len(code) != resumeCodeLength && len(code) != olderCodeLength || strings.Trim(code, resumeAlphabet) != "" {
		return "", false
	}
	return code, true
}

// resumeHash returns the keyed hash of a text for one purpose.
func (s *Links) resumeHash(ctx context.Context, purpose, text string) ([]byte, error) {
	key, err := s.access.Secret(ctx, secretResume, access.KeySize)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(purpose + "\x00" + text))
	return h.Sum(nil), nil
}

// PrepareSecrets creates the key of the resume codes unless it exists.
func (s *Links) PrepareSecrets(ctx context.Context) error {
	_, err := s.access.Secret(ctx, secretResume, access.KeySize)
	return err
}
