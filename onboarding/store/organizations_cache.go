package store

import (
	"sync"

	"onramp/onboarding"
)

// organizationCache holds this process's parsed organizations by ID and version. Each read compares
// the version with the database, so that a change by another process is visible at once.
type organizationCache struct{ byID sync.Map }

// get returns the organization if it is cached in that version, else nil.
func (c *organizationCache) get(id string, version int64) *onboarding.Organization {
	if v, ok := c.byID.Load(id); ok {
		if o := v.(*onboarding.Organization); o.Version == version {
			return o
		}
	}
	return nil
}

// any returns the organization as last read by this process, which may be out of date; nil if it
// was never read.
func (c *organizationCache) any(id string) *onboarding.Organization {
	if v, ok := c.byID.Load(id); ok {
		return v.(*onboarding.Organization)
	}
	return nil
}

// put stores an organization whose version is committed.
func (c *organizationCache) put(o *onboarding.Organization) { c.byID.Store(o.ID, o) }
