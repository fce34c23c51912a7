package constructs

// protection is what looks at how databases are really backed up: what AWS Backup
// did, what lies in the vaults that the plan wants it in, and how these are locked.
// It changes nothing.
func (s Scope) protection() []Statement {
	var statements []Statement
	if s.Jobs {
		statements = append(statements, Statement{
			Sid: "LookAtBackupJobs", Reason: "these actions have no resource type",
			Actions: []string{"backup:ListBackupJobs", "backup:ListCopyJobs", "backup:DescribeRegionSettings"}, Resources: []string{"*"},
		})
	}
	if len(s.Vaults) > 0 {
		statements = append(statements, Statement{
			Sid: "LookIntoVaults", Reason: "where recovery points really lie, and what protects them there",
			Actions:   []string{"backup:DescribeBackupVault", "backup:GetBackupVaultAccessPolicy", "backup:ListRecoveryPointsByBackupVault"},
			Resources: s.Vaults,
		})
	}
	if s.Buckets {
		statements = append(statements, Statement{
			Sid: "LookAtNotifications", Reason: "a bucket that sends no events is backed up continuously no more; which buckets have the tags, nobody knows before",
			Actions: []string{"s3:GetBucketNotification"}, Resources: []string{s.Names.AnyARN("s3", "", "", "*")},
		})
	}
	return statements
}
