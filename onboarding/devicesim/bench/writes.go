package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The databases of rows.
const (
	onSQLite     = "SQLite"
	onPostgreSQL = "PostgreSQL"
)

// pair starts a serve and the ceiling of inserts on a database.
func (s *scene) pair(database string) (*onramp, string, error) {
	if database == onSQLite {
		o, err := s.serve(s.path("data"))
		if err != nil {
			return nil, "", err
		}
		bare, err := s.ceiling("--file", s.path("bare.db"))
		return o, bare, err
	}
	ours, bare, err := s.postgres()
	if err != nil {
		return nil, "", err
	}
	if _, err := s.output(s.Onramp, "migrate", "--data", s.path("data"), "--database", ours); err != nil {
		return nil, "", err
	}
	o, err := s.serve(s.path("data"), "--database", ours)
	if err != nil {
		return nil, "", err
	}
	address, err := s.ceiling("--url", bare, "--connections", strconv.Itoa(connections))
	return o, address, err
}

// registrations measures registrations over HTTP, each durable when it is answered, beside one
// durable insert for each request of the same form.
func registrations(database string) func(*scene) (*sides, error) {
	return func(s *scene) (*sides, error) {
		o, bare, err := s.pair(database)
		if err != nil {
			return nil, err
		}
		each, turn := s.pick(4000, 600), 0
		ours, inserts, err := alternate(s.rounds(), func() (float64, error) {
			turn++
			kind := fmt.Sprintf("r%d.", turn)
			return drive(clients, each, func(i int) error {
				return o.register(nil, kind, i)
			})
		}, func() (float64, error) { return s.inserts(o.client, bare, 2*each) })
		return &sides{measured: Figure{ours, "registrations/s"}, beside: Figure{inserts, "inserts/s"}}, err
	}
}

// inserts runs a round of the ceiling of inserts.
func (s *scene) inserts(c *client, bare string, n int) (float64, error) {
	return drive(clients, n, func(i int) error {
		_, err := c.send(s.ctx, http.StatusCreated, http.MethodPost, bare+"/insert", person("bare", i))
		return err
	})
}

// aaaCredentials returns the headers of FreeRADIUS's requests.
func (o *onramp) aaaCredentials() []string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth("radius", o.demo.AAASecret)
	return []string{"Authorization", r.Header.Get("Authorization")}
}

// users returns the user names of so many new customers.
func (o *onramp) users(n int) ([]string, error) {
	people, err := o.registerAll("u", n)
	names := make([]string, n)
	for i := range people {
		names[i] = people[i].Username
	}
	return names, err
}

const accessPoint = "ap1.demo.onramp.example"

func accessRequest(user string) string {
	return fmt.Sprintf(`{"User-Name":%q,"Onramp-Hotspot":"","NAS-Identifier":%q,"NAS-IP-Address":"192.0.2.1",`+
		`"Called-Station-Id":"02-00-00-00-00-01:Demo"}`, user, accessPoint)
}

// authorizations measures FreeRADIUS's requests for the password and the attributes of a user.
func authorizations(s *scene) (*sides, error) {
	o, bare, err := s.pair(onSQLite)
	if err != nil {
		return nil, err
	}
	users, err := o.users(1000)
	if err != nil {
		return nil, err
	}
	if _, err := s.inserts(o.client, bare, 1000); err != nil {
		return nil, err
	}
	each, basic := s.pick(10_000, 1500), o.aaaCredentials()
	ours, reads, err := alternate(s.rounds(), func() (float64, error) {
		return drive(clients, each, func(i int) error {
			_, err := o.send(s.ctx, http.StatusOK, http.MethodPost, o.aaa+"/aaa/authorize",
				accessRequest(users[i%len(users)]), basic...)
			return err
		})
	}, func() (float64, error) {
		return drive(clients, each, func(i int) error {
			_, err := o.send(s.ctx, http.StatusOK, http.MethodPost, bare+"/read", accessRequest(users[i%len(users)]))
			return err
		})
	})
	return &sides{measured: Figure{ours, "requests/s"}, beside: Figure{reads, "requests/s"}}, err
}

