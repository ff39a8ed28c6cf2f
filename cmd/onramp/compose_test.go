package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/spf13/pflag"
)

// loadCompose reads a compose file as `docker compose` does: schema, variables and references.
func loadCompose(file string, environment ...string) (*types.Project, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(environment))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

// TestCompose checks the compose file: pinned images, hardening, health checks, secrets as files,
// and that commands, settings and ports are those of this binary. No container is started.
func TestCompose(t *testing.T) {
	file := filepath.Join("..", "..", "templates", "deploy", "compose.yaml")
	environment := []string{"ONRAMP_VERSION=v1.2.3", "ONRAMP_DOMAIN=wifi.example.com"}
	project, err := loadCompose(file, environment...)
	if err != nil {
		t.Fatal(err)
	}
	pinned := regexp.MustCompile(`^[a-z0-9/-]+:v?\d+(\.\d+)+(-[a-z0-9.]+)?$`)
	for name, s := range project.Services {
		if !pinned.MatchString(s.Image) {
			t.Errorf("%s: the image %q has no fixed version", name, s.Image)
		}
		if !s.ReadOnly || s.Privileged || !slices.Contains(s.CapDrop, "ALL") ||
			!slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s is not hardened: %+v", name, s)
		}
		if once := s.Restart == "no"; once == (s.HealthCheck != nil) {
			t.Errorf("%s: restart %q, health check %v", name, s.Restart, s.HealthCheck)
		}
		for variable, value := range s.Environment {
			if value == nil {
				t.Errorf("%s: %s has no value", name, variable)
			} else if secret, found := strings.CutPrefix(*value, "/run/secrets/"); found && !hasSecret(&s, secret) {
				t.Errorf("%s: %s names the secret %s, which the service lacks", name, variable, secret)
			}
			if strings.Contains(strings.ToUpper(variable), "PASSWORD") && !strings.HasSuffix(variable, "_FILE") {
				t.Errorf("%s: %s is a secret in a variable", name, variable)
			}
		}
		if strings.HasPrefix(s.Image, "onramp:") {
			checkComposeCommand(t, &s)
		}
	}
	for name, secret := range project.Secrets {
		if secret.File == "" {
			t.Errorf("the secret %s is no file", name)
		}
	}
	radius := project.Services["freeradius"]
	if radius.NetworkMode != "service:onramp" || len(radius.Volumes) != 1 || len(radius.Secrets) != 0 {
		t.Errorf("freeradius: network %q, volumes %v, secrets %v", radius.NetworkMode, radius.Volumes, radius.Secrets)
	}
	if !project.Networks["database"].Internal {
		t.Error("the database's network is not internal")
	}
	checkComposePorts(t, project.Services["onramp"])
	checkComposeVolumes(t, project)

	for _, without := range environment {
		rest := slices.DeleteFunc(slices.Clone(environment), func(e string) bool { return e == without })
		name, _, _ := strings.Cut(without, "=")
		if _, err := loadCompose(file, rest...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func hasSecret(s *types.ServiceConfig, name string) bool {
	return slices.ContainsFunc(s.Secrets, func(c types.ServiceSecretConfig) bool { return c.Source == name })
}

// checkComposeCommand compares the command line and the settings of a service with this binary.
func checkComposeCommand(t *testing.T, s *types.ServiceConfig) {
	t.Helper()
	line := []string(s.Entrypoint)
	if len(line) == 0 {
		line = []string{"/onramp", "serve"} // the image's entry point
	}
	line = append(line, s.Command...)
	command, args, err := newRoot().Find(line[1:])
	if err != nil || !command.Runnable() {
		t.Errorf("%s: %q is no command: %v", s.Name, line, err)
		return
	}
	if err := command.ValidateArgs(args); err != nil {
		t.Errorf("%s: %q: %v", s.Name, line, err)
	}
	known := map[string]bool{}
	command.Flags().VisitAll(func(f *pflag.Flag) {
		known["ONRAMP_"+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))] = true
	})
	for variable := range s.Environment {
		if !known[variable] {
			t.Errorf("%s: %s is no setting of onramp %s", s.Name, variable, command.Name())
		}
	}
	database := s.Environment["ONRAMP_DATABASE"]
	if database == nil || !strings.Contains(*database, "passfile=/run/secrets/pgpass") || !hasSecret(s, "pgpass") {
		t.Errorf("%s: the database's URL lacks the file with its password", s.Name)
	}
}

// checkComposePorts compares the published ports with the addresses of serve and FreeRADIUS.
func checkComposePorts(t *testing.T, s types.ServiceConfig) {
	t.Helper()
	targets := map[string]string{}
	for _, p := range s.Ports {
		targets[p.Published+"/"+p.Protocol] = strconv.Itoa(int(p.Target))
	}
	for published, target := range map[string]string{
		"443/tcp":  strings.TrimPrefix(*s.Environment["ONRAMP_LISTEN"], "0.0.0.0:"),
		"80/tcp":   strings.TrimPrefix(*s.Environment["ONRAMP_ACME_HTTP_LISTEN"], "0.0.0.0:"),
		"1812/udp": "1812", "1813/udp": "1813",
	} {
		if targets[published] != target {
			t.Errorf("port %s leads to %q, want %s", published, targets[published], target)
		}
	}
	if len(targets) != 4 {
		t.Errorf("published ports: %v", targets)
	}
}

// checkComposeVolumes requires for each folder that Onramp writes a folder of the image that
// belongs to its user: a new volume has the owner of the image's folder.
func checkComposeVolumes(t *testing.T, project *types.Project) {
	t.Helper()
	image, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range project.Services {
		for _, v := range s.Volumes {
			if strings.HasPrefix(s.Image, "onramp:") && !v.ReadOnly &&
				!strings.Contains(string(image), "--chown=65532:65532 /image"+v.Target+" "+v.Target+"\n") {
				t.Errorf("%s: the image has no folder %s of its user", s.Name, v.Target)
			}
		}
	}
}
