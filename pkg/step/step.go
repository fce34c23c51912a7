// Package step is what the steps of all machines share: how a step becomes a
// function of JSON, how its errors reach the machine, and what time and figures
// look like to it. A package below it has the steps of one machine.
//
// Every step is Handle(ctx, In) (Out, error). It may be called again with the
// same input, after a crash or a lost answer, and then finds what the earlier
// call did. It never waits: the machine does. Steps know neither AWS nor
// PostgreSQL: the worlds give them adapters.
package step

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Clock tells the time, in UTC.
type Clock interface{ Now() time.Time }

// MetricSink takes figures. Publishing the same ones again within the same
// minute does no harm to the monitoring.
type MetricSink interface {
	Publish(ctx context.Context, metrics []drill.Metric) error
}

// Named gives err the name, unless it already has one.
func Named(name drill.ErrorName, err error, format string, args ...any) error {
	if drill.NameOf(err) != "" {
		return err
	}
	return &drill.Error{Name: name, What: fmt.Sprintf(format, args...), Err: err}
}
