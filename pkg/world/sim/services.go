package sim

import (
	"math/rand/v2"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// services of the simulated AWS.
type services struct {
	rds      *rds.Service
	kms      *kms.Service
	iam      *iam.Service
	secrets  *secretsmanager.Service
	dynamodb *dynamodb.Service
	s3       *s3.Service
	metrics  *cloudwatch.Service
	sts      *sts.Service
	sfn      *sfn.Service
}

func (w *World) newServices(random *rand.Rand) services {
	s := services{
		kms: kms.New(kms.Options{Clock: w.clock}), iam: iam.New(w.clock), secrets: secretsmanager.New(secretsmanager.Options{Clock: w.clock}),
		dynamodb: dynamodb.New(dynamodb.Options{}), s3: s3.New(s3.Options{}),
		metrics: cloudwatch.New(cloudwatch.Options{Clock: w.clock}), sts: sts.New(sts.Options{}), sfn: sfn.New(w.executions),
	}
	options := rds.Options{
		Clock: w.clock, Bus: w.bus, Behaviour: w.land.behaviour(), Random: random.Float64,
		UseKey: s.kms.Usable, LinkedRole: s.iam.HasLinkedRoleRDS, Secrets: s.secrets,
	}
	if w.options.Backing != nil {
		options.Backing = w.options.Backing
	}
	s.rds = rds.New(options)
	s.dynamodb.CreateTable(w.names.account, w.names.region, w.names.table, "pk", "sk")
	s.s3.CreateBucket(w.names.account, w.names.region, w.names.bucket)
	if !w.land.missing("linked-role") {
		s.iam.AddLinkedRoleRDS(w.names.account)
	}
	for _, region := range []string{w.land.place.PrimaryRegion, w.names.region} {
		if arn := w.land.key(region, w.names.account); arn != "" && !(w.land.missing("key") && region == w.names.region) {
			s.kms.AddKey(w.names.account, region, kms.Key{ID: keyID(arn), Aliases: []string{"alias/backups"}})
		}
	}
	return s
}

// handlers are the services by the names under which requests are signed.
func (s services) handlers() map[string]wire.Handler {
	return map[string]wire.Handler{
		"rds": s.rds, "kms": s.kms, "iam": s.iam, "secretsmanager": s.secrets, "dynamodb": s.dynamodb, "s3": s.s3,
		"monitoring": s.metrics, "sts": s.sts, "states": s.sfn,
	}
}

// document reads a piece of evidence out of the bucket.
func (s services) document(bucket, id string) ([]byte, bool) {
	for _, object := range s.s3.Objects(bucket) {
		if object.Key == documentKey(id) {
			return object.Body, true
		}
	}
	return nil, false
}
