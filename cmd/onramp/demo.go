package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/tenantfile"
	"onramp/templates"
)

// ensureDemo creates the demo organization if the database is empty, and writes demo.json to the
// data folder. On later starts it updates only the URLs and files that changed in demo.json. It
// returns nil if the database holds other organizations only.
func ensureDemo(
	ctx context.Context, s *deployment.Deployment, folder *datafolder.Folder, pki *certs.Development,
	publicURL, aaaSecret string,
) (*datafolder.Demo, error) {
	known, err := s.Tenant.Export(ctx, "")
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		if err := applyDemo(ctx, s, pki); err != nil {
			return nil, fmt.Errorf("demo organization: %w", err)
		}
	} else if _, err := s.Tenant.Export(ctx, templates.DemoOrganizationID); err != nil {
		if onboarding.KindOf(err) == onboarding.NotFound {
			return nil, nil
		}
		return nil, err
	}
	demo, err := folder.ReadDemo()
	if err != nil {
		return nil, err
	}
	before := datafolder.Demo{}
	if demo == nil { // the first start, or one that was killed before it wrote the file
		if demo, err = demoKeys(ctx, s); err != nil {
			return nil, err
		}
	} else {
		before = *demo
	}
	demo.PortalURL = publicURL + "/portal/" + demo.OrganizationID
	demo.AAASecret = aaaSecret
	demo.ProfileRoot, demo.RADIUSRoot = pki.ProfileRoot, pki.RADIUSRoot
	if *demo == before {
		return demo, nil
	}
	return demo, folder.WriteDemo(demo)
}

// applyDemo applies the embedded tenant file with the development RADIUS root as its anchor.
func applyDemo(ctx context.Context, s *deployment.Deployment, pki *certs.Development) error {
	file := tenantfile.Parse("demo", templates.DemoOrganization, tenantfile.Environment{
		ReadFile: func(name string) ([]byte, error) {
			if name != "radius-root.pem" {
				return nil, fs.ErrNotExist
			}
			return os.ReadFile(pki.RADIUSRoot)
		},
	})
	if len(file.Diagnostics) > 0 {
		return errors.New(file.Diagnostics[0].String())
	}
	_, err := s.Tenant.Apply(ctx, file.Organizations)
	return err
}

func demoKeys(ctx context.Context, s *deployment.Deployment) (*datafolder.Demo, error) {
	d := &datafolder.Demo{OrganizationID: templates.DemoOrganizationID, LocationID: templates.DemoLocationID}
	for _, k := range []struct {
		role auth.Role
		to   *datafolder.DemoKey
	}{{auth.OrganizationManager, &d.ManagerKey}, {auth.PublicApp, &d.AppKey}} {
		var err error
		if k.to.ClientKey, k.to.ClientSecret, err = s.Access.CreateKey(ctx, d.OrganizationID, k.role,
			auth.RoleScopes(k.role)); err != nil {
			return nil, err
		}
	}
	return d, nil
}
