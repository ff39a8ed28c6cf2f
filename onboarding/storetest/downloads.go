package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"onramp/onboarding"
)

var downloadParts = []part{
	{"Downloads", testDownloads},
	{"HeldProfiles", testHeldProfiles},
	{"LinkPlatforms", testLinkPlatforms},
	{"ConfirmedInstallations", testConfirmedInstallations},
}

func newDownload(k *onboarding.Credential, organizationID, platform string, at time.Time) *onboarding.Download {
	return &onboarding.Download{
		CustomerID: k.CustomerID, OrganizationID: organizationID, Platform: platform, Source: onboarding.SourceApp,
		Credential: k.Created.UTC(), Expires: k.Expires.UTC(), SettingsID: "s1", First: at.UTC(), Last: at.UTC(),
		Count: 1,
	}
}

func countDownloads(t *testing.T, s onboarding.Store, downloads ...*onboarding.Download) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, d := range downloads {
			if err := tx.CountDownload(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// testDownloads checks that equal downloads are counted, that others have rows of their own within
// the limit, and that settings are kept as first stored.
func testDownloads(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, k := storedWithCredential(t, s, func(*onboarding.Customer, *onboarding.Credential) {})
	first := newDownload(k, c.OrganizationID, "ios", noon)
	refused := newDownload(k, c.OrganizationID, "windows", noon.Add(time.Minute))
	refused.SettingsID, refused.Refused = "", "Windows cannot do this."
	countDownloads(t, s, first, refused, newDownload(k, c.OrganizationID, "ios", noon.Add(time.Hour)))
	counted := *first
	counted.Last, counted.Count = noon.Add(time.Hour).UTC(), 2
	equal(t, "downloads", must(s.Downloads(ctx, c.ID))(t), []*onboarding.Download{&counted, refused})

	for i := range onboarding.MaxDownloads + 5 {
		d := newDownload(k, c.OrganizationID, "ios", noon.Add(2*time.Hour).Add(time.Duration(i)*time.Minute))
		d.SettingsID = fmt.Sprint("more", i)
		countDownloads(t, s, d)
	}
	kept := must(s.Downloads(ctx, c.ID))(t)
	if len(kept) != onboarding.MaxDownloads || kept[0].SettingsID != fmt.Sprint("more", onboarding.MaxDownloads+4) {
		t.Errorf("%d downloads kept, the last %+v", len(kept), kept[0])
	}

	minimised, ofMinimised := storedWithCredential(t, s, func(c *onboarding.Customer, _ *onboarding.Credential) {
		c.PPD = ptr(false)
	})
	countDownloads(t, s, newDownload(ofMinimised, minimised.OrganizationID, "ios", noon))
	equal(t, "of a minimised customer", len(must(s.Downloads(ctx, minimised.ID))(t)), 0)

	settings := &onboarding.ProfileSettings{ID: "s1", OrganizationID: "o1", Version: 3, First: noon.UTC(),
		WiFi: newOrganization().WiFi}
	changed := *settings
	changed.Version = 4
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.PutProfileSettings(ctx, settings); err != nil {
			return err
		}
		return tx.PutProfileSettings(ctx, &changed)
	})
	equal(t, "settings", must(s.ProfileSettings(ctx, "s1"))(t), settings)
	_, err := s.ProfileSettings(ctx, "s2")
	notFound(t, "unknown settings", err)
}

