package secretsmanager

// Tags of a secret; none where there is no such one.
func (s *Service) Tags(arn string) map[string]string {
	tags := map[string]string{}
	if secret := s.byARN(arn); secret != nil {
		for _, t := range secret.Tags {
			tags[t.Key] = t.Value
		}
	}
	return tags
}
