package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"onramp/certs"
	"onramp/certs/durable"
	"onramp/cmd/onramp/terminal"
	"onramp/onboarding"
	"onramp/onboarding/store"
	"onramp/onboarding/tenantfile"
	"onramp/templates"
)

// Answers to the question about the RADIUS server's certificate that are no file name.
const (
	publicCA      = "public"
	developmentCA = "development"
)

// initFlags are the flags of init.
type initFlags struct {
	flags
	draft     tenantfile.Draft
	languages string
	radiusCA  string
	yes       bool
}

// question is one of the questions of init: a flag that a person answers at the terminal.
type question struct {
	flag, text string
	answer     *string
	fallback   string
	// take checks the answer and puts it into the draft.
	take func(ctx context.Context) error
}

func initCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a tenant file for a new organization, by five questions or flags",
		Long: "Write a commented tenant file for a new organization to FILE (default venue.yaml), which apply takes\n" +
			"as it is. Its IDs are new. An existing file is never overwritten.\n\n" +
			"init asks for each of the five values that no flag gives. Without a terminal it asks nothing: give\n" +
			"the flags, or --yes for the defaults.",
		Example: "  onramp init\n" +
			"  onramp init caffe.yaml --name 'Caffè Roma' --domain wifi.caffe.example --languages it,en " +
			"--timezone Europe/Rome --radius-ca public",
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "venue.yaml"
			if len(args) > 0 {
				name = args[0]
			}
			return f.run(cmd, name)
		},
	}
	set := cmd.Flags()
	set.StringVar(&f.draft.Name, "name", "", "name of the organization, which visitors see")
	set.StringVar(&f.draft.Domain, "domain", "",
		"domain name of the network, a name of yours such as wifi.example.com: phones log in as user@DOMAIN")
	set.StringVar(&f.languages, "languages", "", "languages of the pages, ISO 639-1 codes with commas; the first one "+
		"is their default (default en)")
	set.StringVar(&f.draft.Timezone, "timezone", "", "IANA time zone of the first location (default this machine's)")
	set.StringVar(&f.radiusCA, "radius-ca", "", "issuer of the RADIUS server's certificate: a file with the root of a "+
		"private CA, public for a public CA, or development for the one that onramp freeradius makes for a trial")
	set.StringVar(&f.draft.ServerName, "server-name", "",
		"name in the RADIUS server's certificate (default radius. and the domain)")
	set.StringVar(&f.draft.SSID, "ssid", "", "name of the network for devices without Passpoint (default the name)")
	set.StringVar(&f.draft.Location, "location", "", "name of the first location (default the name)")
	set.StringVar(&f.draft.TermsURL, "terms-url", "", "address of the terms of use")
	set.StringVar(&f.draft.PrivacyURL, "privacy-url", "", "address of the privacy policy")
	set.BoolVarP(&f.yes, "yes", "y", false, "ask nothing: take the default where a flag is missing")
	f.dataFlags(set)
	f.publicURLFlag(set)
	return cmd
}

func (f *initFlags) run(cmd *cobra.Command, name string) error {
	if err := f.checkPublicURL(); err != nil {
		return err
	}
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s exists, and init overwrites no file: name another one", name)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	questions := f.questions(name)
	if err := f.ask(cmd, questions); err != nil {
		return err
	}
	if err := f.draft.Fault(); err != nil { // of a flag that is no question
		return usageError{err}
	}
	if f.draft.TermsURL == "" || f.draft.PrivacyURL == "" {
		fmt.Fprintf(cmd.ErrOrStderr(),
			"%s: the policies have no text yet: write their url or text into the file\n", name)
	}
	var text bytes.Buffer
	publicURL := f.publicURL
	if publicURL == "" {
		publicURL = "http://" + defaultListen
	}
	if err := f.draft.Write(&text, publicURL+"/schema/tenant.json"); err != nil {
		return err
	}
	if err := durable.Create(name, text.Bytes()); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s exists, and init overwrites no file: name another one", name)
		}
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s is written. Next: onramp apply %s\n", name, name)
	return nil
}

// questions returns the five questions, whose answers the file at that path gets.
func (f *initFlags) questions(path string) []question {
	d := &f.draft
	return []question{
		{"name", "Name of the organization, which visitors see", &d.Name, "", func(context.Context) error {
			d.Name = strings.TrimSpace(d.Name)
			return d.Fault("name", "wifi.passpoint.friendlyName", "wifi.wpa2.ssid", "locations[0].name")
		}},
		{"domain", "Domain name of the network, a name of yours such as wifi.example.com", &d.Domain, "",
			func(context.Context) error {
				d.Domain = strings.ToLower(strings.TrimSpace(d.Domain))
				return d.Fault("wifi.passpoint.realm", "wifi.passpoint.homeDomain", "wifi.trustedServerNames",
					"wifi.outerIdentity")
			}},
		{"languages", "Languages of the pages, such as it,en; the first is the default", &f.languages, "en",
			func(context.Context) error {
				d.Languages = nil
				for _, language := range strings.Split(f.languages, ",") {
					d.Languages = append(d.Languages, strings.ToLower(strings.TrimSpace(language)))
				}
				return d.Fault("languages", "policies[0].title", "policies[1].title")
			}},
		{"timezone", "Time zone, such as Europe/Rome", &d.Timezone, machineZone(), func(context.Context) error {
			d.Timezone = strings.TrimSpace(d.Timezone)
			return d.Fault("locations[0].timezone")
		}},
		{"radius-ca", "CA of the RADIUS server's certificate: a file with its root, " + publicCA + ", or " +
			developmentCA + " for a trial", &f.radiusCA, developmentCA, func(ctx context.Context) error {
			return f.takeCA(ctx, path)
		}},
	}
}

