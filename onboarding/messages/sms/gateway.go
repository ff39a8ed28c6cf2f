// Package sms sends the SMS of package messages through an HTTP gateway that a YAML file describes.
//
// # Decisions
//
// The body is a structure, not a text with holes: placeholders are filled into its strings before
// it is encoded as JSON or as a form. Reason: no value can change the structure of a request.
//
// A file names the countries to which SMS are sent, and a number of SMS a day for each
// organization. Reason: strangers earn money with SMS to their own expensive numbers. Numbers that
// are no mobile phones are refused.
package sms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"go.yaml.in/yaml/v3"
	"golang.org/x/net/http/httpguts"

	"onramp/onboarding"
)

// The forms of a body.
const (
	jsonBody = "json"
	formBody = "form"
)

// DefaultPerDay is the number of SMS of one organization in 24 hours, unless the file sets one.
const DefaultPerDay = 500

// description is the YAML file of a gateway.
type description struct {
	URL        string            `yaml:"url"`
	Method     string            `yaml:"method"`
	Headers    map[string]string `yaml:"headers"`
	Encoding   string            `yaml:"encoding"`
	Body       yaml.Node         `yaml:"body"`
	SecretFile string            `yaml:"secretFile"`
	SecretEnv  string            `yaml:"secretEnv"`
	Success    []int             `yaml:"success"`
	Expect     string            `yaml:"expect"`
	Refused    []int             `yaml:"refused"`
	Countries  []string          `yaml:"countries"`
	PerDay     *int              `yaml:"perDay"`
}

// Gateway sends SMS by HTTP requests.
type Gateway struct {
	description
	body   any
	secret string
	client *http.Client
}

const (
	maxFile   = 64 << 10
	maxSecret = 4096
)

// Open reads the file of a gateway. Its errors name the field.
func Open(file string) (*Gateway, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--sms-gateway: %w", err)
	}
	g, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("--sms-gateway: %s: %w", file, err)
	}
	return g, nil
}

func parse(data []byte) (*Gateway, error) {
	if len(data) > maxFile {
		return nil, errors.New("the file is too large")
	}
	g := &Gateway{client: newClient()}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&g.description); err != nil {
		return nil, err
	}
	if err := errors.Join(g.checkRequest(), g.checkAnswers(), g.checkNumbers()); err != nil {
		return nil, err
	}
	if err := g.readSecret(); err != nil {
		return nil, err
	}
	return g, g.readBody()
}

func (g *Gateway) checkRequest() error {
	u, err := url.Parse(g.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !onboarding.IsLoopback(u.Hostname())) {
		return errors.New("url: must be an https URL without a user (http only on this machine)")
	}
	if strings.ContainsAny(g.URL, "{}") {
		return errors.New("url: cannot hold placeholders; use body or headers")
	}
	if g.Method == "" {
		g.Method = http.MethodPost
	}
	if g.Method != http.MethodPost && g.Method != http.MethodPut {
		return errors.New("method: must be POST or PUT")
	}
	for name, value := range g.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return fmt.Errorf("headers: %q is not a header", name)
		}
		if slices.Contains([]string{"Content-Type", "Content-Length", "Host"}, http.CanonicalHeaderKey(name)) {
			return fmt.Errorf("headers: %s is set by Onramp", name)
		}
		if err := knownPlaceholders(value, "{secret}", "{id}"); err != nil {
			return fmt.Errorf("headers.%s: %w", name, err)
		}
	}
	switch g.Encoding {
	case "":
		g.Encoding = jsonBody
	case jsonBody, formBody:
	default:
		return errors.New("encoding: must be json or form")
	}
	return nil
}

func (g *Gateway) checkAnswers() error {
	for name, list := range map[string][]int{"success": g.Success, "refused": g.Refused} {
		for _, status := range list {
			if status < 200 || status > 599 || status/100 == 3 {
				return fmt.Errorf("%s: %d is not a status of an answer", name, status)
			}
		}
	}
	return nil
}

