package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"onramp/cmd/onramp/host"
	"onramp/onboarding/acme"
	"onramp/onboarding/server"
)

// listeners are serve's listeners: main for phones and tools, aaa for FreeRADIUS, admin for
// monitoring, and challenges for ACME's HTTP-01.
type listeners struct {
	main, aaa, admin net.Listener
	challenges       net.Listener  // nil: HTTP-01 is not used
	https            https         // nil: plain HTTP
	acme             *acme.Manager // nil: https is from files, or nil
	servers          []*http.Server
}

// open listens on all addresses, or on none if one fails.
func (f *serveFlags) open(ctx context.Context, d *storage, log *slog.Logger) (*listeners, error) {
	l := &listeners{}
	if f.tlsCert != "" {
		files, err := f.openFiles(log)
		if err != nil {
			return nil, err
		}
		l.https = files
	}
	for _, a := range []struct {
		flag, address string
		to            *net.Listener
	}{{"--listen", f.listen, &l.main}, {"--aaa-listen", f.aaaListen, &l.aaa},
		{"--admin-listen", f.adminListen, &l.admin}, {"--acme-http-listen", f.acmeHTTP, &l.challenges}} {
		if a.address == "" {
			continue
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.address)
		if err != nil {
			l.close()
			return nil, fmt.Errorf("%s: %w", a.flag, err)
		}
		*a.to = listener
	}
	if err := f.startACME(ctx, d, l, log); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *listeners) scheme() string {
	if l.https != nil {
		return "https"
	}
	return "http"
}

// aaaScheme returns the scheme of the AAA listener. ACME's certificates are for public names, by
// which FreeRADIUS does not ask: with them the listener is on the loopback, by plain HTTP.
func (l *listeners) aaaScheme() string {
	if l.acme != nil {
		return "http"
	}
	return l.scheme()
}

// serve serves requests on all listeners. The returned channel receives the first listener's error.
func (l *listeners) serve(web *server.Server, most host.Places, log *slog.Logger) <-chan error {
	failed := make(chan error, 4)
	all := []served{
		{l.main, web.API(), l.https != nil, most.Main}, {l.aaa, web.AAA(), l.aaaScheme() == "https", most.AAA},
		{l.admin, web.Admin(), false, most.Admin},
	}
	if l.challenges != nil {
		all = append(all, served{l.challenges, l.acme.HTTP(), false, most.Admin})
	}
	for _, one := range all {
		s := server.HTTPServer(one.handler, log)
		listener := server.Limit(s, one.listener, one.most)
		if one.secure {
			s.TLSConfig = l.https.TLS()
			listener = tls.NewListener(listener, s.TLSConfig)
		}
		l.servers = append(l.servers, s)
		go func() {
			if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	return failed
}

// served is a listener with its handler and the most connections.
type served struct {
	listener net.Listener
	handler  http.Handler
	secure   bool
	most     int
}

// shutdown stops accepting connections and waits for requests in progress, until ctx is done.
func (l *listeners) shutdown(ctx context.Context) error {
	var err error
	for _, s := range l.servers {
		err = errors.Join(err, s.Shutdown(ctx))
	}
	return err
}

func (l *listeners) close() {
	for _, listener := range []net.Listener{l.main, l.aaa, l.admin, l.challenges} {
		if listener != nil {
			listener.Close()
		}
	}
}
