package kms

import (
	"slices"
	"strings"
)

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

// KeyOfAlias is the ARN of the key that an alias's ARN names; "" for none.
func (s *Service) KeyOfAlias(arn string) string {
	at := strings.Index(arn, ":alias/")
	if at < 0 {
		return ""
	}
	i := slices.IndexFunc(s.keys, func(k *Key) bool {
		return strings.HasPrefix(k.arn, arn[:at+1]) && slices.Contains(k.Aliases, arn[at+1:])
	})
	if i < 0 {
		return ""
	}
	return s.keys[i].arn
}

// MoveAlias has an alias name another key, and no longer the one that it named.
func (s *Service) MoveAlias(alias, key string) {
	to := s.byARN(key)
	if to == nil {
		return
	}
	for _, k := range s.keys {
		if k.account() == to.account() && k.region() == to.region() {
			k.Aliases = slices.DeleteFunc(k.Aliases, func(other string) bool { return other == alias })
		}
	}
	to.Aliases = append(to.Aliases, alias)
}
