package server

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// adminHandler returns the operator's listener. A failing database makes /readyz fail, so that a
// load balancer stops sending requests, but not /healthz, which would restart the process.
func (s *Server) adminHandler(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	ready := readiness{check: s.ready}
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready.ask(r.Context()); err != nil {
			s.log.LogAttrs(r.Context(), slog.LevelWarn, "not ready", slog.String("error", err.Error()))
			writeText(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		writeText(w, http.StatusOK, "ready")
	})
	for name, handle := range profilers {
		mux.HandleFunc("GET /debug/pprof/"+name, s.profiled(handle))
	}
	return mux
}

// profilers are the profiles of the process, in the form of the command pprof. The command line is
// not among them, because it may hold the database's password; nor is the execution trace, which
// slows the process down.
var profilers = map[string]http.HandlerFunc{
	"{$}": pprof.Index, "profile": pprof.Profile, "symbol": pprof.Symbol,
	"allocs": pprof.Handler("allocs").ServeHTTP, "block": pprof.Handler("block").ServeHTTP,
	"goroutine": pprof.Handler("goroutine").ServeHTTP, "heap": pprof.Handler("heap").ServeHTTP,
	"mutex": pprof.Handler("mutex").ServeHTTP, "threadcreate": pprof.Handler("threadcreate").ServeHTTP,
}

// maxProfileTime is the most time that a profile may cover, within the listener's writeTimeout.
const maxProfileTime = 30

// profiled gives a profile to callers on this machine only: the listener may be open to the network
// for the metrics, and profiles take processor time.
func (s *Server) profiled(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !peer.Addr().Unmap().IsLoopback() {
			writeText(w, http.StatusForbidden, "profiles are only for callers on this machine")
			return
		}
		if text := r.FormValue("seconds"); text != "" {
			if n, err := strconv.Atoi(text); err != nil || n < 1 || n > maxProfileTime {
				writeText(w, http.StatusBadRequest, fmt.Sprintf("seconds: not between 1 and %d", maxProfileTime))
				return
			}
		}
		s.log.LogAttrs(r.Context(), slog.LevelInfo, "profile", slog.String("route", r.Pattern))
		w.Header().Set("Cache-Control", "no-store")
		handle(w, r)
	}
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client may be gone
}