func (g *Gateway) checkNumbers() error {
	if len(g.Countries) == 0 {
		return errors.New("countries: name the countries to which SMS may be sent, such as [IT, CH]")
	}
	for i, country := range g.Countries {
		code, err := onboarding.ParseCountry("countries", country)
		if err != nil {
			return fmt.Errorf("countries: %q is not an ISO 3166-1 code", country)
		}
		g.Countries[i] = code
	}
	if g.PerDay != nil && (*g.PerDay < 1 || *g.PerDay > 1_000_000) {
		return errors.New("perDay: must be between 1 and 1000000")
	}
	return nil
}

func (g *Gateway) readSecret() error {
	switch {
	case g.SecretFile != "" && g.SecretEnv != "":
		return errors.New("secretFile and secretEnv: give one of them")
	case g.SecretFile != "":
		data, err := os.ReadFile(g.SecretFile)
		if err != nil {
			return fmt.Errorf("secretFile: %w", err)
		}
		g.secret = strings.TrimRight(string(data), "\r\n")
	case g.SecretEnv != "":
		g.secret = os.Getenv(g.SecretEnv)
	default:
		return nil
	}
	if g.secret == "" || len(g.secret) > maxSecret || !httpguts.ValidHeaderFieldValue(g.secret) {
		return errors.New("secretFile or secretEnv: must hold one line")
	}
	return nil
}

// readBody checks the body: it must use the number and the text.
func (g *Gateway) readBody() error {
	if err := g.Body.Decode(&g.body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	var strs []string
	collectStrings(g.body, &strs)
	for _, text := range strs {
		if err := knownPlaceholders(text, "{to}", "{number}", "{text}", "{id}", "{secret}"); err != nil {
			return fmt.Errorf("body: %w", err)
		}
	}
	all := strings.Join(strs, "\n")
	if !strings.Contains(all, "{text}") || !strings.Contains(all, "{to}") && !strings.Contains(all, "{number}") {
		return errors.New("body: must hold {text}, and {to} or {number}")
	}
	if g.secret == "" && (strings.Contains(all, "{secret}") || g.headersUse("{secret}")) {
		return errors.New("{secret} needs secretFile or secretEnv")
	}
	if g.Encoding == formBody {
		fields, ok := g.body.(map[string]any)
		for _, v := range fields {
			if _, text := v.(string); !text {
				ok = false
			}
		}
		if !ok {
			return errors.New("body: must map names to texts (quote numbers) for encoding: form")
		}
	}
	_, err := json.Marshal(g.body)
	if err != nil {
		return errors.New("body: has a key that is not a text")
	}
	return nil
}

func (g *Gateway) headersUse(placeholder string) bool {
	for _, value := range g.Headers {
		if strings.Contains(value, placeholder) {
			return true
		}
	}
	return false
}

// knownPlaceholders refuses words in braces that are none of the known ones. Other braces are text.
func knownPlaceholders(text string, known ...string) error {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return nil
		}
		word, further, closed := strings.Cut(after, "}")
		if closed && word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" &&
			!slices.Contains(known, "{"+word+"}") {
			return fmt.Errorf("unknown placeholder {%s}, known are %s", word, strings.Join(known, ", "))
		}
		if rest = after; closed {
			rest = further
		}
	}
}

func collectStrings(v any, into *[]string) {
	switch v := v.(type) {
	case string:
		*into = append(*into, v)
	case []any:
		for _, one := range v {
			collectStrings(one, into)
		}
	case map[string]any:
		for _, one := range v {
			collectStrings(one, into)
		}
	}
}

// Allows implements messages.Texter.
func (g *Gateway) Allows(number string) error {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil || !phonenumbers.IsValidNumber(parsed) ||
		phonenumbers.Format(parsed, phonenumbers.E164) != number {
		return onboarding.InvalidField("phoneNumber", "not a phone number")
	}
	switch phonenumbers.GetNumberType(parsed) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
	default:
		return onboarding.InvalidField("phoneNumber", "not a mobile number")
	}
	if !slices.Contains(g.Countries, phonenumbers.GetRegionCodeForNumber(parsed)) {
		return onboarding.InvalidField("phoneNumber", "no messages are sent to numbers of this country")
	}
	return nil
}

// DailyCap implements messages.Texter.
func (g *Gateway) DailyCap() int {
	if g.PerDay == nil {
		return DefaultPerDay
	}
	return *g.PerDay
}
