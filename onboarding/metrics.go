package onboarding

import (
	"context"
	"time"
)

// Metrics describes the visits of a profiled customer. A nil field is unknown: all fields of a
// customer who is not profiled, and most fields of a customer without visits.
type Metrics struct {
	// FrequencyMonthlyVisit is visits / (days since the first visit / 30), with at least one day.
	FrequencyMonthlyVisit *float64 `json:"frequencyMonthlyVisit"`
	// CompassTopLocation is the ID of the location with the most visits; among equals, the one
	// seen last.
	CompassTopLocation      *string `json:"compassTopLocation"`
	CompassTopLocationCount *int64  `json:"compassTopLocationCount"`
	// TopFrequencyBuckets is daily, weekly, monthly or occasional, by AvgDaysBetweenVisits.
	TopFrequencyBuckets *string `json:"topFrequencyBuckets"`
	LastVisitVenue      *string `json:"lastVisitVenue"` // the ID of the location
	PrefVisitWDay       *int    `json:"prefVisitWDay"`  // ISO 8601: Monday is 1
	// LastVisitDateUTC is the end of the last visit, LastVisitDateBusiness the same instant in
	// the time zone of the location.
	LastVisitDateUTC      *time.Time `json:"lastVisitDateUtc"`
	LastVisitDateBusiness *time.Time `json:"lastVisitDateBusiness"`
	AvgVisitLength        *float64   `json:"avgVisitLength"` // seconds
	CountVisitedLocations *int64     `json:"countVisitedLocations"`
	CountTotalVisits      *int64     `json:"countTotalVisits"`
	PrefVisitTimebucket   *string    `json:"prefVisitTimebucket"` // night, morning, afternoon, evening
	PrefVisitTimeHour     *string    `json:"prefVisitTimeHour"`   // "0" to "23"
	// ConversionRate is the share (0 to 1) of visits with at least one connection that we
	// authenticated.
	ConversionRate *float64 `json:"conversionRate"`
	// AvgDaysBetweenVisits is the number of calendar days from the first visit to the last, in
	// the local time of their locations, divided by (visits - 1).
	AvgDaysBetweenVisits *float64 `json:"avgDaysBetweenVisits"`
}

// Frequency buckets, by the average number of days between visits.
const (
	bucketDaily      = "daily"      // up to 2
	bucketWeekly     = "weekly"     // up to 10
	bucketMonthly    = "monthly"    // up to 45
	bucketOccasional = "occasional" // more
)

func FrequencyBucket(days float64) string {
	switch {
	case days <= 2:
		return bucketDaily
	case days <= 10:
		return bucketWeekly
	case days <= 45:
		return bucketMonthly
	default:
		return bucketOccasional
	}
}

// timeBuckets divide the day into four parts of six hours.
var timeBuckets = [4]string{"night", "morning", "afternoon", "evening"}

// MetricsReader reads tallies.
type MetricsReader interface {
	// MetricsOf returns the tallies of the given customers that have one, by customer ID. It is
	// one statement for any number of customers.
	MetricsOf(ctx context.Context, customerIDs []string) (map[string]*Tally, error)
	// VisitBounds returns the bounds of the customer's visits at the location; ErrNotFound if
	// there are none.
	VisitBounds(ctx context.Context, customerID, locationID string) (VisitBounds, error)
}

// MetricsWriter writes tallies.
type MetricsWriter interface {
	// BeginTally creates an empty tally unless the customer has one.
	BeginTally(ctx context.Context, organizationID, customerID string) error
	// PutTally creates or replaces a tally as a whole.
	PutTally(ctx context.Context, t *Tally) error
	// ForgetBehaviour deletes the customer's tally, visits and logins (as events).
	ForgetBehaviour(ctx context.Context, customerID string) error
}
