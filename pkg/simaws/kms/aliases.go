package kms

import "slices"

// AddAlias gives a key another name; of an unknown one nothing.
func (s *Service) AddAlias(key, alias string) {
	if k := s.byARN(key); k != nil && !slices.Contains(k.Aliases, alias) {
		k.Aliases = append(k.Aliases, alias)
	}
}

// Aliases of a key.
func (s *Service) Aliases(key string) []string {
	if k := s.byARN(key); k != nil {
		return slices.Clone(k.Aliases)
	}
	return nil
}
