package templates

import "embed"

// Monitoring contains the files that `onramp monitoring` prints: monitoring/dashboard.json, a
// dashboard for Grafana, and monitoring/alerts.yaml, alert rules for Prometheus.
//
//go:embed monitoring
var Monitoring embed.FS
