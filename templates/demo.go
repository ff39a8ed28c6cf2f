package templates

import _ "embed"

// DemoOrganization is the tenant file of the demo organization. Its trustAnchor is
// the file name radius-root.pem, under which the caller provides the root of the
// development RADIUS server.
//
//go:embed demo/organization.yaml
var DemoOrganization []byte

// Constants of the demo organization's tenant file.
const (
	DemoOrganizationID = "0d0e0000000000000000000000000001"
	DemoLocationID     = "0d0e0000000000000000000000000002"
	DemoServerName     = "radius.demo.onramp.example"
)
