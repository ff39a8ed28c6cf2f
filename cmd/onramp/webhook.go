package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/hooks"
	"onramp/onboarding/hooks/post"
)

// webhookFlags are the flags about webhooks.
type webhookFlags struct {
	allow, delays string
}

func (w *webhookFlags) add(set *pflag.FlagSet) {
	set.StringVar(&w.allow, "webhook-allow", "",
		"CIDRs besides public addresses to which webhooks may be sent, also without TLS (default none)")
	set.StringVar(&w.delays, "webhook-delays", "", "delays before the attempts, for tests")
	_ = set.MarkHidden("webhook-delays")
}

// deliver sets the sender of a deployment.
func (w *webhookFlags) deliver(c *deployment.Config) error {
	allowed, err := post.ParseAllowed(w.allow)
	if err != nil {
		return usageError{fmt.Errorf("--webhook-allow: %w", err)}
	}
	if w.delays != "" {
		for text := range strings.SplitSeq(w.delays, ",") {
			d, err := time.ParseDuration(text)
			if err != nil || d < 0 {
				return usageError{fmt.Errorf("--webhook-delays: %q is no duration", text)}
			}
			c.WebhookDelays = append(c.WebhookDelays, d)
		}
		if len(c.WebhookDelays) < 2 {
			return usageError{errors.New("--webhook-delays needs two delays at least")}
		}
	}
	c.Webhooks = post.New(post.Config{Allowed: allowed, Version: version()})
	return nil
}

func webhookCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "webhook",
		Short:   "Show the webhooks of tenant files, their secrets and dead letters",
		Example: "  onramp webhook list",
	}
	cmd.AddCommand(webhookListCommand(), webhookSecretCommand(), webhookRotateCommand(), webhookTestCommand(),
		webhookReplayCommand(), webhookEnableCommand())
	return cmd
}

func webhookListCommand() *cobra.Command {
	var f flags
	var organization, state string
	most := 20
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List webhooks with their state, and the last events that were given up",
		Example: "  onramp webhook list --state dead --limit 5",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if most < 1 {
				return usageError{errors.New("--limit must be at least 1")}
			}
			if state != "all" {
				if _, err := hooks.ParseState("--state", state); err != nil {
					return usageError{err}
				}
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				return listWebhooks(cmd.Context(), cmd.OutOrStdout(), s.Webhooks, organization, state, most)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.tombstonesFlag(cmd.Flags())
	f.organizationFlag(cmd, &organization, "ID of an organization (default all)")
	cmd.Flags().StringVar(&state, "state", string(onboarding.WebhookDead),
		"events to list: dead, waiting, delivered or all")
	cmd.Flags().IntVar(&most, "limit", most, "events of each webhook")
	return cmd
}

// listWebhooks prints the webhooks of an organization, or all, and the last events in a state.
func listWebhooks(
	ctx context.Context, w io.Writer, h *hooks.Hooks, organization, state string, most int,
) error {
	endpoints, err := h.Endpoints(ctx, organization)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WEBHOOK\tORGANIZATION\tURL\tSTATE\tWAITING\tDEAD\tLAST SUCCESS\tLAST FAILURE\tPUBLIC KEY")
	for i := range endpoints {
		e := &endpoints[i]
		key := "-"
		if len(e.Secrets) > 0 {
			key = cmp.Or(e.Secrets[0].PublicKey, "-")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", e.ID, e.OrganizationID, e.URL, e.State(), e.Waiting,
			e.Dead, instantOrDash(e.LastSuccess), cmp.Or(e.DisabledReason, e.LastFailure, "-"), key)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if state == "all" {
		state = ""
	}
	head := false
	for i := range endpoints {
		e := &endpoints[i]
		last, err := h.Deliveries(ctx, "", onboarding.WebhookQuery{
			WebhookID: e.ID, State: onboarding.WebhookState(state), Limit: most,
		})
		if err != nil {
			return err
		}
		for _, d := range last {
			if !head {
				head = true
				fmt.Fprintln(table, "\nEVENT\tWEBHOOK\tTYPE\tQUEUED\tSTATE\tATTEMPTS\tNEXT OR FINISHED\tREASON")
			}
			at := d.Due
			if d.Finished != nil {
				at = *d.Finished
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", d.ID, d.WebhookID, d.Type,
				d.Created.Format(time.RFC3339), d.State, d.Attempts, at.Format(time.RFC3339), cmp.Or(d.Reason, "-"))
		}
	}
	return table.Flush()
}

// exampleWebhook is the ID of a webhook in examples.
const exampleWebhook = "3a8ccd060216452e09b2b32e750cb5eb"

// webhookSubcommand is a command about one webhook. Its example has the given arguments after the
// webhook.
func webhookSubcommand(
	use, short, example string, args cobra.PositionalArgs,
	do func(cmd *cobra.Command, h *hooks.Hooks, args []string) error,
) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: use, Short: short, Args: args,
		Example: strings.TrimRight("  onramp webhook "+strings.Fields(use)[0]+" "+exampleWebhook+" "+example, " "),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				return do(cmd, s.Webhooks, args)
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.tombstonesFlag(cmd.Flags())
	return cmd
}

func webhookSecretCommand() *cobra.Command {
	return webhookSubcommand("secret WEBHOOK", "Show the secret of a new webhook, once; or its public key", "",
		exactly(1),
		func(cmd *cobra.Command, h *hooks.Hooks, args []string) error {
			secret, err := h.ShowSecret(asActor(cmd), "", args[0])
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]string{"webhook": args[0], "secret": secret})
		})
}

