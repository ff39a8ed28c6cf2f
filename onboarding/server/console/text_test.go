package console

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/poster"
	"onramp/onboarding/statistics"
	"onramp/templates"
)

// keysOf returns the keys of a language's texts.
func keysOf(t *texts) []string { return slices.Sorted(maps.Keys(t.one)) }

// placeholders are the parts of a text that the pages replace.
var placeholders = regexp.MustCompile(`\{[a-z]+\}`)

// TestTexts: each language has the same keys with the same placeholders, and no empty text.
func TestTexts(t *testing.T) {
	first := allTexts()[languages[0]]
	if len(allTexts()) != len(languages) {
		t.Errorf("%d languages have texts, and %d are offered", len(allTexts()), len(languages))
	}
	for code, other := range allTexts() {
		if got, want := keysOf(other), keysOf(first); !slices.Equal(got, want) {
			for _, key := range slices.Concat(got, want) {
				if !slices.Contains(got, key) || !slices.Contains(want, key) {
					t.Errorf("%s: the key %s is in one language only", code, key)
				}
			}
			continue
		}
		for _, key := range keysOf(first) {
			text := other.must(key)
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", code, key)
			}
			want := slices.Sorted(slices.Values(placeholders.FindAllString(first.must(key), -1)))
			if got := slices.Sorted(slices.Values(placeholders.FindAllString(text, -1))); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the placeholders %v, not %v", code, key, got, want)
			}
		}
	}
}

