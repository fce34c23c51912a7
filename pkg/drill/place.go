package drill

// Place is where a database on AWS lies, where its copy is made, and what
// isolates the copy there: what all kinds of databases on AWS share. The zero
// value is a database of this machine.
type Place struct {
	// PrimaryRegion is where the source lives, RecoveryRegion where it would be
	// recovered. Without a recovery region the drill stays in the primary one.
	PrimaryRegion  string `json:"primaryRegion"`
	RecoveryRegion string `json:"recoveryRegion,omitempty"`
	// PrimaryAccount owns the source. RecoveryAccount is where the drill runs;
	// empty: the same. Both are account ids of 12 digits.
	PrimaryAccount  string `json:"primaryAccount,omitempty"`
	RecoveryAccount string `json:"recoveryAccount,omitempty"`
	// SubnetGroup and SecurityGroups isolate a copy that takes connections. Both
	// are always stated in the restore call: AWS's defaults are those of the
	// default VPC.
	SubnetGroup    string   `json:"subnetGroup,omitempty"`
	SecurityGroups []string `json:"securityGroups,omitempty"`
	// KMSKey is the key of the recovery point, checked before the restore;
	// empty: the one that the recovery point names.
	KMSKey string `json:"kmsKey,omitempty"`
	// Tags of the copy beside lifeboat's own; the plan has none that begin as
	// those do.
	Tags map[string]string `json:"tags,omitempty"`
}

// Region is where the copy is made: the recovery region where one is declared.
func (p Place) Region() string {
	if p.RecoveryRegion != "" {
		return p.RecoveryRegion
	}
	return p.PrimaryRegion
}

// Elsewhere tells whether the copy is made in another region than the source's.
func (p Place) Elsewhere() bool { return p.Region() != p.PrimaryRegion }
