package server

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"onramp/onboarding/access"
	"onramp/onboarding/server/web"
)

// metrics holds the server's metrics. They are labelled by route pattern: paths hold identifiers,
// and clients could create any number of them.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	// refusedRecords counts the accounting records that FreeRADIUS moves to accounting/refused.
	refusedRecords prometheus.Counter
}

func newMetrics(
	registry *prometheus.Registry, control *access.Control, load *web.Load, version string,
) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onramp_http_requests_total", Help: "HTTP requests, by method, route and status.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "onramp_http_request_duration_seconds",
			Help:    "Duration of HTTP requests in seconds, from the end of the header to the end of the response.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "onramp_http_requests_in_flight", Help: "HTTP requests in progress.",
		}),
	}
	m.refusedRecords = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "onramp_accounting_refused_total",
		Help: "Accounting records refused permanently; FreeRADIUS keeps them in accounting/refused.",
	})
	overload := prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "onramp_http_requests_refused_total",
		Help: "Requests answered 503 because --max-requests were in progress.",
	}, func() float64 { return float64(load.Refused()) })
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "onramp_build_info", Help: "Constant 1; the labels hold the versions.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	all := []prometheus.Collector{
		m.requests, m.duration, m.inFlight, m.refusedRecords, overload, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	for _, name := range access.LimitNames() {
		all = append(all, prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "onramp_limit_refused_total", Help: "Requests refused or delayed by a rate limit.",
			ConstLabels: prometheus.Labels{"limit": string(name)},
		}, func() float64 { return float64(control.Refused(name)) }))
	}
	for _, c := range all {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
