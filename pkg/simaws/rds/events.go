package rds

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// event as DescribeEvents knows it: without its id.
type event struct {
	at         time.Time
	source     string
	arn        string
	categories []string
	message    string
}

// event tells the bus, and DescribeEvents for the 14 days that it remembers.
func (s *Service) event(r *region, i *Instance, id string, categories []string, message string) {
	now := s.o.Clock.Now()
	r.events = append(r.events, event{now, i.Identifier, i.ARN, categories, message})
	if s.o.Bus == nil {
		return
	}
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloud-watch-events.sample.html
	// The detail is made of texts: it always encodes.
	_ = s.o.Bus.Put(events.Event{
		Source: "aws.rds", DetailType: "RDS DB Instance Event", Account: r.account, Region: r.region, Resources: []string{i.ARN},
	}, map[string]any{
		"EventCategories": categories, "SourceType": "DB_INSTANCE", "SourceArn": i.ARN, "Date": now.Format("2006-01-02T15:04:05.000Z"),
		"Message": message, "SourceIdentifier": i.Identifier, "EventID": id,
	})
}

type describeEventsIn struct {
	SourceIdentifier, SourceType string
	StartTime, EndTime           *time.Time
	Duration                     *int
	paging
}

type describeEventsOut struct {
	Marker *string
	Events []shownEvent `xml:"Events>Event"`
}

type shownEvent struct {
	SourceIdentifier, SourceType, Message string
	EventCategories                       []string `xml:"EventCategories>EventCategory"`
	Date                                  time.Time
	SourceArn                             string
}

// describeEvents looks back 60 minutes unless a start is given, 14 days at
// most. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEvents.html
func (s *Service) describeEvents(c *wire.Call, in describeEventsIn) (describeEventsOut, error) {
	r, now := s.of(c), s.o.Clock.Now()
	if in.SourceIdentifier != "" && in.SourceType == "" {
		return describeEventsOut{}, wire.Errorf("InvalidParameterCombination", "SourceType is required with SourceIdentifier.")
	}
	from, to := now.Add(-time.Hour), now
	if in.Duration != nil {
		from = now.Add(-time.Duration(*in.Duration) * time.Minute)
	}
	if in.StartTime != nil {
		from = *in.StartTime
	}
	if in.EndTime != nil {
		to = *in.EndTime
	}
	var found []shownEvent
	for _, e := range r.events {
		if e.at.Before(from) || e.at.After(to) || now.Sub(e.at) > 14*24*time.Hour || in.SourceIdentifier != "" && in.SourceIdentifier != e.source {
			continue
		}
		found = append(found, shownEvent{e.source, "db-instance", e.message, e.categories, e.at, e.arn})
	}
	part, next, err := page(found, in.MaxRecords, in.Marker)
	return describeEventsOut{next, part}, err
}
