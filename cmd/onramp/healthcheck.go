package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// healthcheckCommand reports whether the server on this machine is ready. The container image's
// HEALTHCHECK runs it.
func healthcheckCommand() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:     "healthcheck",
		Short:   "Check that the server on this machine is ready; exits 1 if not",
		Example: "  onramp healthcheck",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
			defer cancel()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(f.adminListen)+
				"/readyz", nil)
			if err != nil {
				return err
			}
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				text, _ := io.ReadAll(io.LimitReader(answer.Body, 1024))
				return fmt.Errorf("not ready: %s %s", answer.Status, text)
			}
			return nil
		},
	}
	f.adminListenFlag(cmd.Flags())
	return cmd
}
