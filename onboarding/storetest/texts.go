package storetest

import (
	"context"
	"fmt"
	"testing"

	"onramp/onboarding"
)

var textParts = []part{{"HostileTexts", testHostileTexts}}

// testHostileTexts checks that texts are returned unchanged.
func testHostileTexts(t *testing.T, s onboarding.Store) {
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			c := newCustomer(onboarding.NewID())
			c.FirstName, c.Title, c.CompanyName, c.Source = text, text, text, text
			c.Custom = map[string]string{text: text}
			if len(text) < 1000 { // these are indexed, and an index has a limit
				c.Username, c.Email, c.LastName, c.ExtID = text, text, text, text
			}
			o := newOrganization()
			o.Name, o.WiFi.ConsentText = text, map[string]string{"en": text}
			write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
				if err := tx.PutOrganization(ctx, o); err != nil {
					return err
				}
				if err := tx.PutSetting(ctx, "hostile", text); err != nil {
					return err
				}
				return tx.InsertCustomer(ctx, c)
			})
			equal(t, "customer", must(s.Customer(ctx, c.OrganizationID, c.ID))(t), c)
			sameOrganization(t, "organization", must(s.Organization(ctx, o.ID))(t), o)
			equal(t, "setting", must(s.Setting(ctx, "hostile"))(t), text)
			if c.ExtID != "" {
				equal(t, "match",
					must(s.MatchAll(ctx, c.OrganizationID, onboarding.Match{ExtID: text, Username: text, Email: text},
						2))(t), list(c))
			}
		})
	}
}

// hostileTexts returns texts that are easily corrupted on the way to a database and back.
func hostileTexts() map[string]string {
	long := make([]byte, 0, 64<<10)
	for i := 0; len(long) < 64<<10; i++ {
		long = fmt.Appendf(long, "%d '\"&\\ € 🜲 ", i)
	}
	return map[string]string{
		"quotes": `'"` + "`", "sql": "'; DROP TABLE customers; --", "backslash": `\x00\u0000\`,
		"percent":   "%_$1?:name@p",
		"markup":    "]]><a&b>",
		"emoji":     "👩🏽‍🚀📶",
		"combining": "e\u0301 \u00e9",
		"bidi":      "\u202eabc\u200b",
		"controls":  "\t\r\n\x01\x7f",
		"spaces":    "  leading and trailing  ",
		"bom":       "\ufeffx",
		"top":       "\U0010ffff",
		"json":      `{"a":[null]}`,
		"64 KB":     string(long),
	}
}
