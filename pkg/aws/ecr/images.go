// Package ecr looks whether images are there in the Elastic Container Registry. It
// changes nothing.
package ecr

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

type api interface {
	DescribeImages(context.Context, *ecr.DescribeImagesInput, ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error)
}

// Images of the private registries of a region.
type Images struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Images { return Images{ecr.NewFromConfig(cfg)} }

// Missing says why an image cannot be pulled; "": it is there. It is named
// repository:tag or repository@digest, of the caller's registry, or with a registry in
// front: <account>.dkr.ecr.<region>.amazonaws.com/. Errors: NotPrepared, Throttled,
// Transient.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
func (i Images) Missing(ctx context.Context, image string) (string, error) {
	in, err := parse(image)
	if err != nil {
		return "", err
	}
	out, err := i.api.DescribeImages(ctx, in)
	switch awsconfig.Code(err) {
	case "RepositoryNotFoundException":
		return fmt.Sprintf("there is no repository %s", *in.RepositoryName), nil
	case "ImageNotFoundException":
		return "the repository has no such image: have it replicated to this region", nil
	}
	if err != nil {
		return "", awsconfig.Named(err, drill.NotPrepared, "looking at image "+image, "see that the role may call ecr:DescribeImages on its repository")
	}
	if len(out.ImageDetails) == 0 {
		return "the repository has no such image: have it replicated to this region", nil
	}
	return "", nil
}

// parse takes a reference apart.
func parse(image string) (*ecr.DescribeImagesInput, error) {
	in, rest := &ecr.DescribeImagesInput{}, image
	if host, path, found := strings.Cut(image, "/"); found && strings.Contains(host, ".dkr.ecr") {
		account, _, _ := strings.Cut(host, ".")
		in.RegistryId, rest = aws.String(account), path
	}
	id := types.ImageIdentifier{}
	name, digest, found := strings.Cut(rest, "@")
	if found {
		id.ImageDigest = aws.String(digest)
	} else if cut := strings.LastIndexByte(rest, ':'); cut > 0 {
		name, id.ImageTag = rest[:cut], aws.String(rest[cut+1:])
	}
	if name == "" || id.ImageDigest == nil && id.ImageTag == nil {
		return nil, &drill.Error{Name: drill.NotPrepared, What: fmt.Sprintf("%q is no image: it needs a repository and a tag or a digest", image), Hint: "repository:tag or repository@sha256:..."}
	}
	in.RepositoryName, in.ImageIds = aws.String(name), []types.ImageIdentifier{id}
	return in, nil
}
