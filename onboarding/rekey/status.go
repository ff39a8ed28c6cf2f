package rekey

import (
	"context"
	"errors"
	"maps"
	"slices"

	"onramp/onboarding"
)

// page is the number of values that one query reads, and that one transaction replaces.
const page = 200

// Count is the number of values of a place that are sealed under a master key.
type Count struct {
	KeyID, Place string
	Values       int
}

// Counts returns the number of sealed values by place and key, in the order of the places.
func Counts(ctx context.Context, store onboarding.Reader) ([]Count, error) {
	var all []Count
	for _, place := range store.SealedPlaces() {
		byKey := map[string]int{}
		if err := onboarding.EachSealedPage(ctx, store, place, page, func(values []onboarding.SealedValue) error {
			for i := range values {
				byKey[values[i].KeyID]++
			}
			return nil
		}); err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(byKey)) {
			all = append(all, Count{KeyID: key, Place: place, Values: byKey[key]})
		}
	}
	return all, nil
}

// errStop ends EachSealedPage early.
var errStop = errors.New("stop")

// anyUnder returns a place with a value that is sealed under a key for which is returns true;
// empty: there is none.
func anyUnder(ctx context.Context, store onboarding.Reader, is func(keyID string) bool) (string, error) {
	for _, place := range store.SealedPlaces() {
		err := onboarding.EachSealedPage(ctx, store, place, page, func(values []onboarding.SealedValue) error {
			if slices.ContainsFunc(values, func(v onboarding.SealedValue) bool { return is(v.KeyID) }) {
				return errStop
			}
			return nil
		})
		if errors.Is(err, errStop) {
			return place, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}
