package tombstone_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/testkit"
	"onramp/onboarding/tombstone"
)

// BenchmarkDeletion deletes customers with and without the file, in turns, and reports the ratio of
// the times and the size of a line:
//
//	go test ./onboarding/tombstone -run '^$' -bench Deletion -benchtime 500x
func BenchmarkDeletion(b *testing.B) {
	for _, writers := range []int{1, 8} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			path, ctx := filepath.Join(b.TempDir(), "tombstones"), b.Context()
			v := testkit.NewVenue(b)
			with := testkit.Deploy(b, deployment.Config{Store: v.Store, Now: v.Now, Tombstones: path})
			without := testkit.Deploy(b, deployment.Config{Store: v.Store, Now: v.Now})
			var took [2]time.Duration
			for n := range b.N {
				b.StopTimer()
				var ids [2][]string
				for side := range ids {
					for w := range writers {
						c := v.AddCustomer(v.Here, fmt.Sprintf("c%d-%d-%d", n, side, w), "secret-1")
						ids[side] = append(ids[side], c.ID)
					}
				}
				b.StartTimer()
				for i := range ids {
					side := (i + n) % 2
					d := []*deployment.Deployment{without, with}[side]
					started := time.Now()
					var all sync.WaitGroup
					for _, id := range ids[side] {
						all.Go(func() {
							if err := d.Registration.Delete(ctx, testkit.Manager(v.Here), id); err != nil {
								b.Error(err)
							}
						})
					}
					all.Wait()
					took[side] += time.Since(started)
				}
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			deletions := float64(b.N * writers)
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "with/without")
			b.ReportMetric(float64(took[0].Microseconds())/float64(b.N), "µs-without")
			b.ReportMetric(float64(took[1].Microseconds())/float64(b.N), "µs-with")
			b.ReportMetric(float64(info.Size())/deletions, "B/line")
		})
	}
}

// BenchmarkStart applies a file of 100,000 lines to a copy with 10,000 customers, a tenth of whom
// were deleted since:
//
//	go test ./onboarding/tombstone -run '^$' -bench Start -benchtime 1x
func BenchmarkStart(b *testing.B) {
	for range b.N {
		b.StopTimer()
		path, ctx := filepath.Join(b.TempDir(), "tombstones"), b.Context()
		v := testkit.NewVenue(b)
		const customers, gone, others = 10_000, 1_000, 99_000
		copied := make([]*onboarding.Customer, customers)
		for n := range copied {
			copied[n] = &onboarding.Customer{
				ID: onboarding.NewID(), OrganizationID: v.Here.ID, Username: fmt.Sprint("customer-", n),
				SignupMethod: onboarding.ChannelAPI, Created: v.Now(), Modified: v.Now(),
			}
		}
		log, err := tombstone.Open(ctx, tombstone.Config{Store: v.Store, Path: path})
		if err != nil {
			b.Fatal(err)
		}
		for begin := 0; begin < gone; begin += 100 {
			if err := log.Store().Write(ctx, func(tx onboarding.Tx) error {
				for _, c := range copied[begin : begin+100] {
					if err := tx.InsertCustomer(ctx, c); err != nil {
						return err
					}
					if err := tx.DeleteCustomer(ctx, c.OrganizationID, c.ID, onboarding.NewID()); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		for range others / 1000 {
			more := make([]onboarding.Tombstone, 1000)
			for i := range more {
				more[i] = onboarding.Tombstone{Kind: onboarding.TombstoneDeleted, Hash: onboarding.NewID()}
			}
			if err := v.Store.Write(ctx, func(tx onboarding.Tx) error {
				return tx.InsertTombstones(ctx, more...)
			}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := log.Start(ctx); err != nil { // completes the file
			b.Fatal(err)
		}
		s := older(b, v.Store, testkit.OpenStore(b), copied...)
		restored, err := tombstone.Open(ctx, tombstone.Config{Store: s, Path: path})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		applied, err := restored.Start(ctx)
		if err != nil || applied.Deleted != gone || applied.Tombstones != gone+others {
			b.Fatalf("%+v, %v", applied, err)
		}
	}
}
