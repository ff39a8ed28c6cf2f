package main

import (
	"context"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"onramp/onboarding"
)

// asActor returns the command's context with the command and the operating system's user as the
// actor of the audit.
func asActor(cmd *cobra.Command) context.Context {
	name := "unknown user"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	path := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	return onboarding.WithActor(cmd.Context(), onboarding.Actor{
		Kind: onboarding.ActorCommand, ID: path + " by " + name,
	})
}
