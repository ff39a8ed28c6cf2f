package templates

import _ "embed"

// DemoOrganization is the tenant file of the demo organization. Its trustAnchor is the file name radius-root.pem, which whoever
// applies it resolves.
//
//go:embed demo/organization.yaml
var DemoOrganization []byte

// What the demo organization file says, for those who need it before they read it.
const (
	DemoOrganizationID = "0d0e0000000000000000000000000001"
	DemoLocationID     = "0d0e0000000000000000000000000002"
	DemoServerName     = "radius.demo.onramp.example"
)
