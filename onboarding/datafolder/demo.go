package datafolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"onramp/certs"
	"onramp/certs/durable"
)

// Demo is the content of demo.json: the keys, URLs and files that a user needs to
// try the demo organization.
type Demo struct {
	OrganizationID string  `json:"organizationId"`
	LocationID     string  `json:"locationId"`
	PortalURL      string  `json:"portalUrl"`
	ManagerKey     DemoKey `json:"managerKey"`
	AppKey         DemoKey `json:"appKey"`
	AAASecret      string  `json:"aaaSecret"`
	ProfileRoot    string  `json:"profileRoot"`
	RADIUSRoot     string  `json:"radiusRoot"`
}

// DemoKey is a client key with its secret.
type DemoKey struct {
	ClientKey    string `json:"clientKey"`
	ClientSecret string `json:"clientSecret"`
}

// WriteDemo writes demo.json and replaces an existing one.
func (f *Folder) WriteDemo(d *Demo) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.Write(f.path, durable.File{Name: demoFile, Content: append(text, '\n')}); err != nil {
		return fmt.Errorf("demo.json: %w", err)
	}
	return nil
}

// ReadDemo reads demo.json. It returns nil if there is none.
func (f *Folder) ReadDemo() (*Demo, error) {
	text, err := os.ReadFile(f.Path(demoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var d Demo
	if err := json.Unmarshal(certs.Text(text), &d); err != nil {
		return nil, fmt.Errorf("demo.json: %w", err)
	}
	return &d, nil
}
