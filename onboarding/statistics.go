package onboarding

import (
	"context"
	"strings"
	"time"
)

// StatisticsSlot is the unit of time in which statistics are counted. All time zones differ from
// UTC by a multiple of it, so that a day of any venue consists of whole slots.
const StatisticsSlot = 15 * time.Minute

// StatisticsKept is the time for which statistics are kept: three years.
const StatisticsKept = 1096 * 24 * time.Hour

// MaxCountedTraffic limits the octets that one connection adds to statistics, so that an access
// point with wrong counters cannot make the sums overflow.
const MaxCountedTraffic = int64(1) << 45

// The platforms of statistics. The empty text is an unknown platform.
const (
	PlatformIOS     = "ios"
	PlatformAndroid = "android"
	PlatformWindows = "windows"
	PlatformMacOS   = "macos"
	PlatformOther   = "other"
)

// StatisticsPlatform returns the platform under which statistics count the platform of a profile,
// or the operating system of a browser.
func StatisticsPlatform(platform string) string {
	switch name := strings.TrimPrefix(platform, "settings-"); name {
	case "", PlatformIOS, PlatformAndroid, PlatformWindows, PlatformMacOS:
		return name
	}
	return PlatformOther
}

// Counts are the sums of an organization's events.
type Counts struct {
	Opened int64 // page views of the sign-up page
	Forms  int64 // customers who signed up on it
	Files  int64 // of those, who took their first profile
	Joined int64 // of those, who connected for the first time

	Signups          int64 // customers created, by any channel
	Downloads        int64 // answered downloads of profiles
	Installations    int64 // reported installations
	FirstConnections int64 // customers who connected for the first time
	Connections      int64 // connections of customers, by their start
	Traffic          int64 // octets of these connections, both directions
	Dwell            int64 // seconds of these connections
	Refusals         int64 // refused authentications
	// Former counts people to whom no record leads any more: deleted customers once for each local
	// day on which they connected, and connections of customers who refuse the processing of
	// personal data.
	Former int64
}

// Fields returns the counts in the order of their declaration.
func (c *Counts) Fields() []*int64 {
	return []*int64{
		&c.Opened, &c.Forms, &c.Files, &c.Joined, &c.Signups, &c.Downloads, &c.Installations, &c.FirstConnections,
		&c.Connections, &c.Traffic, &c.Dwell, &c.Refusals, &c.Former,
	}
}

// Add adds other counts.
func (c *Counts) Add(other *Counts) {
	more := other.Fields()
	for i, field := range c.Fields() {
		*field += *more[i]
	}
}

// Statistic adds counts of events at one time and place.
type Statistic struct {
	OrganizationID string
	At             time.Time
	LocationID     string // empty if unknown
	Platform       string // of StatisticsPlatform
	Counts
}

// FirstConnection is a connection of a customer that may be the first one.
type FirstConnection struct {
	CustomerID, OrganizationID string
	LocationID                 string // empty if unknown
	At                         time.Time
}

// StatisticsBy is the value by which rows of statistics are grouped.
type StatisticsBy string

const (
	ByNothing  StatisticsBy = "" // one row
	ByDay      StatisticsBy = "day"
	ByHour     StatisticsBy = "hour"
	ByLocation StatisticsBy = "location"
	ByPlatform StatisticsBy = "platform"
)

// StatisticsQuery selects the slots of an organization that begin within [From, To).
type StatisticsQuery struct {
	OrganizationID string
	LocationID     string // empty: all, also those without a location
	From, To       time.Time
	By             StatisticsBy
	// WithoutPeople leaves People at Former: different customers are counted by reading each of
	// their connections.
	WithoutPeople bool
}

// StatisticsRow is a group of an organization's statistics.
type StatisticsRow struct {
	// At is the hour, or the local day as if it were UTC, of ByHour and ByDay.
	At time.Time
	// Name is the ID of the location or the platform, of ByLocation and ByPlatform.
	Name string
	Counts
	// People is the number of different customers with a connection that began in the group, and
	// Former.
	People int64
}

// StatisticsReader reads statistics.
type StatisticsReader interface {
	// Statistics returns the groups that are not empty, in any order. The local day of a row is
	// that of the location's time zone when the event was counted; UTC without a location.
	Statistics(ctx context.Context, q StatisticsQuery) ([]StatisticsRow, error)
}

// StatisticsWriter counts events. PutConnection and the deletion of customers and connections count
// on their own.
type StatisticsWriter interface {
	// AddStatistics adds counts. Those of no organization are ignored.
	AddStatistics(ctx context.Context, all ...Statistic) error
	// SetPlatform records the platform of the customer's latest profile, unless the customer
	// refuses the processing of personal data. It reports whether this is the first profile of a
	// customer who signed up on the portal. It must be called before CountDownload.
	SetPlatform(ctx context.Context, customerID, platform string) (first bool, err error)
	// CountFirstConnection counts the customer's first connection, unless one was counted before
	// or the customer refuses the processing of personal data. It must be called before CountLogin
	// and PutConnection. It reports whether it counted.
	CountFirstConnection(ctx context.Context, f FirstConnection) (first bool, err error)
	// FoldStatistics merges up to limit of the counts added since into sums, and returns their
	// number.
	FoldStatistics(ctx context.Context, limit int) (int, error)
	// CountEarlierConnections counts up to limit connections that an earlier version stored, and
	// returns their number.
	CountEarlierConnections(ctx context.Context, limit int) (int, error)
}
