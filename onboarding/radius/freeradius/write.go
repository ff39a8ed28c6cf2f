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
	formerFile = "radius-secret-former"
	marker     = "# Written by `onramp freeradius`"
)

// loopback is always a client: for tests, and for a proxy on the same machine.
const loopback = "127.0.0.1"

type client struct {
	Name, Address word
	Secret        string
	Hotspot       string
	SecretName    string // of a common secret
}

type listener struct{ Family, Address word }

// content is the data of the templates.
type content struct {
	settings
	Dir       string
	Clients   []client // at the first pair of ports
	Second    []client // at the second one
	Listeners []listener
	AAASecret expanded
	Local     string // the common secret of this machine
	CAFile    bool
}

// Ports are the ports of a common secret in a written configuration, and the file that holds it.
type Ports struct {
	File       string
	Auth, Acct int
}

// Write writes the configuration to the folder, and returns the ports of each common secret, newest
// first. It checks and prepares everything before it
// replaces the first file, and replaces each file atomically. It keeps the operator's values in
// settings.conf, and refuses a folder with a configuration that it did not write.
func Write(ctx context.Context, aaa *radius.AAA, o Options) ([]Ports, error) {
	dir, err := o.check()
	if err != nil {
		return nil, err
	}
	common, err := aaa.CommonSecrets(ctx)
	if err != nil {
		return nil, err
	}
	declared, err := aaa.Clients(ctx)
	if err != nil {
		return nil, err
	}
	c := content{
		Dir: dir, AAASecret: expanded(o.AAASecret), Local: radius.Local(common).Secret, CAFile: o.AAACA != "",
	}
	if err := c.addClients(declared, common); err != nil {
		return nil, err
	}
	listen := word(loopback)
	if len(declared) > 0 {
		listen = "*"
	}
	c.settings = defaultSettings(o, listen)
	if err := c.settings.keep(filepath.Join(dir, "settings.conf")); err != nil {
		return nil, err
	}
	if c.Listen == loopback { // the default before any access point had an address
		c.Listen = listen
	}
	c.addListener(common)
	contents := map[string][]byte{}
	ports, err := c.ports(common, contents)
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if contents[name], err = render(name, &c); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := o.addCertificates(contents); err != nil {
		return nil, err
	}
	if err := writeFolder(dir, contents); err != nil {
		return nil, err
	}
	if len(common) == 1 {
		if err := os.Remove(filepath.Join(dir, formerFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return ports, aaa.RecordLocalSecret(ctx, radius.Local(common).Name)
}

// ports adds the files of the common secrets, and returns their ports.
func (c *content) ports(common []radius.CommonSecret, contents map[string][]byte) ([]Ports, error) {
	var ports []Ports
	for i, secret := range common {
		p := Ports{File: secretFile, Auth: c.AuthPort, Acct: c.AcctPort}
		if i > 0 {
			p.File = formerFile
		}
		if secret.Second {
			p.Auth, p.Acct = c.SecondAuthPort, c.SecondAcctPort
		}
		contents[p.File] = []byte(secret.Secret)
		ports = append(ports, p)
	}
	if len(c.Second) == 0 {
		return ports, nil
	}
	taken := map[int]bool{0: true} // 0 is no port
	for _, port := range []int{c.AuthPort, c.AcctPort, c.SecondAuthPort, c.SecondAcctPort} {
		if taken[port] {
			return nil, fmt.Errorf("the secret of `onramp rekey radius` needs a second pair of ports: set "+
				"second_auth_port and second_acct_port in %s to free ports, then repeat",
				filepath.Join(c.Dir, "settings.conf"))
		}
		taken[port] = true
	}
	return ports, nil
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
	if u.Scheme == "http" && !onboarding.IsLoopback(u.Hostname()) {
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

// addClients adds the access points with an address, and loopback if it is not one of them. Those
// without a secret of their own use a common one at its pair of ports.
func (c *content) addClients(declared []radius.RADIUSClient, common []radius.CommonSecret) error {
	v6 := false
	for _, d := range declared {
		address, err := netip.ParseAddr(d.Address)
		if err != nil || !onboarding.ValidID(d.HotspotID) {
			return fmt.Errorf("hotspot %q: %q is not an IP address", d.HotspotID, d.Address)
		}
		v6 = v6 || address.Is6()
		entry := client{
			Name: word("hotspot_" + d.HotspotID), Address: word(address.String()), Secret: string(d.Secret),
			Hotspot: d.HotspotID,
		}
		if d.Secret == nil {
			c.addCommon(entry, common)
			continue
		}
		if _, err := quote(entry.Secret); err != nil {
			return fmt.Errorf("the RADIUS secret of hotspot %s: %w", d.HotspotID, err)
		}
		c.Clients = append(c.Clients, entry)
	}
	c.addLocal(client{Name: "loopback", Address: loopback}, common)
	c.Listeners = []listener{{"ipaddr", "${listen_address}"}}
	if v6 {
		c.Listeners = append(c.Listeners, listener{"ipv6addr", "::"})
	}
	return nil
}

// addCommon adds a client with each common secret, at the ports of that.
func (c *content) addCommon(entry client, common []radius.CommonSecret) {
	for _, secret := range common {
		entry.Secret, entry.SecretName = secret.Secret, secret.Name
		if secret.Second {
			c.Second = append(c.Second, entry)
		} else {
			c.Clients = append(c.Clients, entry)
		}
	}
}

// addLocal adds an address of this machine, unless it is that of an access point. At the first pair
// of ports it is always a client.
func (c *content) addLocal(entry client, common []radius.CommonSecret) {
	has := func(list []client) bool {
		return slices.ContainsFunc(list, func(known client) bool { return known.Address == entry.Address })
	}
	first, second := has(c.Clients), has(c.Second)
	if !first {
		local := radius.Local(common)
		entry.Secret, entry.SecretName = local.Secret, local.Name
		c.Clients = append(c.Clients, entry)
	}
	for _, secret := range common {
		if secret.Second && !second {
			entry.Secret, entry.SecretName = secret.Secret, secret.Name
			c.Second = append(c.Second, entry)
		}
	}
}

// addListener adds the address on which FreeRADIUS listens as a client, if it is a single one:
// requests of its own machine, such as those of `onramp doctor`, come from that address.
func (c *content) addListener(common []radius.CommonSecret) {
	if c.Listen != "*" {
		c.addLocal(client{Name: "listener", Address: c.Listen}, common)
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
