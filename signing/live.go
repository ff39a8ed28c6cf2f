package signing

import (
	"errors"
	"sync/atomic"
)

// ErrNoSigner is returned by a Live before the first call of Replace.
var ErrNoSigner = errors.New("signing: no signer is loaded")

// Live holds a Signer that can be replaced while others sign. The zero value
// holds none: its methods return ErrNoSigner until Replace is called. Signing
// takes no lock; a signature in progress completes with the Signer it started
// with. Live is safe for concurrent use.
type Live struct {
	current atomic.Pointer[Signer]
}

// Replace sets the Signer for all later signatures.
func (l *Live) Replace(s *Signer) { l.current.Store(s) }

// Signer returns the current Signer, or nil if there is none.
func (l *Live) Signer() *Signer { return l.current.Load() }

// Sign calls [Signer.Sign] of the current Signer.
func (l *Live) Sign(document []byte) ([]byte, error) {
	s := l.current.Load()
	if s == nil {
		return nil, ErrNoSigner
	}
	return s.Sign(document)
}

// Fingerprint calls [Signer.Fingerprint] of the current Signer; without one it is empty.
func (l *Live) Fingerprint() string {
	s := l.current.Load()
	if s == nil {
		return ""
	}
	return s.Fingerprint()
}

// XMLRefusal calls [Signer.XMLRefusal] of the current Signer.
func (l *Live) XMLRefusal() string {
	s := l.current.Load()
	if s == nil {
		return ErrNoSigner.Error()
	}
	return s.XMLRefusal()
}

// SignXML calls [Signer.SignXML] of the current Signer.
func (l *Live) SignXML(document []byte) ([]byte, error) {
	s := l.current.Load()
	if s == nil {
		return nil, ErrNoSigner
	}
	return s.SignXML(document)
}
