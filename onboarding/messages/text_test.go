package messages

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"onramp/onboarding"
	"onramp/templates"
)

// venue returns an organization in Rome.
func venue(name string) *onboarding.Organization {
	return &onboarding.Organization{ID: "o1", Name: name, DefaultLocation: "l1", Languages: []string{"it"},
		Locations: []onboarding.Location{{ID: "l1", Timezone: "Europe/Rome"}}}
}

var sample = content{To: "ada@example.com", Code: "314159", Link: "https://wifi.example.com/verify/" +
	strings.Repeat("t", 43), Expires: time.Date(2026, 7, 8, 12, 10, 0, 0, time.UTC)}

func message(channel onboarding.MessageChannel, kind onboarding.MessageKind, language string) *onboarding.Message {
	return &onboarding.Message{ID: "m1", Channel: channel, Kind: kind, Language: language,
		Created: sample.Expires.Add(-10 * time.Minute)}
}

// TestTextsAreComplete checks that each language has each text, with the placeholders of English.
func TestTextsAreComplete(t *testing.T) {
	languages := templates.MessageLanguages()
	if !slices.Equal(languages, templates.PageLanguages()) {
		t.Errorf("languages of messages %v, of pages %v", languages, templates.PageLanguages())
	}
	placeholders := regexp.MustCompile(`\{[a-z]*\}`)
	in := func(text string) []string {
		found := placeholders.FindAllString(text, -1)
		slices.Sort(found)
		return found
	}
	complete := func(what string, got, want any) {
		texts, model := reflect.ValueOf(got), reflect.ValueOf(want)
		for i := range texts.NumField() {
			text := texts.Field(i).String()
			if text == "" || !slices.Equal(in(text), in(model.Field(i).String())) {
				t.Errorf("%s %s: %q has other placeholders than %q", what, texts.Type().Field(i).Name, text,
					model.Field(i))
			}
		}
	}
	english := embedded().languages["en"]
	for _, language := range languages {
		of := embedded().languages[language]
		if of.Ignore == "" || of.Direction != "ltr" && of.Direction != "rtl" {
			t.Errorf("%s: no text to ignore a message, or direction %q", language, of.Direction)
		}
		for _, kind := range onboarding.MessageKinds() {
			want, err := english.of(kind)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := of.of(kind)
			complete(language+" "+string(kind), *got, *want)
		}
		complete(language+" code", of.Code, english.Code)
	}
}

// TestRender checks each kind in each language and channel: the values are in it, nothing else is
// in braces, and an SMS is short.
func TestRender(t *testing.T) {
	const name = "Café <b>Röm</b> & Söhne"
	for _, language := range templates.MessageLanguages() {
		for _, kind := range onboarding.MessageKinds() {
			c := sample
			if kind != onboarding.MessageVerification {
				c.Code = ""
			}
			mail, err := render(message(onboarding.MessageEmail, kind, language), &c, venue(name))
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{mail.plain, mail.html} {
				if !strings.Contains(text, c.Link) || !strings.Contains(text, c.Code) || strings.ContainsAny(
					strings.ReplaceAll(text, name, ""), "{}") || strings.Contains(text, "<no value>") {
					t.Errorf("%s %s: %s", language, kind, text)
				}
			}
			if strings.Contains(mail.html, "<b>") || strings.Contains(mail.subject, c.Link) {
				t.Errorf("%s %s: %s\n%s", language, kind, mail.subject, mail.html)
			}
			sms, err := render(message(onboarding.MessageSMS, kind, language), &c, venue(name))
			if err != nil {
				t.Fatal(err)
			}
			if n := len(utf16.Encode([]rune(sms.plain))); n > 201 || !strings.Contains(sms.plain, c.Link) {
				t.Errorf("%s %s: an SMS of %d characters, more than three parts:\n%s", language, kind, n, sms.plain)
			}
		}
	}
}

// TestVerificationText checks the texts of a code as its reader sees them.
func TestVerificationText(t *testing.T) {
	m, err := render(message(onboarding.MessageEmail, onboarding.MessageVerification, "en"), &sample, venue("Roma"))
	if err != nil {
		t.Fatal(err)
	}
	want := "Your code for the Wi-Fi of Roma:\n\n314159\n\nOr open this link\n" + sample.Link +
		"\n\nThe code and the link are valid until 14:10 CEST. Give them to nobody.\n\n" +
		"If you did not ask for this message, ignore it.\n"
	if m.plain != want || m.subject != "314159 is your code for Roma" || m.name != "Roma" {
		t.Errorf("%q %q\n%s", m.subject, m.name, m.plain)
	}
	sms, err := render(message(onboarding.MessageSMS, onboarding.MessageVerification, "en"), &sample, venue("Roma"))
	if err != nil {
		t.Fatal(err)
	}
	want = "314159 is your code for Roma. Or open " + sample.Link + "\n\n@wifi.example.com #314159"
	if sms.plain != want {
		t.Errorf("%q", sms.plain)
	}
}

// TestCodeWithoutLink checks the texts of a code that an app asked for.
func TestCodeWithoutLink(t *testing.T) {
	c := sample
	c.Link = ""
	m, err := render(message(onboarding.MessageEmail, onboarding.MessageVerification, "en"), &c, venue("Roma"))
	if err != nil {
		t.Fatal(err)
	}
	want := "Your code for the Wi-Fi of Roma:\n\n314159\n\n" +
		"The code is valid until 14:10 CEST. Give it to nobody.\n\nIf you did not ask for this message, ignore it.\n"
	if m.plain != want || strings.Contains(m.html, "href") {
		t.Errorf("%s\n%s", m.plain, m.html)
	}
	sms, err := render(message(onboarding.MessageSMS, onboarding.MessageVerification, "en"), &c, venue("Roma"))
	if err != nil || sms.plain != "314159 is your code for Roma." {
		t.Errorf("%q %v", sms.plain, err)
	}
}

// TestNames checks that a name cannot add a line or turn the direction of the text after it.
func TestNames(t *testing.T) {
	hostile := "Bar\r\nBcc: x@example.com\u2028\u202eevil"
	for _, kind := range onboarding.MessageKinds() {
		m, err := render(message(onboarding.MessageEmail, kind, "ar"), &sample, venue(hostile))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{m.subject, m.name} {
			if strings.ContainsAny(text, "\r\n\u2028\u202e") {
				t.Errorf("%q", text)
			}
		}
		if strings.ContainsAny(m.plain, "\r\u2028\u202e") || strings.Contains(m.plain, "\nBcc") {
			t.Errorf("%q", m.plain)
		}
	}
}

// TestLanguage checks the choice of a language.
func TestLanguage(t *testing.T) {
	for _, tt := range []struct {
		wanted       string
		organization []string
		want         string
	}{
		{"de-CH", nil, "de"}, {"iw", nil, "he"}, {"xx", []string{"yy", "it"}, "it"}, {"", nil, "en"},
		{"../en", []string{"fr"}, "fr"},
	} {
		if got := languageOf(tt.wanted, tt.organization); got != tt.want {
			t.Errorf("%q of %v: %s, want %s", tt.wanted, tt.organization, got, tt.want)
		}
	}
}
