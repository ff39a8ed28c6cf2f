package main

import (
	"bufio"
	"cmp"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"onramp/onboarding/forecast"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// certificateText prints a forecast for people: the customers whose profiles do not accept the
// certificate, the counts, and the steps of a safe change.
type certificateText struct {
	w         *bufio.Writer
	chain     []*x509.Certificate
	candidate *forecast.Candidate
	refused   bool
}

func (r *certificateText) profile(p forecast.Profile) error {
	r.refused = true
	_, err := fmt.Fprintf(r.w, "%-7s  customer %s  %-16s  %s\n", p.Result, p.CustomerID, p.Platform,
		because(p.Verdict))
	return err
}

// because returns the reason of a verdict with its detail.
func because(v trust.Verdict) string {
	if v.Detail == "" {
		return string(v.Reason)
	}
	return string(v.Reason) + " (" + string(v.Detail) + ")"
}

func (r *certificateText) end(s *forecast.Summary) error {
	if r.refused {
		r.line("")
	}
	leaf := r.chain[0]
	r.line("Certificate: %s, issued by %s, valid until %s", strings.Join(names(leaf), ", "), leaf.Issuer,
		leaf.NotAfter.UTC().Format(time.DateOnly))
	r.line("Profiles: %d; accept: %d, refuse: %d, unknown: %d%s", s.Profiles, s.Accept, s.Refuse, s.Unknown,
		share(s.Accept, s.Profiles))
	if err := r.platforms(s); err != nil {
		return err
	}
	r.verdicts(s)
	r.progress(s)
	r.steps(s)
	return nil
}

// names returns the names in a certificate that phones compare.
func names(c *x509.Certificate) []string {
	if len(c.DNSNames) > 0 {
		return c.DNSNames
	}
	return []string{c.Subject.CommonName}
}

func (r *certificateText) line(format string, args ...any) {
	fmt.Fprintf(r.w, format+"\n", args...) // the error is that of Flush
}

func share(part, all int) string {
	if all == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.1f %% accept)", 100*float64(part)/float64(all))
}

func (r *certificateText) platforms(s *forecast.Summary) error {
	if len(s.ByPlatform) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(r.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  PLATFORM\tACCEPT\tREFUSE\tUNKNOWN")
	for _, p := range slices.Sorted(maps.Keys(s.ByPlatform)) {
		c := s.ByPlatform[p]
		fmt.Fprintf(table, "  %s\t%d\t%d\t%d\n", p, c.Accept, c.Refuse, c.Unknown)
	}
	return table.Flush()
}

// verdicts prints the reasons of the profiles that do not accept the certificate.
func (r *certificateText) verdicts(s *forecast.Summary) {
	order := func(a, b trust.Verdict) int {
		return cmp.Or(cmp.Compare(a.Result, b.Result), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail))
	}
	for _, v := range slices.SortedFunc(maps.Keys(s.Verdicts), order) {
		r.line("  %s %d because of %s: %s", v.Result, s.Verdicts[v], because(v), v.Explain())
	}
}

// shownDays is the number of days that plan shows.
const shownDays = 14

// progress prints how the share has risen since the candidate was recorded.
func (r *certificateText) progress(s *forecast.Summary) {
	if r.candidate == nil {
		return
	}
	r.line("Recorded on %s, when %d of %d profiles accepted it%s", r.candidate.Recorded.UTC().Format(time.DateOnly),
		r.candidate.Accept, r.candidate.Profiles, share(r.candidate.Accept, r.candidate.Profiles))
	days := s.Shares()
	if len(days) > 0 {
		r.line("Downloaded since %s, still held and accepting: %d", days[0].Day.Format(time.DateOnly), s.Accept)
	}
	if len(days) > shownDays {
		days = days[len(days)-shownDays:]
	}
	for _, d := range days {
		r.line("  %s  %d accept%s", d.Day.Format(time.DateOnly), d.Accept, share(d.Accept, s.Profiles))
	}
}

// steps prints the order of a change without a lost phone, and which step is next.
func (r *certificateText) steps(s *forecast.Summary) {
	if s.Refuse+s.Unknown == 0 {
		r.line("Every known profile accepts it: switch with onramp freeradius --eap-cert --eap-key.")
		return
	}
	r.line("A change without a lost phone, in this order:")
	r.line("1. Widen the settings or the certificate, so that new profiles accept the old and the new one:")
	for _, advice := range advices(s.Verdicts) {
		r.line("   - %s", advice)
	}
	for i := range s.Organizations {
		r.today(&s.Organizations[i])
	}
	r.line("2. Issue the profiles again: send each listed customer a renewal link " +
		"(POST /v2/customers/CUSTOMER/token; the response holds its url).")
	r.line("3. Wait until the share is enough: onramp radius-cert plan shows it by day.")
	r.line("4. Switch: onramp freeradius DIR --eap-cert FILE --eap-key FILE, and restart FreeRADIUS.")
	r.line("5. Narrow the settings: remove the old name, and run onramp apply.")
}

// today prints whether the profiles of an organization's present settings accept the certificate.
func (r *certificateText) today(t *forecast.Today) {
	if t.Accepts() {
		r.line("   organization %s: done, new profiles accept it on every platform", t.Organization.ID)
		return
	}
	platforms := map[string][]string{}
	var order []string
	for _, p := range profiles.Platforms() {
		v, ok := t.Platforms[p]
		if !ok || v.Result == trust.Accept {
			continue
		}
		why := because(v)
		if platforms[why] == nil {
			order = append(order, why)
		}
		platforms[why] = append(platforms[why], string(p))
	}
	if len(order) == 0 {
		r.line("   organization %s: its settings allow no profile; see onramp doctor", t.Organization.ID)
		return
	}
	r.line("   organization %s: to do, new profiles do not accept it:", t.Organization.ID)
	for _, why := range order {
		r.line("     %s on %s", why, strings.Join(platforms[why], ", "))
	}
}

// advices returns the ways to make profiles accept a certificate, for the verdicts of a forecast.
func advices(verdicts map[trust.Verdict]int) []string {
	has := map[trust.Reason]bool{}
	detail := map[trust.Detail]bool{}
	for v := range verdicts {
		has[v.Reason], detail[v.Detail] = true, true
	}
	var all []string
	add := func(applies bool, text string) {
		if applies {
			all = append(all, text)
		}
	}
	add(has[trust.Name] || has[trust.SuffixRule],
		"add the full new name to wifi.trustedServerNames beside the old one; with a private root, Android also "+
			"needs wifi.passpoint.homeDomain to be a suffix of both names")
	add(detail[trust.IntermediateMissing], "append the intermediate certificates to the file")
	add(detail[trust.OtherRoot] || detail[trust.IntermediateMissing],
		"a profile holds one private root: let the old root sign the new CA too, and append that cross-certificate "+
			"to the file; then old and new profiles accept it. Public roots are a list: add the new one to "+
			"wifi.publicRoots beside the old one")
	add(detail[trust.AnchorExpired], "replace the expired wifi.trustAnchor, and issue those profiles again")
	add(has[trust.Expiry] && !detail[trust.AnchorExpired], "use certificates that are valid now")
	add(has[trust.KeyType], "use an RSA key of 2048 bits or more, or ECDSA on P-256 or P-384, signed with SHA-256, "+
		"for server authentication")
	add(has[trust.TLS], "let FreeRADIUS offer TLS 1.2")
	add(has[trust.Settings], "issue the profiles of unknown settings again")
	return all
}
