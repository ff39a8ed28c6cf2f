package onboarding

import (
	"time"
)

// Metrics is what is told of how a profiled customer visits. A member is nil where it is not known: all of them of a customer who is not
// profiled, most of them of one who has not been there yet.
type Metrics struct {
	// FrequencyMonthlyVisit is visits / (days since the first visit / 30), the days being at least one.
	FrequencyMonthlyVisit *float64 `json:"frequencyMonthlyVisit"`
	// CompassTopLocation is the ID of the location with the most visits, the one seen last among equals.
	CompassTopLocation      *string `json:"compassTopLocation"`
	CompassTopLocationCount *int64  `json:"compassTopLocationCount"`
	// TopFrequencyBuckets is daily, weekly, monthly or occasional, by AvgDaysBetweenVisits.
	TopFrequencyBuckets *string `json:"topFrequencyBuckets"`
	LastVisitVenue      *string `json:"lastVisitVenue"` // the ID of the location
	PrefVisitWDay       *int    `json:"prefVisitWDay"`  // ISO 8601: Monday is 1
	// LastVisitDateUTC is when the customer was last seen, LastVisitDateBusiness the same in the zone of the place.
	LastVisitDateUTC      *time.Time `json:"lastVisitDateUtc"`
	LastVisitDateBusiness *time.Time `json:"lastVisitDateBusiness"`
	AvgVisitLength        *float64   `json:"avgVisitLength"` // seconds
	CountVisitedLocations *int64     `json:"countVisitedLocations"`
	CountTotalVisits      *int64     `json:"countTotalVisits"`
	PrefVisitTimebucket   *string    `json:"prefVisitTimebucket"` // night, morning, afternoon, evening
	PrefVisitTimeHour     *string    `json:"prefVisitTimeHour"`   // "0" to "23"
	// ConversionRate is the part, 0 to 1, of the visits in which at least one connection was accepted by us.
	ConversionRate *float64 `json:"conversionRate"`
	// AvgDaysBetweenVisits is the calendar days from the first visit to the last, by the clocks of their places, / (visits - 1).
	AvgDaysBetweenVisits *float64 `json:"avgDaysBetweenVisits"`
}

// Frequency buckets, by the average number of days between visits.
const (
	bucketDaily      = "daily"      // up to 2
	bucketWeekly     = "weekly"     // up to 10
	bucketMonthly    = "monthly"    // up to 45
	bucketOccasional = "occasional" // beyond
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

// timeBuckets part the day into quarters.
var timeBuckets = [4]string{"night", "morning", "afternoon", "evening"}