// ask takes the answers of flags, and asks for the others at the terminal.
func (f *initFlags) ask(cmd *cobra.Command, questions []question) error {
	input, isFile := cmd.InOrStdin().(*os.File)
	interactive := !f.yes && isFile && terminal.Is(input)
	var missing []string
	for _, q := range questions {
		given := cmd.Flags().Changed(q.flag)
		if !given && !interactive && (q.fallback == "" || !f.yes) {
			missing = append(missing, "--"+q.flag)
		}
	}
	if len(missing) > 0 {
		where := "standard input is not a terminal: give "
		if f.yes {
			where = "--yes has no default for "
		}
		return usageError{errors.New(where + strings.Join(missing, ", "))}
	}
	lines := readLines(cmd.InOrStdin())
	for _, q := range questions {
		if cmd.Flags().Changed(q.flag) || !interactive {
			if *q.answer == "" && !cmd.Flags().Changed(q.flag) {
				*q.answer = q.fallback
			}
			if err := q.take(cmd.Context()); err != nil {
				return usageError{fmt.Errorf("--%s: %w", q.flag, err)}
			}
			continue
		}
		if err := q.askAt(cmd.Context(), lines, cmd.ErrOrStderr()); err != nil {
			return err
		}
	}
	return nil
}

// askAt asks until an answer is right.
func (q *question) askAt(ctx context.Context, lines func(context.Context) (string, error), w io.Writer) error {
	for {
		fmt.Fprint(w, q.text)
		if q.fallback != "" {
			fmt.Fprintf(w, " [%s]", q.fallback)
		}
		fmt.Fprint(w, ": ")
		line, err := lines(ctx)
		if err != nil {
			return fmt.Errorf("no answer to the question for --%s: %w", q.flag, err)
		}
		if *q.answer = strings.TrimSpace(line); *q.answer == "" {
			*q.answer = q.fallback
		}
		if err = q.take(ctx); err == nil {
			return nil
		}
		fmt.Fprintf(w, "  %v\n", err)
	}
}

// readLines returns a function that reads the next line, and returns early when its context ends:
// an interrupt ends the context, not the read.
func readLines(r io.Reader) func(context.Context) (string, error) {
	type result struct {
		line string
		err  error
	}
	reader := bufio.NewReader(r)
	return func(ctx context.Context) (string, error) {
		read := make(chan result, 1)
		go func() {
			line, err := reader.ReadString('\n')
			read <- result{line, err}
		}()
		select {
		case r := <-read:
			return r.line, r.err
		case <-ctx.Done():
			return "", errors.New("interrupted")
		}
	}
}

// takeCA puts the root of the RADIUS server's certificate into the draft. The file at path refers
// to it by a relative name.
func (f *initFlags) takeCA(ctx context.Context, path string) error {
	d := &f.draft
	file := strings.TrimSpace(f.radiusCA)
	switch file {
	case publicCA:
		d.TrustAnchor, d.AnchorFile = "", ""
		return d.Fault("wifi")
	case "":
		return fmt.Errorf("write a file name, %s or %s", publicCA, developmentCA)
	case developmentCA:
		root, err := f.developmentRoot(ctx)
		if err != nil {
			return err
		}
		if file = root; d.ServerName == "" {
			d.ServerName = templates.DemoServerName
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	d.TrustAnchor = string(certs.Text(data))
	if d.AnchorFile, err = relativeTo(filepath.Dir(path), file); err != nil {
		return err
	}
	return d.Fault("wifi")
}

// developmentRoot returns the root of the development RADIUS server, which is made if there is
// none.
func (f *initFlags) developmentRoot(ctx context.Context) (root string, err error) {
	d, err := openStorage(ctx, &f.flags, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	pki, err := d.developmentPKI(ctx, &f.flags)
	if err != nil {
		return "", err
	}
	return pki.RADIUSRoot, nil
}

// relativeTo returns the name of a file relative to a folder.
func relativeTo(folder, file string) (string, error) {
	base, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	target, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	return filepath.Rel(base, target)
}

// machineZone returns the IANA time zone of this machine, or "" if it is unknown.
func machineZone() string {
	candidates := []string{os.Getenv("TZ"), time.Local.String()}
	if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
		_, zone, _ := strings.Cut(target, "zoneinfo/")
		candidates = append(candidates, zone)
	}
	for _, zone := range candidates {
		if zone != "" && onboarding.IanaZone(zone) {
			return zone
		}
	}
	return ""
}
