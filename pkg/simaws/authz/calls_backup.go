package authz

// backupVault is the vault that a path names, of the caller's account.
func backupVault(r *request) []string { return []string{r.arn("backup", "backup-vault:"+r.path[1])} }

// backupPlan is the plan that a path names.
func backupPlan(r *request) []string { return []string{r.arn("backup", "backup-plan:"+r.path[2])} }
