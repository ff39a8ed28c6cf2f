package connectivity

import (
	"slices"
	"time"

	"onramp/onboarding"
)

// ruling is a person's cause.
type ruling struct {
	cause  Cause
	detail Detail
	sure   Confidence
}

// withoutProfile rules on a person to whom no profile was ever handed out.
func (f *facts) withoutProfile() (ruling, bool) {
	if f.answered() {
		return ruling{}, false
	}
	if slices.ContainsFunc(f.downloads, func(d *onboarding.Download) bool { return d.Refused != "" }) {
		return ruling{CausePlatformCannot, "", Certain}, true
	}
	return ruling{CauseNeverDownloaded, "", Certain}, true
}

// outdatedProfile rules on a person whose devices have a profile that no longer works: one from
// before the rotation of the password, or an expired one.
func (f *facts) outdatedProfile() (ruling, bool) {
	current := f.currentDownload()
	if current == nil && f.rotated() && f.answered() {
		return ruling{CauseRotated, "", Likely}, true
	}
	if current == nil || current.Expires.IsZero() {
		return ruling{}, false
	}
	for _, d := range f.downloads {
		if d.SettingsID != "" && d.Credential.Equal(f.credential.Created) && f.now.Before(d.Expires) {
			return ruling{}, false
		}
	}
	return ruling{CauseExpired, DetailProfile, Likely}, true
}

// uninstalled rules on a person whose profile no station has tried.
func (f *facts) uninstalled() ruling {
	present := func(i *onboarding.Installation) bool {
		return i.Removed == nil && !reportedAt(i).Before(f.credential.Created)
	}
	switch {
	case slices.ContainsFunc(f.installations, present):
		return ruling{CauseNotInstalled, DetailReported, Possible}
	case f.removedAll():
		return ruling{CauseNotInstalled, DetailRemoved, Likely}
	}
	return ruling{CauseNotInstalled, "", Likely}
}

// reportedAt returns the time when an installation was reported. The clock of the device may be
// wrong.
func reportedAt(i *onboarding.Installation) time.Time {
	return onboarding.MaxTime(i.Installed, i.Recorded)
}

// removedAll reports whether there are installations and the removal of each was reported.
func (f *facts) removedAll() bool {
	return len(f.installations) > 0 && !slices.ContainsFunc(f.installations,
		func(i *onboarding.Installation) bool { return i.Removed == nil })
}
