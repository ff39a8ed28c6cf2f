package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

// serveFlags are the flags of every serve that is measured, besides addresses and folders. Limits
// are off because all requests come from one address.
var serveFlags = []string{"--limits", "off", "--log-format", "json"}

// onramp is a running `onramp serve` with its demo organization.
type onramp struct {
	*program
	*client
	scene    *scene
	data     string
	url, aaa string
	app      []string // headers of the app's requests
	manager  []string // headers of the manager's requests
	demo     struct {
		OrganizationID, RADIUSRoot, AAASecret string
		ManagerKey, AppKey                    json.RawMessage
	}
}

// serve starts a data folder with more flags, and logs in.
func (s *scene) serve(data string, more ...string) (*onramp, error) {
	o := &onramp{scene: s, data: data, client: newClient()}
	if err := o.launch(more...); err != nil {
		return nil, err
	}
	return o, o.enter()
}

// enter reads the keys of the demo organization and logs in.
func (o *onramp) enter() error {
	text, err := os.ReadFile(filepath.Join(o.data, "demo.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &o.demo); err != nil {
		return err
	}
	if o.app, err = o.login(o.demo.AppKey); err != nil {
		return err
	}
	o.manager, err = o.login(o.demo.ManagerKey)
	return err
}

// launch starts the program and waits until it serves.
func (o *onramp) launch(more ...string) error {
	at, err := freeAddresses(3)
	if err != nil {
		return err
	}
	o.url, o.aaa = "http://"+at[0], "http://"+at[1]
	args := []string{"serve", "--data", o.data, "--listen", at[0], "--aaa-listen", at[1], "--admin-listen", at[2]}
	args = append(append(args, serveFlags...), more...)
	o.program, err = o.scene.start(o.scene.command(o.scene.Onramp, args...), `"msg":"serving"`)
	return err
}

// login returns the headers of requests with a client key.
func (o *onramp) login(key json.RawMessage) ([]string, error) {
	var said struct{ Token string }
	err := o.call(&said, http.StatusOK, http.MethodPost, "/v1/sts/login/services", string(key))
	return []string{"Authorization", "Bearer " + said.Token}, err
}

// call makes a request to the API and decodes the answer.
func (o *onramp) call(answer any, status int, method, path, body string, headers ...string) error {
	text, err := o.send(o.scene.ctx, status, method, o.url+path, body, headers...)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

// person is the JSON of a registration, the i-th of its kind.
func person(kind string, i int) string {
	return fmt.Sprintf(`{"firstName":"Anna","lastName":"Rossi","email":"%[1]s%[2]d@example.com",`+
		`"phoneNumber":"+39347%07[2]d","guid":"device-of-person-%[1]s-%[2]d","language":"it",`+
		`"profiling":true,"ppd":true,"policies":{"termsOfUse":true,"privacy":true,"mktgCommunications":false},`+
		`"custom":{"shoe":42}}`, kind, i)
}

// customer is the answer to a registration.
type customer struct{ ID, Username string }

// register registers a person. answer is nil or a *customer.
func (o *onramp) register(answer any, kind string, i int) error {
	return o.call(answer, http.StatusCreated, http.MethodPost, "/v3/customers", person(kind, i), o.app...)
}

// registerAll registers n people.
func (o *onramp) registerAll(kind string, n int) ([]customer, error) {
	all := make([]customer, n)
	_, err := drive(clients, n, func(i int) error { return o.register(&all[i], kind, i) })
	return all, err
}

// ceiling starts a ceiling that answers HTTP, and returns its address.
func (s *scene) ceiling(args ...string) (string, error) {
	at, err := freeAddresses(1)
	if err != nil {
		return "", err
	}
	args = append([]string{"ceiling", "serve", "--listen", at[0]}, args...)
	_, err = s.start(s.command(s.Self, args...), "ready")
	return "http://" + at[0], err
}
