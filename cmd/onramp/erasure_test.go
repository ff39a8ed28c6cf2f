package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit/postgres"
)

// erasing is a server, its database, and the tokens of the demo organization.
type erasing struct {
	*serving
	database string
	manager  string
}

// startErasing starts a server with a segment on a new database of an engine.
func startErasing(t *testing.T, postgresURL string) *erasing {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	e := &erasing{database: filepath.Join(data, "onramp.db")}
	var where []string
	if postgresURL != "" {
		if code, _, stderr := onramp(t, "", "migrate", "--database", postgresURL); code != 0 {
			t.Fatal(stderr)
		}
		e.database, where = postgresURL, []string{"--database", postgresURL}
	}
	e.serving = startServe(t, data, append([]string{"--limits", "secrets=20+1/m"}, where...)...)
	e.stop()
	where = append(where, "--data", data)
	code, exported, stderr := onramp(t, "", append([]string{"export"}, where...)...)
	if code != 0 {
		t.Fatal(stderr)
	}
	segmented := regexp.MustCompile(`(?m)^    portal:`).ReplaceAllString(exported, "    segments:\n      - "+
		"{id: 12d1f8713a1fecb953bcc64220813bc6, name: Recent, when: {visitedWithin: 24h}}\n"+
		"    webhooks:\n      - {id: 3a8ccd060216452e09b2b32e750cb601, url: 'https://127.0.0.1:9/', "+ // refused
		// The event of a deletion holds the ID until it is delivered.
		"events: [customer.created, consent.changed, profile.downloaded, profile.installed, connection.started, "+
		"credential.locked, credential.unlocked]}\n"+
		"    portal:\n      slug: demo-venue")
	file := filepath.Join(t.TempDir(), "venue.yaml")
	if err := os.WriteFile(file, []byte(segmented), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := onramp(t, "", append([]string{"apply", file}, where...)...); code != 0 ||
		segmented == exported {
		t.Fatalf("apply: %s\n%s", stderr, segmented)
	}
	e.start()
	e.manager = e.login(e.demo().ManagerKey)
	return e
}

// live makes a visitor with rows in every table of customers: TestErasure requires it.
func (e *erasing) live(n int) *visitor {
	e.t.Helper()
	// A token proves its last customers only, so that each visitor has an own one.
	v := visit(e.serving, n, e.login(e.demo().AppKey), e.manager)
	mac := fmt.Sprintf("02-4E-5A-61-C3-%02X", 16+n)
	const place = `"NAS-Identifier":"ap1.demo.onramp.example","Called-Station-Id":"02-00-00-00-00-01:Onramp Demo"`
	authenticated := func(username, outcome string) {
		e.radius(http.StatusNoContent, "/aaa/post-auth", fmt.Sprintf(
			`{"User-Name":%q,"Onramp-Outcome":%q,"Calling-Station-Id":%q,%s}`, username, outcome, mac, place))
	}
	authenticated(v.username, "accept")
	authenticated(v.username, "reject")
	authenticated("stranger@elsewhere.example", "handshake")
	return v
}

// claim registers a visitor by the portal, whose address claims a MAC address.
func (e *erasing) claim(n int) *visitor {
	e.t.Helper()
	v := &visitor{serving: e.serving, n: n}
	mac := fmt.Sprintf("02-4e-5a-61-c4-%02x", 16+n)
	v.traces = append(v.traces, mac, strings.ToUpper(mac), strings.ReplaceAll(mac, "-", ":"),
		strings.ReplaceAll(mac, "-", ""))
	page := e.must(http.StatusOK, "GET", strings.TrimPrefix(e.demo().PortalURL, e.url)+"?location="+
		e.demo().LocationID+"&mac="+mac, "", "")
	ticket, action := formTicket.FindSubmatch(page.raw), formAction.FindSubmatch(page.raw)
	if ticket == nil || action == nil {
		e.t.Fatalf("no form in %s", page.raw)
	}
	email := v.mark("portal") + "@example.com"
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(e.url+strings.ReplaceAll(string(action[1]), "&amp;", "&"), url.Values{
		"form": {string(ticket[1])}, "firstName": {v.mark("portalfirst")}, "lastName": {v.mark("portallast")},
		"email": {email}, "policies.termsOfUse": {"true"}, "policies.privacy": {"true"},
		"policies.profiling": {"true"},
	})
	if err != nil {
		e.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		e.t.Fatalf("the sign-up: %d", response.StatusCode)
	}
	found := e.must(http.StatusOK, "GET", fmt.Sprintf("/v2/customers/organizations/%s?email=%s",
		e.demo().OrganizationID, url.QueryEscape(email)), e.manager, "").body["customers"].([]any)
	if len(found) != 1 {
		e.t.Fatalf("%d contacts signed up", len(found))
	}
	contact := found[0].(map[string]any)
	v.cid, v.username = contact["cid"].(string), contact["username"].(string)
	return v
}

// enlarge gives a visitor more events than one transaction deletes.
func (v *visitor) enlarge(manager string) {
	v.t.Helper()
	for range 251 {
		v.must(http.StatusOK, "POST", "/v3/customers/"+v.cid+"/lock", manager, "")
		v.must(http.StatusOK, "POST", "/v3/customers/"+v.cid+"/unlock", manager, "")
	}
}

// TestErasure gives people rows in every table by requests, deletes and minimises some, lets late
// records arrive, and compares each column of each table with the declared rules.
func TestErasure(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testErasure(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { testErasure(t, postgres.Require(t).NewDatabase(t)) })
}

func testErasure(t *testing.T, postgresURL string) {
	e := startErasing(t, postgresURL)
	checkRules(t, e.database)
	// The connections of even numbers that four divides stay open.
	gone := []*visitor{e.live(1), e.live(4), e.claim(20)}
	refusing := []*visitor{e.live(2), e.live(8), e.claim(21)}
	kept := []*visitor{e.live(3), e.live(12), e.claim(22)}
	gone[0].enlarge(e.manager)
	e.queue(slices.Concat(gone, refusing, kept))
	e.verify(slices.Concat(gone, refusing, kept))
	e.operate()
	before := e.settled(slices.Concat(gone, refusing))
	checkFilled(t, before, gone, "deleted")
	checkFilled(t, before, refusing, "minimised")

	for _, v := range gone {
		e.must(http.StatusOK, "DELETE", "/v1/customers/"+v.cid, e.manager, "")
	}
	for _, v := range refusing {
		e.must(http.StatusOK, "PUT", "/v3/customers/"+v.cid, e.manager, `{"ppd":false}`)
	}
	for _, v := range slices.Concat(gone, refusing) {
		v.lateRecords()
	}
	for _, v := range gone {
		v.lateRequests(e.login(e.demo().AppKey))
	}
	after := rawDatabase(t, e.database)
	for _, v := range gone {
		checkDeleted(t, before, after, v)
	}
	for _, v := range refusing {
		checkMinimised(t, before, after, v)
	}
	for _, v := range kept {
		checkUntouched(t, before, after, v)
	}
	for _, r := range store.ErasureRules {
		filled := len(after[r.Table])+len(before[r.Table]) > 0
		if r.Table != folded && filled == slices.Contains(notFilled, r.Table) {
			t.Errorf("table %s has rows: %v. Without, the test does not show its rule", r.Table, filled)
		}
	}
}

// notFilled are tables without rows of customers that stay empty in the test: sweeps follow the
// expiry of a token.
var notFilled = []string{"revocation_sweeps"}

// folded is the table whose rows the server moves to the statistics every few seconds.
const folded = "statistics_changes"

// queue stores a waiting message to each visitor, which the server has no way to send, and the
// sign-in of an operator. It folds the statistics, as the server does every few seconds.
func (e *erasing) queue(people []*visitor) {
	e.t.Helper()
	db, err := store.Open(e.t.Context(), e.database, store.Options{})
	if err != nil {
		e.t.Fatal(err)
	}
	defer db.Close()
	now := time.Now().UTC()
	if err := db.Write(e.t.Context(), func(tx onboarding.Tx) error {
		if _, err := tx.FoldStatistics(e.t.Context(), 1000); err != nil {
			return err
		}
		if err := tx.InsertSignInLink(e.t.Context(), &onboarding.SignInLink{
			Hash: onboarding.NewID(), Role: auth.Support, Created: now, Expires: now.Add(time.Hour),
		}); err != nil {
			return err
		}
		if err := tx.InsertOrganizationVersion(e.t.Context(), &onboarding.OrganizationVersion{
			OrganizationID: e.demo().OrganizationID, Version: 1, Replaced: now, Look: &onboarding.Organization{},
		}); err != nil {
			return err
		}
		if err := tx.InsertOperatorSession(e.t.Context(), &onboarding.OperatorSession{
			ID: onboarding.NewID(), Hash: onboarding.NewID(), AgentHash: onboarding.NewID(), Role: auth.Support,
			Created: now, LastUsed: now, Expires: now.Add(time.Hour),
		}); err != nil {
			return err
		}
		for _, v := range people {
			_, err := tx.InsertMessage(e.t.Context(), &onboarding.Message{
				ID: onboarding.NewID(), OrganizationID: e.demo().OrganizationID, CustomerID: v.cid,
				Channel: onboarding.MessageEmail, Kind: onboarding.MessageReturn, Language: "en",
				Recipient: v.mark("recipient"), Content: onboarding.Sealed{KeyID: "k", Box: []byte(v.mark("content"))},
				Created: now, Due: now, NotAfter: now.Add(time.Hour),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		e.t.Fatal(err)
	}
}

// verify stores a verification, a verified address and an imported row of each visitor, and a wrong
// code.
func (e *erasing) verify(people []*visitor) {
	e.t.Helper()
	db, err := store.Open(e.t.Context(), e.database, store.Options{})
	if err != nil {
		e.t.Fatal(err)
	}
	defer db.Close()
	ctx, now := e.t.Context(), time.Now().UTC()
	if err := db.Write(ctx, func(tx onboarding.Tx) error {
		for _, v := range people {
			organization, recipient := e.demo().OrganizationID, v.mark("verified")
			if err := tx.InsertVerification(ctx, &onboarding.Verification{
				ID: onboarding.NewID(), OrganizationID: organization, CustomerID: v.cid,
				Channel: onboarding.VerifyEmail, Recipient: recipient, Code: v.mark("code"), Tries: 5, Sent: 1,
				Content: onboarding.Sealed{KeyID: "k", Box: []byte(v.mark("address"))},
				Created: now, Resend: now, CodeEnds: now.Add(time.Minute), Expires: now.Add(time.Hour),
			}); err != nil {
				return err
			}
			if err := tx.PutImportedRow(ctx, onboarding.ImportedRow{
				OrganizationID: organization, Source: "csv", Key: onboarding.NewID(), CustomerID: v.cid,
				Content: onboarding.NewID(),
			}); err != nil {
				return err
			}
			if err := tx.PutVerifiedAddress(ctx, onboarding.VerifiedAddress{
				Recipient: recipient, OrganizationID: organization, CustomerID: v.cid, Channel: onboarding.VerifyEmail,
				At: now,
			}); err != nil {
				return err
			}
		}
		return tx.AddWrongCode(ctx, "hash", now)
	}); err != nil {
		e.t.Fatal(err)
	}
}

// operate makes rows that belong to no customer.
func (e *erasing) operate() {
	e.t.Helper()
	const unknown = `"NAS-Identifier":"unknown.example","Called-Station-Id":"02-00-00-00-00-99:Elsewhere"`
	e.radius(http.StatusNoContent, "/aaa/accounting",
		`{"Acct-Status-Type":"Accounting-On","NAS-Identifier":"ap2.demo.onramp.example",`+
			`"Called-Station-Id":"02-00-00-00-00-02:Onramp Demo"}`)
	e.radius(http.StatusNoContent, "/aaa/accounting",
		`{"Acct-Status-Type":"Start","Acct-Unique-Session-Id":"0123456789abcdef0123456789abcdef",`+
			`"Acct-Session-Id":"s","User-Name":"x@y","Calling-Station-Id":"02-00-00-00-0A-01",`+unknown+`}`)
	token := e.login(e.demo().ManagerKey)
	e.must(http.StatusOK, "POST", "/v1/sts/logout", token, "")
	for range 20 { // guesses, which budgets limit
		if _, err := call("POST", e.url+"/v1/sts/login/services", "",
			`{"clientKey":"unknown","clientSecret":"wrong"}`); err != nil {
			e.t.Fatal(err)
		}
	}
}

// settled waits until the tasks of the server have derived the visits and segments of the people
// and chained the audit, and returns the tables.
func (e *erasing) settled(people []*visitor) rawTables {
	e.t.Helper()
	t := e.t.(*testing.T)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		tables := rawDatabase(t, e.database)
		held := map[string]bool{}
		for _, v := range people {
			for table := range tables.rowsOf(v.cid) {
				held[table] = true
			}
		}
		derived := held["visits"] && held["segment_members"] && held["segment_checks"] && len(tables["audit_heads"]) > 0
		if derived || time.Now().After(deadline) {
			return tables
		}
	}
}

// checkFilled requires that the people have rows in each table whose rule needs them.
func checkFilled(t *testing.T, tables rawTables, people []*visitor, fate string) {
	t.Helper()
	for _, r := range store.ErasureRules {
		filled := r.Customer == "" && r.Through == ""
		for _, v := range people {
			filled = filled || len(tables.rowsOf(v.cid)[r.Table]) > 0
		}
		if !filled {
			t.Errorf("nobody to be %s has rows in table %s", fate, r.Table)
		}
	}
}

// lateRecords sends requests about the visitor that arrive after the erasure.
func (v *visitor) lateRecords() {
	v.t.Helper()
	const place = `"NAS-Identifier":"ap1.demo.onramp.example","Called-Station-Id":"02-00-00-00-00-01:Onramp Demo"`
	for _, status := range []string{"Interim-Update", "Stop"} {
		v.radius(http.StatusNoContent, "/aaa/accounting", fmt.Sprintf(
			`{"Acct-Status-Type":%q,"Acct-Unique-Session-Id":"%032x","Acct-Session-Id":%q,"User-Name":%q,`+
				`"Calling-Station-Id":"02-4E-5A-61-C3-%02X","Framed-IP-Address":"10.199.231.%d",`+
				`"Acct-Session-Time":200,%s}`,
			status, v.n+1, fmt.Sprintf("session-%02d-trace", v.n), v.username, 16+v.n, 100+v.n, place))
	}
}

// lateRequests sends the requests of the deleted visitor's phone and browser. Each is refused.
func (v *visitor) lateRequests(app string) {
	v.t.Helper()
	guid, customer := []string{"Onramp-Guid", v.guid}, "/v3/customers/"+v.cid
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/activate/" + v.link, ""},
		{"GET", customer, ""},
		{"PUT", customer, `{"firstName":"first-late-trace"}`},
		{"POST", customer + "/devices", `{"installId":"install-late-trace"}`},
		{"GET", customer + "/profile?platform=ios", ""},
	} {
		a, err := call(r.method, v.url+r.path, app, r.body, guid...)
		if err != nil {
			v.t.Fatal(err)
		}
		if a.status < 400 || a.status >= 500 {
			v.t.Errorf("%s %s of a deleted visitor: %d", r.method, r.path, a.status)
		}
	}
	v.radius(http.StatusUnauthorized, "/aaa/authorize", fmt.Sprintf(`{"User-Name":%q}`, v.username))
}

// checkDeleted compares the tables after the deletion of a visitor with the rules.
func checkDeleted(t *testing.T, before, after rawTables, v *visitor) {
	t.Helper()
	private, own := before.privateValues(v.cid), before.rowsOf(v.cid)
	keeps := map[string]bool{}
	for _, r := range store.ErasureRules {
		for _, column := range r.Keeps {
			keeps[r.Table+"."+column] = true
		}
	}
	after.find(forms(append([]string{v.cid}, v.traces...)), func(table, column, text string) {
		if !keeps[table+"."+column] {
			t.Errorf("%s.%s holds %q of the deleted visitor %d", table, column, text, v.n)
		}
	})
	for table, rows := range after.rowsOf(v.cid) {
		t.Errorf("table %s has %d rows of the deleted visitor %d", table, len(rows), v.n)
	}
	values := make([]string, 0, len(private))
	for value := range private {
		values = append(values, value)
	}
	after.find(values, func(table, column, value string) {
		if !keeps[table+"."+column] {
			t.Errorf("%s.%s holds %q of the deleted visitor %d, from %v", table, column, value, v.n, private[value])
		}
	})
	for _, r := range store.ErasureRules {
		if r.Deleted != store.FateAnonymous {
			continue
		}
		for _, row := range own[r.Table] {
			key := r.Keeps[0]
			if !slices.ContainsFunc(after[r.Table], func(a rawRow) bool { return a[key] == row[key] }) {
				t.Errorf("the anonymous row %s of table %s is missing", row[key], r.Table)
			}
		}
	}
}

// checkMinimised compares the tables after a visitor refused the processing of personal data with
// the rules.
func checkMinimised(t *testing.T, before, after rawTables, v *visitor) {
	t.Helper()
	may := map[string]bool{}
	for _, r := range store.ErasureRules {
		for _, column := range r.Refused {
			may[r.Table+"."+column] = true
		}
		if r.Minimised == store.FateKept && r.Customer != "" {
			may[r.Table+"."+r.Customer] = true
		}
	}
	values := append([]string{}, v.traces...)
	for value := range before.privateValues(v.cid) {
		values = append(values, value)
	}
	after.find(values, func(table, column, value string) {
		if !may[table+"."+column] {
			t.Errorf("%s.%s holds %q of visitor %d, who refused", table, column, value, v.n)
		}
	})
	own := after.rowsOf(v.cid)
	for _, r := range store.ErasureRules {
		if rows := own[r.Table]; len(rows) > 0 && r.Minimised == store.FateDeleted {
			t.Errorf("table %s has %d rows of visitor %d, who refused", r.Table, len(rows), v.n)
		}
	}
}

// checkUntouched requires that the rows of a visitor are as before.
func checkUntouched(t *testing.T, before, after rawTables, v *visitor) {
	t.Helper()
	was, is := before.rowsOf(v.cid), after.rowsOf(v.cid)
	for table := range was {
		if len(is[table]) != len(was[table]) {
			t.Errorf("table %s has %d rows of visitor %d, who stays; before: %d", table, len(is[table]), v.n,
				len(was[table]))
		}
	}
	if len(was) == 0 {
		t.Errorf("visitor %d has no rows", v.n)
	}
}
