package plan

// SaysBackups tells whether anything in the plan says how databases on AWS are
// backed up. Where nothing does, lifeboat neither makes nor judges backups.
func (p Plan) SaysBackups() bool {
	if p.Backup != nil {
		return true
	}
	for _, d := range p.OnAWS() {
		if d.Backup != nil && (d.Backup.PointInTime != "" || len(d.Backup.Rules) > 0) {
			return true
		}
	}
	return false
}
