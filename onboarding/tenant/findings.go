package tenant

import (
	"onramp/onboarding"
)

// findings collects them.
type findings []onboarding.Finding
