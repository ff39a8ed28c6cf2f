package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"onramp/certs"
	"onramp/cmd/onramp/host"
	"onramp/onboarding/server"
)

// listeners are serve's three listeners: main for phones and tools, aaa for FreeRADIUS, admin for
// monitoring.
type listeners struct {
	main, aaa, admin net.Listener
	tls              *certs.Watcher // nil: plain HTTP
	servers          []*http.Server
}

// open listens on all three addresses, or on none if one fails.
func (f *serveFlags) open(ctx context.Context, log *slog.Logger) (*listeners, error) {
	l := &listeners{}
	if f.tlsCert != "" {
		check := func(p *certs.Pair) error { return p.CheckChain(time.Now(), certs.ForServer) }
		var err error
		if l.tls, err = certs.NewWatcher(f.tlsCert, f.tlsKey, check, log); err != nil {
			return nil, err
		}
	}
	for _, a := range []struct {
		flag, address string
		to            *net.Listener
	}{{"--listen", f.listen, &l.main}, {"--aaa-listen", f.aaaListen, &l.aaa},
		{"--admin-listen", f.adminListen, &l.admin}} {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.address)
		if err != nil {
			l.close()
			return nil, fmt.Errorf("%s: %w", a.flag, err)
		}
		*a.to = listener
	}
	return l, nil
}

func (l *listeners) scheme() string {
	if l.tls != nil {
		return "https"
	}
	return "http"
}

// serve serves requests on all listeners. The returned channel receives the first listener's error.
func (l *listeners) serve(web *server.Server, most host.Places, log *slog.Logger) <-chan error {
	failed := make(chan error, 3)
	for _, one := range []struct {
		listener net.Listener
		handler  http.Handler
		secure   bool
		most     int
	}{{l.main, web.API(), true, most.Main}, {l.aaa, web.AAA(), true, most.AAA},
		{l.admin, web.Admin(), false, most.Admin}} {
		s := server.HTTPServer(one.handler, log)
		listener := server.Limit(s, one.listener, one.most)
		if one.secure && l.tls != nil {
			s.TLSConfig = &tls.Config{
				MinVersion: tls.VersionTLS12,
				GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
					p := l.tls.Current()
					certificate := &tls.Certificate{PrivateKey: p.Key, Leaf: p.Chain[0]}
					for _, c := range p.Chain {
						certificate.Certificate = append(certificate.Certificate, c.Raw)
					}
					return certificate, nil
				},
				NextProtos: []string{"h2", "http/1.1"},
			}
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

// shutdown stops accepting connections and waits for requests in progress, until ctx is done.
func (l *listeners) shutdown(ctx context.Context) error {
	var err error
	for _, s := range l.servers {
		err = errors.Join(err, s.Shutdown(ctx))
	}
	return err
}

func (l *listeners) close() {
	for _, listener := range []net.Listener{l.main, l.aaa, l.admin} {
		if listener != nil {
			listener.Close()
		}
	}
}
