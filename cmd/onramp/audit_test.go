package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
)

// unauditedCommands are the commands that record nothing of their own, each with the reason.
var unauditedCommands = map[string]string{
	"serve":                 "its requests record; a changed address is a settings.changed",
	"migrate":               "records settings.changed with --finish; else works without the master key",
	"backup script":         "prints a script of the program",
	"backup verify":         "verifies a copy in a temporary folder, whose rows are those of the copy",
	"restore":               "the restored database has the row, which the test of package backup checks",
	"rekey":                 "prints its help",
	"import":                "prints its help",
	"import contacts":       "records as import csv, by the same use case",
	"import radcheck":       "records as import csv, by the same use case",
	"import radacct":        "records contact.changed, which its own test checks",
	"rekey radius":          "records secret.changed and secret.forgotten",
	"vacuum":                "rewrites the file, and works without the master key",
	"monitoring":            "prints a file of the program",
	"init":                  "writes a file of its own, and at most the development certificates",
	"doctor":                "shows no person; its probes are no persons",
	"healthcheck":           "asks a running server",
	"version":               "prints the version",
	"link":                  "prints a public address",
	"poster":                "prints a public address",
	"messages":              "shows no person",
	"webhook list":          "shows no person",
	"retention":             "records what it deletes (package retention), and shows counts only",
	"completion":            "prints a file of the program",
	"__complete":            "completes a command line",
	"__completeNoDesc":      "completes a command line",
	"completion bash":       "prints a file of the program",
	"completion fish":       "prints a file of the program",
	"completion zsh":        "prints a file of the program",
	"completion powershell": "prints a file of the program",
}

