package sim

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// newCloud is the simulated AWS, with what the deployment made in it.
func (w *World) newCloud(random *rand.Rand) *lab.Cloud {
	instances := rds.Options{Behaviour: w.land.behaviour(), Random: random.Float64, RequiredTags: w.options.Scenario.RequiredTags}
	if w.options.Backing != nil {
		instances.Backing = w.options.Backing
	}
	c := lab.New(lab.Options{
		Options:    simaws.Options{Clock: w.clock, Pause: w.clock.Sleep, Faults: w.options.Scenario.Faults, Observe: w.options.Exchange},
		Deliver:    w.land.deliver(random),
		Executions: w.executions,
		RDS:        instances,
	})
	c.DynamoDB.CreateTable(w.names.account, w.names.region, w.names.table, "pk", "sk")
	c.S3.CreateBucket(w.names.account, w.names.region, w.names.bucket)
	if !w.land.missing("linked-role") {
		c.IAM.AddLinkedRoleRDS(w.names.account)
	}
	w.land.addKeys(c)
	w.estate.populate(c, w.started)
	return c
}

// addKeys makes the keys of the backups.
func (l landscape) addKeys(c *lab.Cloud) {
	for _, region := range slices.Compact([]string{l.place.PrimaryRegion, l.place.Region()}) {
		if arn := l.key(region, l.account()); arn != "" && !(l.missing("key") && region == l.place.Region()) {
			c.KMS.AddKey(l.account(), region, kms.Key{ID: keyID(arn), Aliases: l.aliases()})
		}
	}
}

// aliases of a key, that of the plan among them.
func (l landscape) aliases() []string {
	names := []string{"alias/backups"}
	if at := strings.Index(l.place.KMSKey, "alias/"); at >= 0 {
		names = append(names, l.place.KMSKey[at:])
	}
	return names
}

// document reads a piece of evidence out of the bucket.
func (w *World) document(id string) ([]byte, bool) {
	for _, object := range w.cloud.S3.Objects(w.names.bucket) {
		if object.Key == documentKey(id) {
			return object.Body, true
		}
	}
	return nil, false
}
