package sns

// policyOf is the attribute with a topic's policy; none where nobody says it.
func (s *Service) policyOf(topic string) []entry {
	if s.o.Policy == nil {
		return nil
	}
	if text := s.o.Policy(topic); text != nil {
		return []entry{{"Policy", string(text)}}
	}
	return nil
}
