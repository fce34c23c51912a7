package main

import (
	"math"
	"math/rand/v2"
)

// outcome is how one wait for one restore ended.
type outcome struct {
	lag     float64 // seconds from the end of the restore until it was seen
	calls   int     // of DescribeDBInstances
	renewed bool    // the waiter had given up and was called again
}

// boto3 is the waiter DBInstanceAvailable: a call at once and then every 30 s,
// 60 in all. Who wants the copy then calls it again.
// https://github.com/boto/botocore/blob/develop/botocore/data/rds/2014-10-31/waiters-2.json
func boto3(d *described) outcome {
	const delay, attempts = 30.0, 60
	for now := 0.0; ; now += delay {
		if d.available(now) {
			return outcome{now - d.took, d.calls, d.calls > attempts}
		}
	}
}

// goSDK is rds.DBInstanceAvailableWaiter with its defaults, 30 s growing to
// 1,800 s, and a maximum wait of a day. Its delays are ComputeDelay's:
// https://github.com/aws/smithy-go/blob/main/waiter/waiter.go
func goSDK(d *described, seed uint64) outcome {
	const most = 24 * 3600.0
	random := rand.New(rand.NewPCG(seed, 3))
	now := 0.0
	for attempt := 1; ; attempt++ {
		if d.available(now) {
			return outcome{lag: now - d.took, calls: d.calls}
		}
		now += computeDelay(attempt, 30, 1800, most-now, random)
	}
}

// computeDelay is smithy-go's, with a seeded source instead of a cryptographic
// one: uniform between the least delay and one that doubles with every attempt.
func computeDelay(attempt int, least, most, remaining float64, random *rand.Rand) float64 {
	ceiling := math.Log2(most/least) + 1
	delay := most
	if attempt <= int(ceiling) {
		delay = least * float64(int(1)<<(attempt-1))
	}
	if delay != least {
		delay = least + math.Floor((delay-least)*random.Float64()*1e9)/1e9
	}
	if remaining-delay <= least {
		delay = remaining - least
	}
	return delay
}
