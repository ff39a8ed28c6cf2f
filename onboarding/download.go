package onboarding

import (
	"context"
	"time"

	"onramp/profiles"
)

// Source is the caller who fetched a profile or reported an installation.
type Source string

const (
	SourceApp     Source = "app"
	SourceVisitor Source = "visitor" // by a link
	SourceKiosk   Source = "kiosk"   // an operator
)

// Download counts a customer's downloads of one platform's profile with the same settings and
// credential.
type Download struct {
	CustomerID     string
	OrganizationID string
	Platform       string
	Source         Source
	// Credential is the creation time of the credential in the profile: its generation.
	Credential time.Time
	Expires    time.Time // of the profile
	// SettingsID identifies the ProfileSettings; empty if the request was refused.
	SettingsID string
	// Refused is the reason for which the platform received no document, as a sentence; empty if
	// it received one.
	Refused string
	First   time.Time
	Last    time.Time
	Count   int64
}

// ProfileSettings holds the settings of a profile by which a device selects networks and verifies
// the RADIUS server. Its ID is a hash of its content, so that equal settings are stored once.
type ProfileSettings struct {
	ID             string
	OrganizationID string
	Version        int64 // of the organization when the settings were first handed out
	First          time.Time
	WiFi           profiles.WiFi
}

// MaxDownloads is the maximum number of Download rows per customer. Beyond it, the oldest is
// deleted.
const MaxDownloads = 100

// HeldProfile is the latest answered download of a platform by a customer whose credential is
// still the one in it, with the removal that the installations report.
type HeldProfile struct {
	Download
	Locked    bool
	Installed *time.Time // the last reported installation at or after the download's generation
	Confirmed *time.Time // an Access-Accept after that report
}

// HeldQuery selects a page of held profiles, ordered by (CustomerID, Platform).
type HeldQuery struct {
	OrganizationID string
	Now            time.Time
	// CustomerID and Platform are those of the last profile of the previous page.
	CustomerID, Platform string
	Limit                int
}

// DownloadReader reads downloads.
type DownloadReader interface {
	// Downloads returns the customer's downloads, the latest first.
	Downloads(ctx context.Context, customerID string) ([]*Download, error)
	// ProfileSettings returns settings by ID.
	ProfileSettings(ctx context.Context, id string) (*ProfileSettings, error)
	// HeldProfiles returns a page of the profiles that devices may still use. It leaves out
	// profiles that have expired at q.Now, those whose credential was replaced, has expired or was
	// deleted, and those of a platform whose installations were all removed after the download.
	HeldProfiles(ctx context.Context, q HeldQuery) ([]HeldProfile, error)
	// UnknownProfiles counts, by platform, the customers with a live credential and an
	// installation that was not removed, but without any answered download of the platform: an
	// earlier version recorded none.
	UnknownProfiles(ctx context.Context, organizationID string, now time.Time) (map[string]int, error)
}

// DownloadWriter writes downloads.
type DownloadWriter interface {
	// CountDownload adds a download to the row with the same customer, platform, source,
	// credential, settings and refusal, or creates that row. Settings must be stored before, in
	// the same transaction or earlier. A customer who refuses the processing of personal data is
	// not stored.
	CountDownload(ctx context.Context, d *Download) error
	// PutProfileSettings stores settings unless their ID exists.
	PutProfileSettings(ctx context.Context, s *ProfileSettings) error
	// AddLinkPlatform records that the link, or the link with which it shares its hits, answered
	// a download of the platform.
	AddLinkPlatform(ctx context.Context, tokenHash, platform string) error
}
