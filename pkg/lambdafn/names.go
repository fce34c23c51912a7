package lambdafn

import "github.com/lifeboat-dr/lifeboat/pkg/deployed"

// Names are what the deployment that the function belongs to is called.
func (s *Settings) Names() deployed.Names {
	return deployed.Names{Deployment: s.Get(deployed.EnvDeployment), Account: s.Account, Region: s.Region}
}
