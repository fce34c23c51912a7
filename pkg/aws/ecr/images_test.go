package ecr

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

type registry struct {
	asked *ecr.DescribeImagesInput
	code  string
	found int
}

func (r *registry) DescribeImages(_ context.Context, in *ecr.DescribeImagesInput, _ ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error) {
	r.asked = in
	if r.code != "" {
		return nil, &smithy.GenericAPIError{Code: r.code}
	}
	return &ecr.DescribeImagesOutput{ImageDetails: make([]types.ImageDetail, r.found)}, nil
}

func TestMissing(t *testing.T) {
	for image, want := range map[string]struct{ registry, repository, tag, digest string }{
		"shop:1.2":         {"", "shop", "1.2", ""},
		"team/shop:1.2":    {"", "team/shop", "1.2", ""},
		"shop@sha256:0a1b": {"", "shop", "", "sha256:0a1b"},
		"111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/shop:1.2": {"111122223333", "team/shop", "1.2", ""},
	} {
		r := &registry{found: 1}
		why, err := Images{r}.Missing(context.Background(), image)
		if err != nil || why != "" {
			t.Errorf("%s: %q, %v", image, why, err)
			continue
		}
		id := r.asked.ImageIds[0]
		if aws.ToString(r.asked.RegistryId) != want.registry || *r.asked.RepositoryName != want.repository || aws.ToString(id.ImageTag) != want.tag || aws.ToString(id.ImageDigest) != want.digest {
			t.Errorf("%s: %+v, %+v", image, r.asked, id)
		}
	}
	for _, image := range []string{"", "shop", ":1.2", "@sha256:0"} {
		if _, err := (Images{&registry{found: 1}}).Missing(context.Background(), image); drill.NameOf(err) != drill.NotPrepared || drill.HintOf(err) == "" {
			t.Errorf("%q: %v", image, err)
		}
	}
	for name, r := range map[string]*registry{"no image": {code: "ImageNotFoundException"}, "no repository": {code: "RepositoryNotFoundException"}, "nothing": {}} {
		if why, err := (Images{r}).Missing(context.Background(), "shop:1.2"); err != nil || why == "" {
			t.Errorf("%s: %q, %v", name, why, err)
		}
	}
	if _, err := (Images{&registry{code: "AccessDeniedException"}}).Missing(context.Background(), "shop:1.2"); drill.NameOf(err) != drill.NotPrepared || drill.HintOf(err) == "" {
		t.Error("what may not be asked is not known", err)
	}
}
