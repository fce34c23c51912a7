// Package ecr is the simulated Elastic Container Registry, as far as somebody looks
// whether images are there.
//
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
package ecr

import (
	"cmp"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Image in a repository.
type Image struct {
	Digest string
	Tags   []string
	Bytes  int64
}

// Service implements wire.Handler. Calls must come one at a time, as simaws.Cloud
// sends them.
type Service struct {
	wire.JSON
	repositories map[string][]Image // by their ARNs
}

// New makes the service, without any repository.
func New() *Service {
	s := &Service{repositories: map[string][]Image{}}
	s.JSON = wire.JSON{Version: "1.1", Operations: map[string]wire.Operation{"DescribeImages": wire.Op(s.describe)}}
	return s
}

// AddRepository makes a repository with its images, or replaces it.
func (s *Service) AddRepository(account, region, name string, images ...Image) {
	s.repositories[arnOf(account, region, name)] = images
}

func arnOf(account, region, name string) string {
	return wire.ARN("ecr", region, account, "repository/"+name)
}

type id struct {
	ImageDigest *string `json:"imageDigest"`
	ImageTag    *string `json:"imageTag"`
}

type describeIn struct {
	RegistryID     string `json:"registryId"` // default: the caller's account
	RepositoryName string `json:"repositoryName"`
	ImageIDs       []id   `json:"imageIds"`
}

type shown struct {
	RegistryID       string   `json:"registryId"`
	RepositoryName   string   `json:"repositoryName"`
	ImageDigest      string   `json:"imageDigest"`
	ImageTags        []string `json:"imageTags,omitempty"`
	ImageSizeInBytes int64    `json:"imageSizeInBytes"`
}

type describeOut struct {
	ImageDetails []shown `json:"imageDetails"`
}

func (s *Service) describe(c *wire.Call, in describeIn) (describeOut, error) {
	account := cmp.Or(in.RegistryID, c.Account)
	arn := arnOf(account, c.Region, in.RepositoryName)
	c.Touch(arn)
	images, found := s.repositories[arn]
	if !found {
		return describeOut{}, wire.Errorf("RepositoryNotFoundException", "The repository with name '%s' does not exist in the registry with id '%s'", in.RepositoryName, account)
	}
	if len(in.ImageIDs) == 0 {
		return describeOut{}, wire.Unknown("ecr DescribeImages without imageIds")
	}
	out := describeOut{ImageDetails: []shown{}}
	for _, wanted := range in.ImageIDs {
		i := slices.IndexFunc(images, func(image Image) bool {
			return (wanted.ImageDigest == nil || *wanted.ImageDigest == image.Digest) && (wanted.ImageTag == nil || slices.Contains(image.Tags, *wanted.ImageTag))
		})
		if i < 0 {
			return describeOut{}, wire.Errorf("ImageNotFoundException", "The image does not exist within the repository with name '%s' in the registry with id '%s'", in.RepositoryName, account)
		}
		out.ImageDetails = append(out.ImageDetails, shown{account, in.RepositoryName, images[i].Digest, images[i].Tags, images[i].Bytes})
	}
	return out, nil
}
