package tenant

import (
	"context"
	"errors"

	"onramp/onboarding"
	"onramp/profiles"
)

// settingXMLRefusal holds the signer's XMLRefusal of the last serve on this database, for commands
// that load no signer.
const settingXMLRefusal = "signer-xml-refusal"

// RecordSigner stores the signer's XMLRefusal for apply to report. It is called at start and after
// each renewal.
func (s *Tenants) RecordSigner(ctx context.Context) error {
	refusal := s.signer.XMLRefusal()
	known, err := s.store.Setting(ctx, settingXMLRefusal)
	if err == nil && known == refusal || errors.Is(err, onboarding.ErrNotFound) && refusal == "" {
		return nil
	}
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return err
	}
	if refusal != "" {
		s.log.WarnContext(ctx, "profiles for Windows cannot be signed", "reason", refusal)
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.PutSetting(ctx, settingXMLRefusal, refusal) })
}

// xmlRefusal returns why no XML document can be signed, by the signer at hand or that of the last
// serve.
func (s *Tenants) xmlRefusal(ctx context.Context, r onboarding.SecretReader) (string, error) {
	if s.signer != nil {
		return s.signer.XMLRefusal(), nil
	}
	refusal, err := r.Setting(ctx, settingXMLRefusal)
	if errors.Is(err, onboarding.ErrNotFound) {
		return "", nil
	}
	return refusal, err
}

// checkSigner warns of platforms whose documents the deployment cannot sign.
func checkSigner(o *onboarding.Organization, f *findings, xmlRefusal string) {
	if xmlRefusal == "" || len(f.errors()) > 0 {
		return
	}
	for _, known := range *f {
		if known.Platform == profiles.Windows && known.Rule == "platform-unsupported" {
			return
		}
	}
	*f = append(*f, onboarding.Finding{
		Severity: onboarding.SeverityWarning, Field: "wifi", Platform: profiles.Windows, Rule: "platform-unsigned",
		Message: xmlRefusal, Remedy: "give serve an RSA certificate with --signing-cert and --signing-key",
	})
}
