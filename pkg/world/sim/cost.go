package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
)

// Prices in US dollars, from AWS's public price pages of eu-central-1 as of
// November 2026 without free tiers. They are for orientation: the bill decides.
const (
	pricePerTransition = 0.025 / 1000   // Step Functions Standard
	pricePerInvocation = 0.20 / 1e6     // Lambda requests
	pricePerGBSecond   = 0.0000133334   // Lambda, arm64
	pricePerWrite      = 0.7625 / 1e6   // DynamoDB on demand, 1 KB
	pricePerRead       = 0.1525 / 1e6   // DynamoDB on demand, 4 KB
	pricePerPut        = 0.0054 / 1000  // S3 PUT
	pricePerGet        = 0.00043 / 1000 // S3 GET
	pricePerMetricCall = 0.01 / 1000    // CloudWatch PutMetricData
	pricePerSecretCall = 0.05 / 10000   // Secrets Manager
	pricePerKMSCall    = 0.03 / 10000   // KMS

	functionGB       = 0.128 // memory of a function
	functionOverhead = 5 * time.Millisecond
)

// Cost of one drill.
type Cost struct {
	Transitions int            `json:"transitions"` // of states, retries included
	Invocations int            `json:"invocations"` // of functions
	Requests    map[string]int `json:"requests"`    // by service:operation
	// InstanceHours is how long the copy was billed: RDS bills by the second,
	// ten minutes at least.
	InstanceHours float64 `json:"instanceHours"`
	StorageGiB    int     `json:"storageGiB"`
	// ControlPlaneDollars is everything except for the copy itself.
	ControlPlaneDollars float64 `json:"controlPlaneDollars"`
}

const minBilled = 10 * time.Minute

// CostOf sums up what was used: the time of each call of a function, and how long all
// copies together were there.
func CostOf(transitions int, functions []time.Duration, calls []simaws.Record, lived time.Duration, storageGiB int) Cost {
	c := Cost{Transitions: transitions, Invocations: len(functions), Requests: map[string]int{}, StorageGiB: storageGiB}
	dollars := float64(transitions)*pricePerTransition + float64(len(functions))*pricePerInvocation
	for _, took := range functions {
		dollars += (took + functionOverhead).Seconds() * functionGB * pricePerGBSecond
	}
	for _, call := range calls {
		c.Requests[call.Service+":"+call.Operation]++
		dollars += priceOf(call)
	}
	if lived > 0 {
		c.InstanceHours = max(lived, minBilled).Hours()
	}
	c.ControlPlaneDollars = dollars
	return c
}

// free are the services whose requests cost nothing at this scale.
var free = map[string]bool{"rds": true, "sts": true, "states": true, "iam": true, "cloudformation": true, "lambda": true, "events": true, "backup": true, "sns": true, "sqs": true, "scheduler": true, "route53": true, "ecs": true, "autoscaling": true, "ssm": true, "ecr": true}

// priceOf is that of one request, by the name under which it is signed. A test
// holds that there is one for every service that is simulated.
func priceOf(call simaws.Record) float64 {
	switch call.Service {
	case "dynamodb":
		if strings.HasPrefix(call.Operation, "Get") || call.Operation == "Query" {
			return pricePerRead
		}
		return 2 * pricePerWrite // conditional and transactional writes count twice at most
	case "s3":
		if strings.HasPrefix(call.Operation, "Put") {
			return pricePerPut
		}
		return pricePerGet
	case "monitoring":
		return pricePerMetricCall
	case "secretsmanager":
		return pricePerSecretCall
	case "kms":
		return pricePerKMSCall
	}
	return 0 // free
}

// RequestCount is the number of all requests.
func (c Cost) RequestCount() int {
	total := 0
	for _, n := range c.Requests {
		total += n
	}
	return total
}

// String is one line for people.
func (c Cost) String() string {
	return fmt.Sprintf("%d transitions, %d function calls, %d requests: $%.4f; one instance for %.2f h with %d GiB",
		c.Transitions, c.Invocations, c.RequestCount(), c.ControlPlaneDollars, c.InstanceHours, c.StorageGiB)
}
