package rds

// serving are the states in which an instance takes connections. RDS documents
// the storage ones as fully operational, only slower:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
var serving = map[string]bool{
	"available":              true,
	"storage-initialization": true,
	"storage-optimization":   true,
	"storage-config-upgrade": true,
}

// passing are the states that a restore may go through, and those that somebody
// else's change leads through: it is waited for their end. Every state of AWS's
// list is in one of the three; one that is in none is waited for as well, and
// said.
var passing = map[string]bool{
	"creating":                        true,
	"backing-up":                      true,
	"configuring-enhanced-monitoring": true,
	"configuring-iam-database-auth":   true,
	"configuring-log-exports":         true,
	"converting-to-vpc":               true,
	"maintenance":                     true,
	"modifying":                       true,
	"moving-to-vpc":                   true,
	"rebooting":                       true,
	"resetting-master-credentials":    true,
	"starting":                        true, // after a stop: see onTheWay
	"upgrading":                       true, // of a version that is past its support
}

// dead are the states that a restore does not leave by itself, with what they
// mean and what an operator can do.
var dead = map[string]struct{ means, hint string }{
	"failed":                                          {"RDS could not create it and cannot say why", "see the events of the instance; restore again, and ask AWS support if it goes on"},
	"restore-error":                                   {"RDS met an error while restoring", "restore again, from another point if it goes on: this backup may be damaged"},
	"incompatible-restore":                            {"RDS cannot restore to this point", "restore from another point: this one cannot be recovered from"},
	"incompatible-create":                             {"the instance class, the engine and the options do not go together", "name another drill.instanceClass, drill.parameterGroup or drill.optionGroup"},
	"incompatible-network":                            {"RDS cannot work in the network of the copy", "its subnets have no free address, or are gone, or its VPC has DNS names switched off: deploy lifeboat again, and see regions.zones"},
	"incompatible-option-group":                       {"the option group does not fit the engine's version", "name another drill.optionGroup"},
	"incompatible-parameters":                         {"the engine does not start with these parameters, often for want of memory", "name another drill.parameterGroup, or a larger drill.instanceClass"},
	"insufficient-capacity":                           {"AWS has no instance of this class free", "name another drill.instanceClass, or more zones (regions.zones)"},
	"inaccessible-encryption-credentials":             {"RDS cannot use the key of the copy", hints["KMSKeyNotAccessibleFault"]},
	"inaccessible-encryption-credentials-recoverable": {"RDS cannot use the key of the copy", hints["KMSKeyNotAccessibleFault"]},
	"storage-full":                                    {"its storage is full, so the engine cannot work", "the source is about to be full as well: give it more storage, and the copy with it"},
	"stopping":                                        {"somebody stopped it", "an account may stop every database that is not marked as to be kept running: let that leave out what carries the tag lifeboat:deployment. CloudTrail says who it was (StopDBInstance)"},
	"stopped":                                         {"somebody stopped it", "an account may stop every database that is not marked as to be kept running: let that leave out what carries the tag lifeboat:deployment. CloudTrail says who it was (StopDBInstance)"},
	"upgrade-failed":                                  {"RDS could not upgrade it to a version that it still supports", "upgrade the source: backups of a version that is past its support may not be restorable"},
	"renaming":                                        {"somebody renames it", "CloudTrail says who (ModifyDBInstance); under another name lifeboat does not remove it, so do"},
	"delete-precheck":                                 {"somebody deletes it", "CloudTrail says who (DeleteDBInstance); a sweeper must wait longer than a restore takes"},
	"deleting":                                        {"somebody deletes it", "CloudTrail says who (DeleteDBInstance); a sweeper must wait longer than a restore takes"},
	"deleted":                                         {"somebody deleted it", "CloudTrail says who (DeleteDBInstance); a sweeper must wait longer than a restore takes"},
}
