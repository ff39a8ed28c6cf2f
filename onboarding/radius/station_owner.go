package radius

import (
	"context"
	"errors"

	"onramp/onboarding"
)

// OwnerGone reports whether the station's last Access-Accept at an access point, by its Key, was
// that of a customer who was deleted since, or who refuses the processing of personal data.
func (s *AAA) OwnerGone(ctx context.Context, accessPoint, mac string) (bool, error) {
	station, err := s.stationKey(ctx, &origin{key: accessPoint}, mac)
	if err != nil || station == "" {
		return false, err
	}
	owner, _, err := s.store.StationAccept(ctx, station)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	return err == nil && owner == "", err
}
