package freeradius

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/radius"
)

// Options holds the parameters of Write.
type Options struct {
	Dir                string // created if missing, readable only by its owner
	AuthPort, AcctPort int    // 0: 1812 and 1813
	AAAURL             string // scheme and host of Onramp's AAA listener
	AAASecret          string
	// AAACA is a file of root certificates (PEM) for an https AAAURL; empty: the system's.
	AAACA string
	// EAPCert and EAPKey are files (PEM) of the certificate chain that phones verify, leaf first,
	// and of its key. Write copies them.
	EAPCert, EAPKey string
	Warn            func(text string) // receives warnings; may be nil
}

// files lists the files of a configuration. The last one completes it.
var files = []string{
	"dictionary", "clients.conf", "modules.conf", "servers.conf", "reject.attrs", "accounting.attrs",
	"attempt.attrs",
	"settings.conf", "radiusd.conf",
}

const (
	secretFile = "radius-secret"
	marker     = "# Written by `onramp freeradius`"
)

// loopback is always a client: for tests, and for a proxy on the same machine.
const loopback = "127.0.0.1"

type client struct {
	Name, Address word
	Secret        string
	Hotspot       string
}

type listener struct{ Family, Address word }

// content is the data of the templates.
type content struct {
	settings
	Dir       string
	Clients   []client
	Listeners []listener
	AAASecret expanded
	Common    string // the secret of clients without one of their own
	CAFile    bool
}

// Write writes the configuration to the folder. It checks and prepares everything before it
// replaces the first file, and replaces each file atomically. It keeps the operator's values in
// settings.conf, and refuses a folder with a configuration that it did not write.
func Write(ctx context.Context, aaa *radius.AAA, o Options) error {
	dir, err := o.check()
	if err != nil {
		return err
	}
	common, err := aaa.Secret(ctx)
	if err != nil {
		return err
	}
	declared, err := aaa.Clients(ctx)
	if err != nil {
		return err
	}
	c := content{Dir: dir, AAASecret: expanded(o.AAASecret), Common: common, CAFile: o.AAACA != ""}
	if err := c.addClients(declared, common); err != nil {
		return err
	}
	listen := word(loopback)
	if len(declared) > 0 {
		listen = "*"
	}
	c.settings = defaultSettings(o, listen)
	if err := c.settings.keep(filepath.Join(dir, "settings.conf")); err != nil {
		return err
	}
	if c.Listen == loopback { // the default before any access point had an address
		c.Listen = listen
	}
	c.addListener(common)
	contents := map[string][]byte{secretFile: []byte(common)}
	for _, name := range files {
		if contents[name], err = render(name, &c); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := o.addCertificates(contents); err != nil {
		return err
	}
	return writeFolder(dir, contents)
}

// check validates the options, sets the defaults and returns the folder's absolute path.
func (o *Options) check() (string, error) {
	if o.AuthPort == 0 {
		o.AuthPort = 1812
	}
	if o.AcctPort == 0 {
		o.AcctPort = 1813
	}
	for _, port := range []int{o.AuthPort, o.AcctPort} {
		if port < 1 || port > 65535 {
			return "", fmt.Errorf("%d is not a port (1 to 65535)", port)
		}
	}
	if o.AuthPort == o.AcctPort {
		return "", errors.New("authentication and accounting must have different ports")
	}
	u, err := url.Parse(o.AAAURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" ||
		strings.ContainsAny(o.AAAURL, "%'\"\\$` ") {
		return "", fmt.Errorf("the AAA URL %q must be http(s)://host:port", o.AAAURL)
	}
	o.AAAURL = strings.TrimSuffix(o.AAAURL, "/")
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return "", fmt.Errorf("the AAA URL %s must use https unless its host is loopback: secrets and passwords "+
			"would be sent unencrypted", o.AAAURL)
	}
	if o.AAASecret == "" {
		return "", errors.New("the AAA secret is missing")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return "", err
	}
	control := func(r rune) bool { return r < 0x20 || r == 0x7f }
	if strings.ContainsAny(dir, "%'\"\\$`") || strings.ContainsFunc(dir, control) {
		return "", fmt.Errorf("folder name %q cannot be used in FreeRADIUS configuration", dir)
	}
	old, err := os.ReadFile(filepath.Join(dir, "radiusd.conf"))
	if err == nil && !bytes.HasPrefix(old, []byte(marker)) {
		return "", fmt.Errorf("%s contains a FreeRADIUS configuration that `onramp freeradius` did not write", dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return dir, nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// addClients adds the access points with an address, and loopback if it is not one of them.
func (c *content) addClients(declared []radius.RADIUSClient, common string) error {
	own, v6 := false, false
	for _, d := range declared {
		address, err := netip.ParseAddr(d.Address)
		if err != nil || !onboarding.ValidID(d.HotspotID) {
			return fmt.Errorf("hotspot %q: %q is not an IP address", d.HotspotID, d.Address)
		}
		if _, err := quote(string(d.Secret)); err != nil {
			return fmt.Errorf("the RADIUS secret of hotspot %s: %w", d.HotspotID, err)
		}
		own = own || address.String() == loopback
		v6 = v6 || address.Is6()
		c.Clients = append(c.Clients, client{
			Name: word("hotspot_" + d.HotspotID), Address: word(address.String()),
			Secret: string(d.Secret), Hotspot: d.HotspotID,
		})
	}
	if !own {
		c.Clients = append(c.Clients, client{Name: "loopback", Address: loopback, Secret: common})
	}
	c.Listeners = []listener{{"ipaddr", "${listen_address}"}}
	if v6 {
		c.Listeners = append(c.Listeners, listener{"ipv6addr", "::"})
	}
	return nil
}

// addListener adds the address on which FreeRADIUS listens as a client, if it is a single one:
// requests of its own machine, such as those of `onramp doctor`, come from that address.
func (c *content) addListener(common string) {
	isClient := func(known client) bool { return known.Address == c.Listen }
	if c.Listen != "*" && !slices.ContainsFunc(c.Clients, isClient) {
		c.Clients = append(c.Clients, client{Name: "listener", Address: c.Listen, Secret: common})
	}
}

// Address returns the address (host:port) at which programs on the machine of FreeRADIUS reach the
// authentication port of a written configuration.
func Address(dir string, authPort int) (string, error) {
	s := settings{Listen: loopback}
	if err := s.keep(filepath.Join(dir, "settings.conf")); err != nil {
		return "", err
	}
	if s.Listen == "*" {
		s.Listen = loopback
	}
	return net.JoinHostPort(string(s.Listen), strconv.Itoa(authPort)), nil
}

// addCertificates checks and copies the certificates, so that the folder is self-contained.
func (o *Options) addCertificates(contents map[string][]byte) error {
	pair, err := certs.LoadPair(o.EAPCert, o.EAPKey)
	if err != nil {
		return err
	}
	if pair.Warning != "" && o.Warn != nil {
		o.Warn(pair.Warning)
	}
	contents["certs/server.pem"] = certs.EncodeCertificates(pair.Chain...)
	// Encoded again: OpenSSL may not read the file, for example if it is UTF-16.
	if contents["certs/server.key"], err = certs.EncodeKey(pair.Key); err != nil {
		return err
	}
	if o.AAACA != "" {
		roots, err := certs.LoadCertificates(o.AAACA)
		if err != nil {
			return err
		}
		contents["certs/onramp-ca.pem"] = certs.EncodeCertificates(roots...)
	}
	return nil
}
