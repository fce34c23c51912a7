package lambdafn

import "github.com/lifeboat-dr/lifeboat/pkg/deployed"

// Recovers tells whether the plan of the deployment declares a recovery.
func (s *Settings) Recovers() bool { return s.Getenv(deployed.EnvRecovers) != "" }
