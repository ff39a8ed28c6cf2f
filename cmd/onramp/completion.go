package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding/datafolder"
	"onramp/onboarding/store"
)

// completionTime limits the time in which a shell waits for the IDs of organizations.
const completionTime = 2 * time.Second

// organizationFlag adds --organization, whose values the shell completes.
func (f *flags) organizationFlag(cmd *cobra.Command, to *string, usage string) {
	cmd.Flags().StringVar(to, "organization", "", usage)
	complete := func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ids, err := f.organizationIDs(cmd)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		matching := ids[:0]
		for _, id := range ids {
			if strings.HasPrefix(id, begun) {
				matching = append(matching, id)
			}
		}
		return matching, cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc("organization", complete); err != nil {
		panic(err) // the flag is registered twice
	}
}

// organizationIDs returns the IDs of the stored organizations with their names. It neither creates
// nor migrates a database.
func (f *flags) organizationIDs(cmd *cobra.Command) ([]cobra.Completion, error) {
	if err := flagsFromEnvironment(cmd); err != nil { // a completion does not run the hook that reads them
		return nil, err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	if _, err := os.Stat(f.data); f.database == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	folder, err := datafolder.Open(f.data)
	if err != nil {
		return nil, err
	}
	database, options := f.databaseIn(folder), store.Options{Log: slog.New(slog.DiscardHandler)}
	if _, err := os.Stat(database); f.database == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if status, err := store.Status(ctx, database, options); err != nil || status.Version != status.Needs {
		return nil, err // a key press migrates no database
	}
	db, err := store.Open(ctx, database, options)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	all, err := db.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]cobra.Completion, len(all))
	for i, o := range all {
		ids[i] = cobra.CompletionWithDesc(o.ID, o.Name)
	}
	return ids, nil
}

// completionExamples gives cobra's commands that print completion scripts an example each.
func completionExamples(root *cobra.Command) {
	load := map[string]string{
		"bash":       "  onramp completion bash >/etc/bash_completion.d/onramp",
		"zsh":        `  onramp completion zsh >"${fpath[1]}/_onramp"`,
		"fish":       "  onramp completion fish >~/.config/fish/completions/onramp.fish",
		"powershell": "  onramp completion powershell >onramp.ps1",
	}
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Example = load["bash"]
		for _, shell := range c.Commands() {
			shell.Example = load[shell.Name()]
		}
	}
}