// accounting measures accounting records: Start and Stop of new connections of customers who agreed
// to profiling, with the device and the visit that follow from them.
func accounting(database string) func(*scene) (*sides, error) {
	return func(s *scene) (*sides, error) {
		o, bare, err := s.pair(database)
		if err != nil {
			return nil, err
		}
		basic := o.aaaCredentials()
		users, err := o.users(200)
		if err != nil {
			return nil, err
		}
		for i, user := range users {
			text, err := o.send(s.ctx, http.StatusOK, http.MethodPost, o.aaa+"/aaa/authorize", accessRequest(user),
				basic...)
			if err != nil {
				return nil, err
			}
			var reply struct {
				Name struct{ Value []string } `json:"reply:User-Name"`
			}
			if err := json.Unmarshal(text, &reply); err != nil || len(reply.Name.Value) != 1 {
				return nil, fmt.Errorf("no User-Name in %s: %w", text, err)
			}
			users[i] = reply.Name.Value[0]
		}
		each, turn, now := s.pick(2000, 600), 0, time.Now()
		ours, inserts, err := alternate(s.rounds(), func() (float64, error) {
			turn++
			from := turn * each
			perSecond, err := drive(clients, each, func(i int) error {
				for _, status := range []string{"Start", "Stop"} {
					if _, err := o.send(s.ctx, http.StatusNoContent, http.MethodPost, o.aaa+"/aaa/accounting",
						record(status, from+i, users, now), basic...); err != nil {
						return err
					}
				}
				return nil
			})
			return 2 * perSecond, err
		}, func() (float64, error) { return s.inserts(o.client, bare, 2*each) })
		return &sides{measured: Figure{ours, "records/s"}, beside: Figure{inserts, "inserts/s"}}, err
	}
}

// record returns the i-th connection's accounting record in the form of FreeRADIUS's rlm_rest.
func record(status string, i int, users []string, now time.Time) string {
	begun, spent := now.Add(-time.Duration(120+i%86400)*time.Second).Unix(), 0
	if status == "Stop" {
		spent = 60
	}
	return fmt.Sprintf(`{"Acct-Status-Type":%q,"Acct-Unique-Session-Id":"u%[2]d","Acct-Session-Id":"%[2]d",`+
		`"User-Name":%[3]q,"NAS-Identifier":%[4]q,"Calling-Station-Id":"02-00-00-00-%02[5]X-%02[6]X",`+
		`"Event-Timestamp":%[7]d,"Acct-Session-Time":%[8]d,"Acct-Input-Octets":1000,"Acct-Output-Octets":1000}`,
		status, i, users[i%len(users)], accessPoint, i>>8&255, i&255, begun+int64(spent), spent)
}

// waits measures the percentiles of registrations that arrive at 70 % of the highest rate, which is
// the one of 64 clients that do not wait between requests.
func waits(s *scene) (*sides, error) {
	o, err := s.serve(s.path("data"))
	if err != nil {
		return nil, err
	}
	each := s.pick(4000, 600)
	var highest []float64
	for turn := range s.rounds() {
		rate, err := drive(clients, each, func(i int) error {
			return o.register(nil, fmt.Sprintf("m%d.", turn), i)
		})
		if err != nil {
			return nil, err
		}
		highest = append(highest, rate)
	}
	rate := 0.7 * median(highest)
	var middle, late []float64
	for turn := range s.rounds() {
		h, err := arrive(rate, each, func(i int) error {
			return o.register(nil, fmt.Sprintf("w%d.", turn), i)
		})
		if err != nil {
			return nil, err
		}
		middle = append(middle, float64(h.ValueAtPercentile(50))/1000)
		late = append(late, float64(h.ValueAtPercentile(99))/1000)
	}
	return &sides{
		measured: Figure{median(late), "ms"}, beside: Figure{median(middle), "ms"},
		note: fmt.Sprintf("%.0f registrations/s", rate),
	}, nil
}

// arrive calls do n times at a fixed rate and returns the microseconds from the planned times.
func arrive(rate float64, n int, do func(i int) error) (*hdrhistogram.Histogram, error) {
	start := time.Now()
	took := make([]time.Duration, n)
	planned := func(i int) time.Time { return start.Add(time.Duration(float64(i) / rate * float64(time.Second))) }
	// As many callers as requests wait for their time: none waits for another's answer.
	if _, err := drive(n, n, func(i int) error {
		time.Sleep(time.Until(planned(i)))
		err := do(i)
		took[i] = time.Since(planned(i))
		return err
	}); err != nil {
		return nil, err
	}
	h := hdrhistogram.New(1, time.Hour.Microseconds(), 3)
	for _, d := range took {
		if err := h.RecordValue(max(d.Microseconds(), 1)); err != nil {
			return nil, err
		}
	}
	return h, nil
}
