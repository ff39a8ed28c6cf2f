package store

import (
	"onramp/onboarding"
	"sync"
)

// organizationCache keeps the parsed documents of this process by ID and version. It never answers by itself: the version is asked of
// the database at each read, so that what another process applies is seen at once.
type organizationCache struct{ byID sync.Map }

func (c *organizationCache) get(id string, version int64) *onboarding.Organization {
	if v, ok := c.byID.Load(id); ok {
		if o := v.(*onboarding.Organization); o.Version == version {
			return o
		}
	}
	return nil
}

// any returns the organization as this process read it last, which may be out of date; nil if it never did.
func (c *organizationCache) any(id string) *onboarding.Organization {
	if v, ok := c.byID.Load(id); ok {
		return v.(*onboarding.Organization)
	}
	return nil
}

// put remembers an organization whose version is committed.
func (c *organizationCache) put(o *onboarding.Organization) { c.byID.Store(o.ID, o) }
