package messages

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"onramp/onboarding"
	"onramp/templates"
)

// texts are the texts of one language.
type texts struct {
	Direction    string   `yaml:"direction"`
	Ignore       string   `yaml:"ignore"`
	Verification kindText `yaml:"verification"`
	Code         codeText `yaml:"code"`
	Return       kindText `yaml:"return"`
	Renewal      kindText `yaml:"renewal"`
}

// kindText are the texts of one kind of messages.
type kindText struct {
	Subject string `yaml:"subject"`
	Lead    string `yaml:"lead"`
	Action  string `yaml:"action"`
	End     string `yaml:"end"`
	SMS     string `yaml:"sms"`
}

// codeText are the texts that a verification without a link has of its own.
type codeText struct {
	End string `yaml:"end"`
	SMS string `yaml:"sms"`
}

func (t *texts) of(kind onboarding.MessageKind) (*kindText, error) {
	switch kind {
	case onboarding.MessageVerification:
		return &t.Verification, nil
	case onboarding.MessageReturn:
		return &t.Return, nil
	case onboarding.MessageRenewal:
		return &t.Renewal, nil
	}
	return nil, fmt.Errorf("no texts for kind %q", kind)
}

// library holds the embedded texts.
type library struct {
	languages map[string]*texts
	mail      *template.Template
}

var embedded = sync.OnceValue(func() *library {
	return &library{
		languages: templates.TextsIn[texts](templates.Messages, "messages"),
		mail:      template.Must(template.ParseFS(templates.Messages, "messages/mail.html")),
	}
})

// languageOf returns the first language that has texts: the wanted one, those of the organization,
// English.
func languageOf(wanted string, organization []string) string {
	for _, language := range slices.Concat([]string{wanted}, organization) {
		if base := onboarding.CurrentLanguage(language); embedded().languages[base] != nil {
			return base
		}
	}
	return "en"
}

// rendered is the text of a message.
type rendered struct {
	name, subject, plain, html string
}

// render returns the text of a message.
func render(m *onboarding.Message, c *content, o *onboarding.Organization) (*rendered, error) {
	language := languageOf(m.Language, nil)
	t := embedded().languages[language]
	k, err := t.of(m.Kind)
	if err != nil {
		return nil, err
	}
	if c.Link == "" {
		k = &kindText{Subject: k.Subject, Lead: k.Lead, End: t.Code.End, SMS: t.Code.SMS}
	}
	host, err := url.Parse(c.Link)
	if err != nil {
		return nil, fmt.Errorf("the link of message %s is invalid", m.ID)
	}
	name := oneLine(o.Name)
	shown := name
	if t.Direction == "rtl" && m.Channel == onboarding.MessageEmail {
		shown = "\u2068" + name + "\u2069" // isolates a name of the other direction
	}
	at := c.Expires.In(o.Location(o.DefaultLocation).Zone())
	clock := at.Format("15:04 MST")
	if c.Expires.Sub(m.Created) > 12*time.Hour {
		clock = at.Format("2006-01-02 15:04 MST")
	}
	fill := func(text, name string) string {
		return strings.NewReplacer("{name}", name, "{code}", c.Code, "{link}", c.Link, "{time}", clock,
			"{date}", at.Format(time.DateOnly)).Replace(text)
	}
	r := &rendered{name: name}
	if m.Channel == onboarding.MessageSMS {
		r.plain = fill(k.SMS, name)
		if c.Code != "" && c.Link != "" { // the form by which browsers recognize the code
			r.plain += "\n\n@" + host.Hostname() + " #" + c.Code
		}
		return r, nil
	}
	r.subject = fill(k.Subject, name)
	paragraphs := []string{fill(k.Lead, shown), c.Code, strings.TrimSpace(fill(k.Action, shown) + "\n" + c.Link),
		fill(k.End, shown), t.Ignore}
	paragraphs = slices.DeleteFunc(paragraphs, func(p string) bool { return p == "" })
	r.plain = strings.Join(paragraphs, "\n\n") + "\n"
	var page bytes.Buffer
	err = embedded().mail.Execute(&page, map[string]string{
		"Language": language, "Direction": t.Direction, "Subject": r.subject, "Lead": fill(k.Lead, shown),
		"Code": c.Code, "Link": c.Link, "Action": fill(k.Action, shown), "End": fill(k.End, shown), "Ignore": t.Ignore,
	})
	r.html = page.String()
	return r, err
}

// oneLine returns a name without characters that change a header or the direction of a text.
func oneLine(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, name)
}
