package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"onramp/templates"
)

// monitoringFiles are the files that monitoring prints, by its argument.
var monitoringFiles = map[string]string{
	"dashboard": "monitoring/dashboard.json",
	"alerts":    "monitoring/alerts.yaml",
}

func monitoringCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "monitoring dashboard|alerts",
		Short: "Print a dashboard for Grafana (JSON), or alert rules for Prometheus (YAML)",
		Example: "  onramp monitoring dashboard >dashboard.json\n" +
			"  onramp monitoring alerts >alerts.yaml",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, known := monitoringFiles[args[0]]
			if !known {
				return usageError{fmt.Errorf("monitoring: %q is not dashboard or alerts", args[0])}
			}
			text, err := templates.Monitoring.ReadFile(name)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}
