package signing

import (
	"errors"
	"sync/atomic"
)

// ErrNoSigner is returned by a Live that was not given a Signer.
var ErrNoSigner = errors.New("signing: no signer is loaded")

// Live signs with the Signer that it was last given. The zero value is ready
// for Replace. Signing takes no lock, and a signature under way ends with the
// Signer that it began with.
type Live struct {
	current atomic.Pointer[Signer]
}

// Replace makes s sign from now on.
func (l *Live) Replace(s *Signer) { l.current.Store(s) }

// Signer is the one in use, or nil.
func (l *Live) Signer() *Signer { return l.current.Load() }

// Sign is [Signer.Sign] of the signer in use.
func (l *Live) Sign(document []byte) ([]byte, error) {
	s := l.current.Load()
	if s == nil {
		return nil, ErrNoSigner
	}
	return s.Sign(document)
}

// XMLRefusal is [Signer.XMLRefusal] of the signer in use.
func (l *Live) XMLRefusal() string {
	s := l.current.Load()
	if s == nil {
		return ErrNoSigner.Error()
	}
	return s.XMLRefusal()
}

// SignXML is [Signer.SignXML] of the signer in use.
func (l *Live) SignXML(document []byte) ([]byte, error) {
	s := l.current.Load()
	if s == nil {
		return nil, ErrNoSigner
	}
	return s.SignXML(document)
}
