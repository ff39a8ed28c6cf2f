package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"onramp/cmd/onramp/terminal"
	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/registration"
)

// seedBatch is the number of contacts created in one transaction.
const seedBatch = 1000

func seedCommand() *cobra.Command {
	var f flags
	var organization string
	var contacts int
	var seed uint64
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Fill an organization with made-up contacts, for load tests",
		Long: `Fill an organization with made-up contacts, for load tests: names, addresses at
example.com, phone numbers, birth dates, consents and sign-ups spread over three
years and all its locations. Each is a complete customer with its own credential
and can be deleted through the API. Each run adds more contacts. Do not use it
on a production database.`,
		Example: "  onramp seed --contacts 10000",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if contacts < 1 {
				return usageError{errors.New("--contacts must be at least 1")}
			}
			return withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				o, err := s.Tenant.Export(cmd.Context(), organization)
				if err != nil {
					return err
				}
				if organization == "" || len(o) != 1 {
					return usageError{errors.New("--organization is required: ID of the organization to fill")}
				}
				start := time.Now()
				bar := terminal.NewProgress(cmd.ErrOrStderr(), contacts, start)
				err = plant(cmd.Context(), s, newCrowd(o[0], seed, start), contacts, bar.Show)
				bar.End()
				if err != nil {
					return err
				}
				took := time.Since(start)
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d contacts in %s, %.0f a second\n", contacts,
					took.Round(time.Millisecond), float64(contacts)/took.Seconds())
				return err
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.organizationFlag(cmd, &organization, "ID of the organization to fill")
	cmd.Flags().IntVar(&contacts, "contacts", 1000, "number of contacts to create")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of the random generator: the same seed creates the same people, "+
		"except for IDs, user names and unique fields")
	return cmd
}

// plant creates n contacts. It prepares the next batch while the previous one is being written.
func plant(ctx context.Context, s *deployment.Deployment, people *crowd, n int, progress func(int)) error {
	batches, failed := make(chan []registration.Enrolment, 2), make(chan error, 1)
	go func() {
		defer close(failed)
		done := 0
		for batch := range batches {
			if err := s.Registration.RegisterMany(ctx, people.organization.ID, batch); err != nil {
				failed <- err
				return
			}
			done += len(batch)
			progress(done)
		}
	}()
	for left := n; left > 0; left -= seedBatch {
		batch := make([]registration.Enrolment, min(left, seedBatch))
		for i := range batch {
			batch[i] = people.next()
		}
		select {
		case batches <- batch:
		case err := <-failed:
			return err
		}
	}
	close(batches)
	return <-failed
}

// crowd generates made-up people.
type crowd struct {
	organization *onboarding.Organization
	random       *rand.Rand
	now          time.Time
	run          string // part of unique fields, different in each run
	n            int
}

func newCrowd(o *onboarding.Organization, seed uint64, now time.Time) *crowd {
	return &crowd{organization: o, random: rand.New(rand.NewPCG(seed, 0)), now: now,
		run: strconv.FormatInt(now.UnixMilli(), 36)}
}

var (
	womensNames = strings.Fields("Giulia Sofia Aurora Alice Ginevra Emma Giorgia Beatrice Anna Vittoria Chiara " +
		"Martina Sara Francesca Elena Marta Zoë Irène Léa Hanna Mia Lena Ingrid Åsa Olga Amélie")
	mensNames = strings.Fields("Leonardo Francesco Alessandro Lorenzo Mattia Tommaso Andrea Gabriele Riccardo " +
		"Edoardo Luca Marco Paolo Davide Jürgen Björn Łukasz René José Owen Noah Luis Felix Paul Émile Søren")
	lastNames = strings.Fields("Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo " +
		"Conti Costa Giordano Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso " +
		"Ferrara Galli Martini Leone Longo Müller Schmidt Nguyễn O'Brien García Núñez Åkesson Dubois Lefèvre " +
		"Kowalski Novák Silva Jensen Virtanen")
	countries = []struct {
		country, language, prefix string
		digits                    int // after the prefix
	}{
		{"IT", "it", "+3933", 8}, {"IT", "it", "+3934", 8}, {"IT", "it", "+3932", 8}, {"DE", "de", "+49151", 8},
		{"FR", "fr", "+336", 8}, {"GB", "en", "+447400", 6}, {"ES", "es", "+346", 8},
	}
)

// next returns the next person. Optional fields are present with a fixed probability.
func (c *crowd) next() registration.Enrolment {
	c.n++
	often := func(percent int) bool { return c.random.IntN(100) < percent }
	from := countries[c.random.IntN(len(countries))]
	in := registration.CustomerInput{
		LastName: pick(c.random, lastNames), Language: &from.language, Country: &from.country,
		LocationID: &c.organization.Locations[c.random.IntN(len(c.organization.Locations))].ID,
		Policies:   map[string]bool{}, Source: new("seed"),
	}
	names, gender := womensNames, "female"
	if often(50) {
		names, gender = mensNames, "male"
	}
	in.FirstName = pick(c.random, names)
	if often(70) {
		in.Gender = &gender
	}
	unique := c.run + strconv.FormatInt(int64(c.n), 36)
	if often(85) {
		in.Email = new(plain(*in.FirstName) + "." + plain(*in.LastName) + "." + unique + "@example.com")
		in.EmailVerified = new(often(60))
	}
	if often(60) {
		in.PhoneNumber = new(from.prefix + fmt.Sprintf("%08d", c.random.IntN(1e8))[:from.digits])
		in.PhoneVerified = new(often(50))
	}
	if often(40) {
		in.BirthDate = new(c.now.AddDate(-16-c.random.IntN(60), 0, -c.random.IntN(365)).Format(time.DateOnly))
	}
	if often(30) {
		in.ExtID = new("crm-" + unique)
	}
	for _, p := range c.organization.Policies {
		if p.Mandatory() {
			in.Policies[p.Key] = true
		} else if often(80) {
			in.Policies[p.Key] = often(45)
		}
	}
	if often(90) {
		agrees := often(60)
		in.Profiling, in.PPD = &agrees, new(true)
	}
	// Over three years, more of them recent, each at a different microsecond.
	ago := time.Duration(float64(3*365*24*time.Hour) * c.random.Float64() * c.random.Float64())
	return registration.Enrolment{Input: in,
		At: c.now.Add(-ago).Truncate(time.Second).Add(time.Duration(c.n%1e6) * time.Microsecond)}
}

func pick(random *rand.Rand, values []string) *string { return &values[random.IntN(len(values))] }

// plain returns the letters a to z of a name in lower case, for an email address.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
