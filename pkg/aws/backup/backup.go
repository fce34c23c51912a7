// Package backup reads AWS Backup in one account and region: vaults and what is in
// them, jobs, plans, selections, settings. It changes nothing. Vaults, plans and
// settings are of a region and an account, those of an organization are not.
package backup

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
)

// Adapter is of the account and region of its configuration. It is safe for
// concurrent use.
type Adapter struct{ api *backup.Client }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) *Adapter { return &Adapter{backup.NewFromConfig(cfg)} }
