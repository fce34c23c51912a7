package lab

import (
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// databases are RDS's, as AWS Backup has them.
type databases struct{ rds *rds.Service }

// Resources implements backup.Databases. Members of clusters are not among them:
// AWS Backup backs up their cluster.
func (d databases) Resources(account, region string) (list []backup.Resource) {
	for _, i := range d.rds.Instances(account, region) {
		if i.Cluster != "" || i.Status() == "deleting" {
			continue
		}
		r := backup.Resource{
			ARN: i.ARN, Type: "RDS", Name: i.Identifier, Tags: map[string]string{}, Key: i.KMSKey, Bytes: i.StorageGiB << 30, Maintenance: i.MaintenanceWindow,
			Busy: i.Status() != "available",
		}
		for _, t := range i.Tags {
			r.Tags[t.Key] = t.Value
		}
		list = append(list, r)
	}
	return list
}

// Take implements backup.Databases.
func (d databases) Take(instanceARN, identifier string) (string, error) {
	return arnOf(d.rds.TakeSnapshot(instanceARN, identifier, nil))
}

// Copy implements backup.Databases.
func (d databases) Copy(snapshotARN, account, region, identifier, key string) (string, error) {
	return arnOf(d.rds.CopySnapshot(snapshotARN, account, region, identifier, key))
}

// Finish implements backup.Databases.
func (d databases) Finish(snapshotARN string) { d.rds.FinishSnapshot(snapshotARN) }

// Remove implements backup.Databases.
func (d databases) Remove(snapshotARN string) { d.rds.RemoveSnapshot(snapshotARN) }

// Retain implements backup.Databases.
func (d databases) Retain(instanceARN string, days int) { d.rds.Retain(instanceARN, days) }

func arnOf(s *rds.Snapshot, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return s.ARN, nil
}
