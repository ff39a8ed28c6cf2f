package backup

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// format is the version of the archive's layout.
const format = 1

// The members of an archive.
const (
	manifestName = "manifest.json"
	databaseName = "onramp.db"
	sealedName   = "sealed.json"
)

// The maximum sizes of the small members.
const (
	maxManifest = 1 << 20
	maxSealed   = 16 << 20
)

// Manifest describes a backup. It holds no personal data.
type Manifest struct {
	Format      int              `json:"format"`
	Version     string           `json:"version"` // of Onramp
	Created     time.Time        `json:"created"` // when the copy began
	Schema      int64            `json:"schema"`
	MasterKeyID string           `json:"masterKeyId"`
	Tombstones  int64            `json:"tombstones"` // deletions that the copy knows
	Rows        map[string]int64 `json:"rows"`       // by table
	Files       []File           `json:"files"`      // the members after the manifest, in order
}

// File describes a member of the archive.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
}

// parseManifest returns the manifest in a text, or an error that names the wrong member.
func parseManifest(text []byte) (*Manifest, error) {
	var m Manifest
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, fmt.Errorf("%s is no manifest of a backup: %w", manifestName, err)
	}
	if version.Format != format {
		return nil, fmt.Errorf("%s: format %d is unknown to this version of onramp, which reads %d", manifestName,
			version.Format, format)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s is no manifest of a backup: %w", manifestName, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s has text after its end", manifestName)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	return &m, nil
}

func (m *Manifest) check() error {
	if m.Schema < 1 || m.Created.IsZero() || m.Tombstones < 0 {
		return errors.New("schema, created or tombstones is not valid")
	}
	want := []struct {
		name string
		most int64
	}{{databaseName, 1 << 46}, {sealedName, maxSealed}}
	if len(m.Files) != len(want) {
		return fmt.Errorf("files has %d entries, not %d", len(m.Files), len(want))
	}
	for i, f := range m.Files {
		if f.Name != want[i].name {
			return fmt.Errorf("files[%d].name is %q, not %q", i, f.Name, want[i].name)
		}
		if f.Size < 1 || f.Size > want[i].most {
			return fmt.Errorf("files[%d].size %d is not between 1 and %d", i, f.Size, want[i].most)
		}
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != 32 {
			return fmt.Errorf("files[%d].sha256 is not a SHA-256 in hex", i)
		}
	}
	return nil
}
