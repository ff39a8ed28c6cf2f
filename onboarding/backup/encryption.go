package backup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
)

// ParseRecipients returns the recipients of texts: age1..., age1pq... or an SSH public key.
func ParseRecipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "AGE-SECRET-KEY-") || strings.Contains(text, "PRIVATE KEY") {
			return nil, errors.New("the value is a private key: give the public one, and change the key, " +
				"which now is in the list of processes and in the shell's history")
		}
		if strings.HasPrefix(text, "ssh-") {
			r, err := agessh.ParseRecipient(text)
			if err != nil {
				return nil, fmt.Errorf("%q is no SSH public key that age supports (ssh-ed25519, ssh-rsa)", text)
			}
			all = append(all, r)
			continue
		}
		r, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(r) != 1 {
			return nil, fmt.Errorf("%q is no recipient of age: want age1... or an SSH public key", text)
		}
		all = append(all, r...)
	}
	return all, nil
}

// ReadIdentities returns the private keys in a file of age-keygen, or of an SSH private key without
// a passphrase.
func ReadIdentities(path string) ([]age.Identity, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 1<<20))
	if err != nil {
		return nil, err
	}
	if bytes.Contains(text, []byte("-----BEGIN AGE")) {
		return nil, fmt.Errorf("%s is encrypted: decrypt the backup with age, and give its output as the file -", path)
	}
	if bytes.Contains(text, []byte("-----BEGIN")) {
		i, err := agessh.ParseIdentity(text)
		if err != nil {
			return nil, fmt.Errorf("%s is no SSH private key that age supports, or has a passphrase: then decrypt the "+
				"backup with age, and give its output as the file -", path)
		}
		return []age.Identity{i}, nil
	}
	all, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s is no identity file of age: it needs a line that starts with AGE-SECRET-KEY-1", path)
	}
	return all, nil
}

// encryption is a stream to the recipients and to the drill.
type encryption struct {
	recipients []age.Recipient
	drill      []age.Identity // opens what encrypt wrote; empty if it is not encrypted
}

// newEncryption returns the encryption for recipients, and none if there are none.
func newEncryption(recipients []age.Recipient) (*encryption, error) {
	if len(recipients) == 0 {
		return &encryption{}, nil
	}
	hybrid := 0
	for _, r := range recipients {
		if _, is := r.(*age.HybridRecipient); is {
			hybrid++
		}
	}
	if hybrid > 0 { // age refuses a mixture, which would be as weak as its weakest part
		if hybrid < len(recipients) {
			return nil, errors.New("a recipient age1pq... cannot be combined with one of another type")
		}
		drill, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, err
		}
		return &encryption{append(recipients[:hybrid:hybrid], drill.Recipient()), []age.Identity{drill}}, nil
	}
	drill, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	all := append(recipients[:len(recipients):len(recipients)], drill.Recipient())
	return &encryption{all, []age.Identity{drill}}, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// to returns a writer whose content arrives at w encrypted. It must be closed.
func (e *encryption) to(w io.Writer) (io.WriteCloser, error) {
	if len(e.recipients) == 0 {
		return nopCloser{w}, nil
	}
	return age.Encrypt(w, e.recipients...)
}

// Source is the file of a backup, and the private keys that may decrypt it.
type Source struct {
	Reader     io.ReadCloser
	Identities []age.Identity
}

// decrypt returns the archive in the file, and whether the file is encrypted.
func (s Source) decrypt() (archive io.Reader, encrypted bool, err error) {
	identities := s.Identities
	buffered := bufio.NewReaderSize(s.Reader, 64<<10)
	var from io.Reader = buffered
	begin, err := buffered.Peek(len(armor.Header))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	switch {
	case bytes.HasPrefix(begin, []byte("age-encryption.org/")):
	case bytes.HasPrefix(begin, []byte(armor.Header)):
		from = armor.NewReader(buffered)
	case len(identities) > 0:
		return nil, false, errors.New("the file is not encrypted: if it is the right one, leave --identity out")
	default:
		return buffered, false, nil
	}
	if len(identities) == 0 {
		return nil, true, errors.New("the file is encrypted: give the private key of a recipient with --identity")
	}
	archive, err = age.Decrypt(from, identities...)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return nil, true, errors.New("the file is encrypted to other recipients than that of --identity")
	}
	if err != nil {
		return nil, true, fmt.Errorf("the file cannot be decrypted, it is damaged or incomplete: %w", err)
	}
	return archive, true, nil
}