// TestUsedTexts: every key that the pages use exists, and every key is used.
func TestUsedTexts(t *testing.T) {
	used := map[string]bool{}
	use := func(keys ...string) {
		for _, key := range keys {
			used[key] = true
		}
	}
	names, err := fs.Glob(templates.Console, "console/*.html")
	if err != nil {
		t.Fatal(err)
	}
	inTemplate := regexp.MustCompile(`\.T "([a-zA-Z]+\.[a-zA-Z0-9]+)"`)
	for _, name := range names {
		raw, err := templates.Console.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inTemplate.FindAllStringSubmatch(string(raw), -1) {
			use(m[1])
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	inCode := regexp.MustCompile(`must\("([a-zA-Z]+\.[a-zA-Z0-9]+)"[,)]`)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inCode.FindAllStringSubmatch(string(raw), -1) {
			use(m[1])
		}
	}
	for _, s := range sections {
		use("nav." + s.name)
	}
	for _, key := range slices.Concat(slices.Collect(maps.Values(errorKeys)), []string{
		"internal", signOnExpired, signOnDenied, signOnRefused, signOnNoRole, signOnDown,
	}) {
		use("error."+key, "remedy."+key)
	}
	for _, state := range []connectivity.State{
		connectivity.Connected, connectivity.NotConnected, connectivity.NeverConnected,
	} {
		use("state." + string(state))
	}
	for _, cause := range connectivity.Causes() {
		use("cause."+string(cause), "step."+string(cause))
	}
	for _, c := range []connectivity.Confidence{
		connectivity.Certain, connectivity.Likely, connectivity.Possible,
	} {
		use("confidence." + string(c))
	}
	for _, source := range []connectivity.Source{
		connectivity.SourceRADIUS, connectivity.SourceAccounting, connectivity.SourceProfile,
		connectivity.SourceInstallation, connectivity.SourceCredential, connectivity.SourceConsent,
		connectivity.SourceSettings, connectivity.SourceCertificate, connectivity.SourceProbe,
	} {
		use("source." + string(source))
	}
	for _, policy := range []string{
		onboarding.TermsOfUse, onboarding.Privacy, onboarding.MktgCommunication, onboarding.AgeVerification,
		onboarding.Profiling, onboarding.PPD,
	} {
		use("policy." + policy)
	}
	for _, role := range auth.Roles() {
		use("role." + string(role))
		for _, scope := range auth.PossibleScopes(role) {
			use("scope." + string(scope))
		}
	}
	for _, actor := range []onboarding.ActorKind{
		onboarding.ActorSystem, onboarding.ActorKey, onboarding.ActorLocation,
		onboarding.ActorSupport, onboarding.ActorApp, onboarding.ActorVisitor,
		onboarding.ActorCommand, onboarding.ActorConsole,
	} {
		use("actor." + string(actor))
	}
	for _, days := range refusalDays {
		use("refusals.days" + strconv.Itoa(days))
	}
	for _, act := range []string{actLost, actDelete} {
		use("confirm."+act, "confirm."+act+"Lead")
	}
	for i := range poster.MaxLanguages {
		use("poster.language" + strconv.Itoa(i+1))
	}
	for _, act := range []string{keyRotate, keyRevoke} {
		use("keys."+act, "keys."+act+"Title", "keys."+act+"Lead")
	}
	for _, state := range []string{"works", "refuses", "silent"} {
		use("accessPoints." + state)
	}
	for _, notice := range []string{
		"locked", "unlocked", "deleted", "missing", "revoked", "adopted", "saved", "restored", "enabled", "replayed",
		"tested",
	} {
		use("notice." + notice)
	}
	for _, state := range []string{"new", "ok", "failing", "disabled"} {
		use("webhooks." + state)
	}
	network, err := os.ReadFile("network.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\blabel\("([a-zA-Z]+)"`).FindAllStringSubmatch(string(network), -1) {
		use("network." + m[1])
	}
	for _, step := range []string{"opened", "signedUp", "took", "joined"} {
		use("overview." + step)
	}
	for _, platform := range statistics.Platforms {
		use("system." + platform)
	}
	for state := range healthTones {
		name := string(state)
		use("healthState."+name, "checkText.hidden"+strings.ToUpper(name[:1])+name[1:])
	}
	for _, check := range healthChecks {
		use("check."+check.key, "fix."+check.key)
	}
	doctor, err := filepath.Glob("../../doctor/*.go")
	if err != nil || len(doctor) == 0 {
		t.Fatalf("the checks: %v, %v", doctor, err)
	}
	ofCheck := regexp.MustCompile(`\bas\("([a-zA-Z]+)"`)
	for _, name := range doctor {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ofCheck.FindAllStringSubmatch(string(raw), -1) {
			use("checkText." + m[1])
		}
	}
	for severity := range tonesOf {
		use("severity." + string(severity))
	}
	for _, name := range []string{CertificateSigner, CertificateHTTPS, certificateRADIUS, certificateAnchor} {
		use("certificates." + name)
	}
	for result := range predictions {
		use("certificates." + string(result))
	}
	use("layout.language")
	first := allTexts()[languages[0]]
	for key := range used {
		if !first.has(key) {
			t.Errorf("the pages use %s, which has no text", key)
		}
	}
	for _, key := range keysOf(first) {
		if !used[key] {
			t.Errorf("no page uses %s", key)
		}
	}
}

// TestCauseTexts: the English texts of causes and steps are those of the verdict.
func TestCauseTexts(t *testing.T) {
	for _, cause := range connectivity.Causes() {
		if got, want := allTexts()["en"].must("cause."+string(cause)), cause.Text(); got != want {
			t.Errorf("%s: %q, want %q", cause, got, want)
		}
		if got, want := allTexts()["en"].must("step."+string(cause)), cause.OperatorStep(); got != want {
			t.Errorf("%s: %q, want %q", cause, got, want)
		}
	}
}

// TestHarmless: a spreadsheet runs none of the cells as a formula.
func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+39": "'+39", "-2": "'-2", "@A1": "'@A1", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"": "", "Ada": "Ada", "a=b": "a=b", " =1": " =1",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestSize: the units of traffic.
func TestSize(t *testing.T) {
	for octets, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 1_500_000: "1.5 MB", 999_949: "999.9 kB", 999_960: "1.0 MB",
		3_000_000_000: "3.0 GB", 5_000_000_000_000_000: "5000.0 TB",
	} {
		if got := size(octets); got != want {
			t.Errorf("%d: %s, want %s", octets, got, want)
		}
	}
}

// TestChart: bars within the height, one for each value above 0, in proportion.
func TestChart(t *testing.T) {
	svg := string(newChart([]int64{0, 1, 1_000_000, 500_000}, `5 "refusals"`).SVG)
	if n := strings.Count(svg, "<rect"); n != 3 {
		t.Errorf("%d bars", n)
	}
	for _, want := range []string{
		`height="28"/>`, `height="14"/>`, `height="1"/>`, `aria-label="5 &#34;refusals&#34;"`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %s", want, svg)
		}
	}
}