// auditTrail returns all rows of the audit of a data folder, chained.
func auditTrail(t *testing.T, f *flags) []onboarding.AuditRow {
	t.Helper()
	var rows []onboarding.AuditRow
	if err := withService(t.Context(), f, func(d *storage, s *deployment.Deployment) error {
		ctx := t.Context()
		if err := s.AuditLog.Chain(ctx); err != nil {
			return err
		}
		chains, err := d.store.AuditChains(ctx)
		if err != nil {
			return err
		}
		for _, id := range chains {
			of, err := d.store.AuditRows(ctx, onboarding.AuditQuery{OrganizationID: id, Limit: 1_000_000})
			if err != nil {
				return err
			}
			rows = append(rows, of...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestAuditedCommands runs every command that reads or changes contacts, keys or settings and
// checks that it records its act with the command and the user as actor. A new command needs a case
// here or a reason.
func TestAuditedCommands(t *testing.T) {
	data, dir := filepath.Join(t.TempDir(), "data"), t.TempDir()
	s := startServe(t, data)
	demo := s.demo()
	const email = "anna.rossi@example.com"
	anna := s.must(http.StatusCreated, "POST", "/v3/customers", s.login(demo.AppKey), fmt.Sprintf(
		`{"email":%q,"policies":{"termsOfUse":true,"privacy":true}}`, email)).body["id"].(string)
	if code := s.stop(); code != 0 {
		t.Fatal(s.output)
	}
	good := func(args ...string) string {
		t.Helper()
		code, out, stderr := onramp(t, "", append(args, "--data", data)...)
		if code != 0 && args[0] != "why" && args[0] != "radius-cert" && args[0] != "import" {
			t.Fatalf("%s: %s%s", args, out, stderr)
		}
		return out
	}
	tenant := filepath.Join(dir, "tenant.yaml")
	const webhook, other = "3a8ccd060216452e09b2b32e750cb601", "3a8ccd060216452e09b2b32e750cb602"
	text := strings.Replace(good("export"), "name: Onramp Demo", "name: Renamed Demo", 1)
	text = strings.Replace(text, "    portal:\n", "    webhooks:\n      - {id: "+webhook+
		", url: https://crm.example.com/onramp}\n"+
		"      - {id: "+other+", url: https://crm.example.com/other}\n    portal:\n", 1)
	if err := os.WriteFile(tenant, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	certificate := ""
	if err := filepath.WalkDir(data, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".pem") && strings.Contains(path, "radius") && !strings.Contains(path, "root") &&
			!strings.Contains(path, "key") {
			certificate = path
		}
		return err
	}); err != nil || certificate == "" {
		t.Fatalf("no RADIUS certificate: %v", err)
	}
	people := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(people, []byte("email,firstName,termsOfUse,privacy\n"+email+",Anna,true,true\n"+
		"ada@example.com,Ada,true,true\nbob@example.com,Bob,true,false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	type act struct {
		args    []string
		actions []onboarding.AuditAction
		about   string // a customer
	}
	const created, changed, listed = onboarding.AuditContactCreated, onboarding.AuditSettingsChanged,
		onboarding.AuditContactListed
	did := func(actions ...onboarding.AuditAction) []onboarding.AuditAction { return actions }
	acts := map[string]act{
		"apply":      {args: []string{tenant}, actions: did(changed)},
		"export":     {actions: did(onboarding.AuditSettingsRead)},
		"key list":   {actions: did(onboarding.AuditKeyListed)},
		"key revoke": {args: []string{demo.ManagerKey.ClientKey}, actions: did(onboarding.AuditKeyRevoked)},
		"key change": {
			args:    []string{demo.AppKey.ClientKey, "--label", "App"},
			actions: did(onboarding.AuditKeyChanged),
		},
		"key rotate": {args: []string{demo.AppKey.ClientKey}, actions: did(onboarding.AuditKeyChanged)},
		"key create": {
			args:    []string{"--organization", demo.OrganizationID, "--role", "publicApp"},
			actions: did(onboarding.AuditKeyCreated),
		},
		"seed": {
			args:    []string{"--organization", demo.OrganizationID, "--contacts", "2"},
			actions: did(created, created),
		},
		"import csv": {
			args:    []string{people, "--organization", demo.OrganizationID},
			actions: did(onboarding.AuditContactChanged, created),
		},
		"why":               {args: []string{email}, actions: did(listed, onboarding.AuditContactRead)},
		"radius-cert check": {args: []string{certificate}, actions: did(listed)},
		"radius-cert plan":  {args: []string{certificate}, actions: did(changed, listed)},
		"backup": {
			args:    []string{filepath.Join(dir, "copy")},
			actions: did(onboarding.AuditBackupCreated),
		},
		"webhook secret": {args: []string{other}, actions: did(onboarding.AuditWebhookSecretRead)},
		"webhook rotate": {args: []string{webhook}, actions: did(onboarding.AuditWebhookRotated)},
		"webhook test":   {args: []string{webhook, "--wait", "0s"}, actions: did(onboarding.AuditWebhookTested)},
		"webhook replay": {args: []string{webhook, "--all"}, actions: did(onboarding.AuditWebhookReplayed)},
		"webhook enable": {args: []string{webhook}, actions: did(onboarding.AuditWebhookEnabled)},
		"console":        {actions: did(onboarding.AuditSignInCreated)},
		"rekey master":   {actions: did(onboarding.AuditSecretChanged)},
		"rekey jwt":      {actions: did(onboarding.AuditSecretChanged)},
		"rekey scroll":   {actions: did(onboarding.AuditSecretChanged)},
		"rekey aaa":      {actions: did(onboarding.AuditSecretChanged)},
		"audit verify":   {actions: did(onboarding.AuditVerified)},
		"audit export": {
			args: []string{"--customer", anna}, actions: did(onboarding.AuditExported), about: anna,
		},
		"freeradius": {
			args:    []string{filepath.Join(dir, "raddb")},
			actions: did(onboarding.AuditSecretRead, changed, changed, changed, changed, changed),
		},
	}
	var names []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if name := strings.TrimPrefix(c.CommandPath(), "onramp "); c.Runnable() && c.HasParent() {
			names = append(names, name)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot())
	for _, name := range names {
		a, audited := acts[name]
		if reason := unauditedCommands[name]; audited == (reason != "") {
			t.Errorf("%s: needs a case or a reason, and not both", name)
		}
		if !audited {
			continue
		}
		known := map[string]bool{}
		for _, r := range auditTrail(t, &flags{data: data}) {
			known[r.ID] = true
		}
		good(append(strings.Fields(name), a.args...)...)
		var got []onboarding.AuditAction
		for _, r := range auditTrail(t, &flags{data: data}) {
			if known[r.ID] {
				continue
			}
			got = append(got, r.Action)
			if r.Actor.Kind != onboarding.ActorCommand || !strings.HasPrefix(r.Actor.ID, name+" by ") {
				t.Errorf("%s: %s is recorded as an act of %+v", name, r.Action, r.Actor)
			}
			if a.about != "" && r.Target != onboarding.TargetContact {
				t.Errorf("%s: %s is about %s %s", name, r.Action, r.Target, r.TargetID)
			}
		}
		slices.Sort(got)
		slices.Sort(a.actions)
		if !slices.Equal(got, a.actions) {
			t.Errorf("%s: recorded %q, want %q", name, got, a.actions)
		}
	}
}

// TestAuditHoldsNoValue registers, reads, changes and deletes a person by every way, and searches
// the tables of the audit, and the output of audit export, for the person.
func TestAuditHoldsNoValue(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	const guid = "device-0123456789abcdef-of-her"
	values := []string{
		"Xaverine", "Quastenflosser", "xaverine@secret-mail.example", "4915112345678", "xq-username", "xq-password",
		"PASS-778899", "custom-name-of-hers", "custom-value-of-hers", "crm-4711-x", guid,
	}
	id := s.must(http.StatusCreated, "POST", "/v3/customers", app, `{"firstName":"Xaverine",
		"lastName":"Quastenflosser","email":"xaverine@secret-mail.example","phoneNumber":"+4915112345678",
		"username":"xq-username",
		"password":"xq-password","document":{"passportNumber":"PASS-778899"},"extId":"crm-4711-x",
		"custom":{"custom-name-of-hers":"custom-value-of-hers"},"guid":"`+guid+`",
		"policies":{"termsOfUse":true,"privacy":true}}`, "Idempotency-Key", "xq-username").body["id"].(string)
	org := "/organizations/" + demo.OrganizationID
	for _, get := range []string{
		"/v2/customers/" + id, "/v3/customers/" + id + "/export", "/v2/customers/" + id + "/events",
		"/v2/customers" + org + "?email=xaverine@secret-mail.example", "/v1" + org + "/events",
		"/v2/customers" + org + "/exist?email=xaverine@secret-mail.example",
		"/v3/customers/" + id + "/profile?platform=ios",
	} {
		s.must(http.StatusOK, "GET", get, manager, "")
	}
	s.must(http.StatusOK, "PUT", "/v3/customers/"+id, app, `{"lastName":"Quastenflosser",
		"custom":{"custom-name-of-hers":"custom-value-of-hers"}}`, "Onramp-Guid", guid)
	s.must(http.StatusForbidden, "GET", "/v3/customers/"+id, s.login(s.secondApp(demo.OrganizationID)), "")
	s.must(http.StatusNotFound, "GET", "/v2/customers/xaverine@secret-mail.example", manager, "")
	if code, out, stderr := onramp(t, "", "why", "xaverine@secret-mail.example", "--data", data); code == 2 {
		t.Fatal(out, stderr)
	}
	s.must(http.StatusOK, "DELETE", "/v1/customers/"+id, manager, "")
	if code := s.stop(); code != 0 {
		t.Fatal(s.output)
	}
	_, exported, stderr := onramp(t, "", "audit", "export", "--data", data)
	if n := strings.Count(exported, "\n"); n < 12 {
		t.Fatalf("%d rows are exported: %s%s", n, exported, stderr)
	}
	var all string
	for table, rows := range rawSQLite(t, filepath.Join(data, "onramp.db")) {
		if strings.HasPrefix(table, "audit_") {
			all += fmt.Sprintln(rows)
		}
	}
	if !strings.Contains(all, "contact.deleted") {
		t.Fatal("the tables are not searched")
	}
	for _, v := range append(values, id) {
		for where, text := range map[string]string{"the tables": all, "audit export": exported} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(v)) {
				t.Errorf("%q is in %s of the audit", v, where)
			}
		}
	}
}

// secondApp creates another key of an app.
func (s *serving) secondApp(organization string) (key datafolder.DemoKey) {
	s.t.Helper()
	code, out, stderr := onramp(s.t, "", "key", "create", "--data", s.data, "--organization", organization, "--role",
		"publicApp")
	if err := json.Unmarshal([]byte(out), &key); err != nil || code != 0 {
		s.t.Fatal(err, stderr)
	}
	return key
}