func webhookRotateCommand() *cobra.Command {
	overlap := hooks.DefaultOverlap
	cmd := webhookSubcommand("rotate WEBHOOK", "Give a webhook another secret; both sign during an overlap",
		"--overlap 24h", exactly(1),
		func(cmd *cobra.Command, h *hooks.Hooks, args []string) error {
			secret, until, err := h.Rotate(asActor(cmd), "", args[0], overlap)
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]string{
				"webhook": args[0], "secret": secret, "oldSecretUntil": until.Format(time.RFC3339),
			})
		})
	cmd.Long = `Give a webhook another secret, which is shown only once. Until the overlap ends each
event has two signatures, so that the receiver accepts it with either secret.`
	cmd.Flags().DurationVar(&overlap, "overlap", overlap, "time for which the old secret goes on signing, at most 720h")
	return cmd
}

// testPause is the pause between two readings of a test's state.
const testPause = 100 * time.Millisecond

func webhookTestCommand() *cobra.Command {
	wait := 30 * time.Second
	cmd := webhookSubcommand("test WEBHOOK", "Send the event webhook.test by the running serve; exits 1 if it fails",
		"", exactly(1), func(cmd *cobra.Command, h *hooks.Hooks, args []string) error {
			id, err := h.Test(asActor(cmd), "", args[0])
			if err != nil {
				return err
			}
			if wait == 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "queued: event %s\n", id)
				return nil
			}
			for end := time.Now().Add(wait); ; {
				d, err := h.Delivery(cmd.Context(), "", args[0], id)
				switch {
				case err != nil:
					return err
				case d.State == onboarding.WebhookDelivered:
					fmt.Fprintf(cmd.OutOrStdout(), "delivered: event %s\n", id)
					return nil
				case d.State == onboarding.WebhookDead:
					return fmt.Errorf("event %s was not delivered: %s", id, d.Reason)
				case time.Now().After(end):
					return fmt.Errorf("event %s waits: is serve running?", id)
				}
				if err := onboarding.Sleep(cmd.Context(), testPause); err != nil {
					return err
				}
			}
		})
	cmd.Flags().DurationVar(&wait, "wait", wait, "time to wait for the result; 0s does not wait")
	return cmd
}

func webhookReplayCommand() *cobra.Command {
	var all bool
	cmd := webhookSubcommand("replay WEBHOOK [EVENT...]", "Send dead events of a webhook again", "--all", atLeast(1),
		func(cmd *cobra.Command, h *hooks.Hooks, args []string) error {
			events := args[1:]
			if all {
				events = []string{""}
			}
			total := 0
			for _, event := range events {
				n, err := h.Replay(asActor(cmd), "", args[0], event)
				total += n
				if err != nil {
					return err
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d events wait again\n", total)
			return nil
		})
	cmd.Flags().BoolVar(&all, "all", false, "all dead events of the webhook")
	cmd.PreRunE = func(_ *cobra.Command, args []string) error {
		if all != (len(args) == 1) {
			return usageError{errors.New("give the IDs of events, or --all")}
		}
		return nil
	}
	return cmd
}

func webhookEnableCommand() *cobra.Command {
	return webhookSubcommand("enable WEBHOOK", "Enable a webhook that an answer 410 has disabled", "", exactly(1),
		func(cmd *cobra.Command, h *hooks.Hooks, args []string) error {
			return h.Enable(asActor(cmd), "", args[0])
		})
}