// testHeldProfiles checks which profiles devices may still use, and their pages.
func testHeldProfiles(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	now := noon.Add(48 * time.Hour)
	at := now.Add(-time.Hour)
	stored := func(change func(*onboarding.Customer, *onboarding.Credential)) *onboarding.Credential {
		t.Helper()
		_, k := storedWithCredential(t, s, func(c *onboarding.Customer, k *onboarding.Credential) {
			c.OrganizationID = "o1"
			k.Created, k.Expires = noon, now.Add(time.Hour)
			change(c, k)
		})
		return k
	}
	held := stored(func(*onboarding.Customer, *onboarding.Credential) {})
	locked := stored(func(c *onboarding.Customer, _ *onboarding.Credential) { c.Locked = true })
	expired := stored(func(_ *onboarding.Customer, k *onboarding.Credential) { k.Expires = now })
	elsewhere := stored(func(c *onboarding.Customer, _ *onboarding.Credential) { c.OrganizationID = "o2" })
	removed := stored(func(*onboarding.Customer, *onboarding.Credential) {})
	again := stored(func(*onboarding.Customer, *onboarding.Credential) {})
	rotated := stored(func(*onboarding.Customer, *onboarding.Credential) {})
	older := newDownload(rotated, "o1", "ios", at)
	older.Credential = noon.Add(-time.Hour).UTC()
	old := newDownload(held, "o1", "ios", at.Add(-time.Minute))
	old.SettingsID = "s0"
	refused := newDownload(held, "o1", "windows", at)
	refused.SettingsID = ""
	countDownloads(t, s, old, newDownload(held, "o1", "ios", at), newDownload(held, "o1", "android", at), refused,
		newDownload(locked, "o1", "ios", at), newDownload(expired, "o1", "ios", at),
		newDownload(elsewhere, "o2", "ios", at), newDownload(removed, "o1", "ios", at),
		newDownload(again, "o1", "ios", at), older)
	install := func(k *onboarding.Credential, platform string, installed time.Time, removed *time.Time) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			_, _, err := tx.PutInstallation(ctx, &onboarding.Installation{ID: onboarding.NewID(),
				CustomerID: k.CustomerID, Platform: platform, Type: onboarding.TypePasspoint, InstalledBy: "web",
				Installed: installed, Recorded: installed, Removed: removed, Source: onboarding.SourceVisitor})
			return err
		})
	}
	install(held, "ios", at, nil)
	install(removed, "ios", at, ptr(now))
	install(again, "ios", at, ptr(now))
	install(again, "ios", at.Add(time.Minute), nil)
	install(rotated, "ios", at, nil)
	install(rotated, "macos", at, nil)
	install(expired, "macos", at, nil)

	var got []string
	q := onboarding.HeldQuery{OrganizationID: "o1", Now: now, Limit: 2}
	for {
		page := must(s.HeldProfiles(ctx, q))(t)
		for _, h := range page {
			got = append(got, fmt.Sprint(h.CustomerID, " ", h.Platform, " ", h.SettingsID, " ", h.Locked, " ",
				h.Installed != nil))
		}
		if len(page) < q.Limit {
			break
		}
		last := page[len(page)-1]
		q.CustomerID, q.Platform = last.CustomerID, last.Platform
	}
	// IDs are in the order of their creation.
	equal(t, "held profiles", got, []string{
		held.CustomerID + " android s1 false false", held.CustomerID + " ios s1 false true",
		locked.CustomerID + " ios s1 true false", again.CustomerID + " ios s1 false true",
	})
	equal(t, "unknown profiles", must(s.UnknownProfiles(ctx, "o1", now))(t), map[string]int{"macos": 1})
}

// testLinkPlatforms checks that a link and those that share its hits remember the platforms.
func testLinkPlatforms(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c, _ := storedWithCredential(t, s, func(*onboarding.Customer, *onboarding.Credential) {})
	link := newLink(c, 10)
	sharing := newLink(c, 10)
	sharing.SharesHitsOf = link.TokenHash
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertLink(ctx, link); err != nil {
			return err
		}
		if err := tx.InsertLink(ctx, sharing); err != nil {
			return err
		}
		for _, platform := range []string{"macos", "ios", "ios", "settings-ios"} {
			if err := tx.AddLinkPlatform(ctx, sharing.TokenHash, platform); err != nil {
				return err
			}
		}
		return nil
	})
	for _, hash := range []string{link.TokenHash, sharing.TokenHash} {
		equal(t, "platforms", must(s.Link(ctx, hash))(t).Platforms, []string{"ios", "macos", "settings-ios"})
	}
}

// testConfirmedInstallations checks which installations an Access-Accept confirms.
func testConfirmedInstallations(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	put := func(platform string, installed time.Time, removed *time.Time) {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			_, _, err := tx.PutInstallation(ctx, &onboarding.Installation{ID: onboarding.NewID(), CustomerID: c.ID,
				Platform: platform, Type: onboarding.TypePasspoint, InstalledBy: "web", Installed: installed,
				Recorded: installed, Removed: removed, Source: onboarding.SourceApp})
			return err
		})
	}
	put("ios", noon, nil)
	put("macos", noon.Add(time.Second), ptr(noon.Add(time.Minute)))
	put("android", noon.Add(time.Hour), nil)
	for _, at := range []time.Time{noon.Add(2 * time.Minute), noon.Add(3 * time.Minute)} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.ConfirmInstallations(ctx, c.ID, at)
		})
	}
	for _, i := range must(s.Installations(ctx, c.ID))(t) {
		want := (*time.Time)(nil)
		if i.Platform == "ios" {
			want = ptr(noon.Add(2 * time.Minute))
		}
		equal(t, i.Platform, i.Confirmed, want)
		equal(t, "source", i.Source, onboarding.SourceApp)
	}
}
