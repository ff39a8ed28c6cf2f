package templates

import "embed"

// Monitoring contains what `onramp monitoring` prints: monitoring/dashboard.json, a dashboard for
// Grafana, and monitoring/alerts.yaml, alert rules for Prometheus. They are sent as they are.
//
//go:embed monitoring
var Monitoring embed.FS
