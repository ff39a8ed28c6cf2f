package radius

import (
	"context"

	"onramp/onboarding"
)

// noteRefusal records the subject of a rejection, for the request's log line. It leaves out a
// customer who refuses the processing of personal data. login may be nil or the decoy's.
func (s *AAA) noteRefusal(
	ctx context.Context, from *origin, login *onboarding.Login, reason onboarding.Reason,
) {
	subject := onboarding.SubjectOf(ctx)
	subject.Reason = reason
	subject.OrganizationID, subject.HotspotID, subject.AccessPoint = from.OrganizationID, from.HotspotID, from.key
	if login == nil || login.CustomerID == s.sealer.Decoy().CustomerID {
		return
	}
	if subject.OrganizationID == "" {
		subject.OrganizationID = login.OrganizationID
	}
	if !login.Minimised {
		subject.CustomerID = login.CustomerID
	}
}
