package radius

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// probePrefix begins the NAS-Identifier of probes. After it follow the expiry, in hexadecimal
// seconds, a dot and a mark that only this deployment can make.
const probePrefix = "onramp-probe."

// ProbeLifetime is how long the NAS-Identifier of a probe is valid.
const ProbeLifetime = 10 * time.Minute

// ProbeIdentifier returns a NAS-Identifier for authentications by this deployment itself, such as
// those of `onramp doctor`. Nothing of such an authentication is recorded, and it counts as one at
// an undeclared access point. It is valid for ProbeLifetime.
func (s *AAA) ProbeIdentifier(ctx context.Context) (string, error) {
	expires := strconv.FormatInt(s.clock.Now().Add(ProbeLifetime).Unix(), 16)
	mark, err := s.probeMark(ctx, expires)
	if err != nil {
		return "", err
	}
	return probePrefix + expires + "." + mark, nil
}

// isProbe reports whether the access point of an authentication at an instant is a probe of this
// deployment.
func (s *AAA) isProbe(ctx context.Context, from *AccessPointIdentity, at time.Time) (bool, error) {
	text, found := strings.CutPrefix(from.NASIdentifier, probePrefix)
	if !found {
		return false, nil
	}
	expires, mark, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(expires, 16, 64)
	if err != nil || !at.Before(time.Unix(seconds, 0)) {
		return false, nil //nolint:nilerr // the name of an access point
	}
	want, err := s.probeMark(ctx, expires)
	return err == nil && hmac.Equal([]byte(mark), []byte(want)), err
}

func (s *AAA) probeMark(ctx context.Context, expires string) (string, error) {
	keys, err := s.identityKeys(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, keys.probe)
	mac.Write([]byte(expires))
	return hex.EncodeToString(mac.Sum(nil)[:16]), nil
}
