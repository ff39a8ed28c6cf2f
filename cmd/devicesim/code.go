package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"onramp/onboarding/devicesim/journey"
)

const (
	// codePatience is the time for which a visitor waits for a code.
	codePatience = time.Minute
	codePause    = 500 * time.Millisecond
)

var printedCode = regexp.MustCompile(`^[0-9]{6}$`)

// codeBy returns the function that runs a shell command until it prints a code of six digits.
func codeBy(command string) func(context.Context, journey.Recipient) (string, error) {
	return func(ctx context.Context, to journey.Recipient) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, codePatience)
		defer cancel()
		for {
			shell := exec.CommandContext(ctx, "sh", "-c", command)
			shell.Env = append(os.Environ(), "ONRAMP_EMAIL="+to.Email, "ONRAMP_PHONE="+to.Phone)
			shell.Stderr = os.Stderr
			printed, err := shell.Output()
			if code := strings.TrimSpace(string(printed)); err == nil && printedCode.MatchString(code) {
				return code, nil
			}
			select {
			case <-ctx.Done():
				return "", fmt.Errorf("--code-command printed no six digits within %v", codePatience)
			case <-time.After(codePause):
			}
		}
	}
}
