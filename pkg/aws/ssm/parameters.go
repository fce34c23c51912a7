// Package ssm writes where recovered databases answer into the parameter store of
// AWS Systems Manager, and reads it back. A parameter that was overwritten keeps its
// earlier versions.
package ssm

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// api is what is used of Systems Manager.
type api interface {
	PutParameter(context.Context, *ssm.PutParameterInput, ...func(*ssm.Options)) (*ssm.PutParameterOutput, error)
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
	DeleteParameter(context.Context, *ssm.DeleteParameterInput, ...func(*ssm.Options)) (*ssm.DeleteParameterOutput, error)
	ListTagsForResource(context.Context, *ssm.ListTagsForResourceInput, ...func(*ssm.Options)) (*ssm.ListTagsForResourceOutput, error)
}

// Parameters of an account and region. They are safe for concurrent use.
type Parameters struct {
	api    api
	region string
}

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Parameters { return Parameters{ssm.NewFromConfig(cfg), cfg.Region} }

// missing is the code where there is no parameter of a name.
const missing = "ParameterNotFound"

// Announce writes a value and returns the parameter's ARN. A new one gets the tags,
// which one call can give to a new one only. One that has the value already is left
// as it is; one that does not carry the tags is somebody else's, and is not touched.
// Errors: EndpointFailed, Throttled, Transient.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
func (p Parameters) Announce(ctx context.Context, name, value string, tags map[string]string) (string, error) {
	arn, has, err := p.read(ctx, name)
	if err != nil {
		return "", err
	}
	if arn == "" {
		in := &ssm.PutParameterInput{
			Name: &name, Value: &value, Type: types.ParameterTypeString, Tier: types.ParameterTierStandard, Tags: tagsOf(tags),
			Description: aws.String("Where a database answers that lifeboat recovered"),
		}
		err := p.put(ctx, in)
		if err != nil && awsconfig.Code(err) != "ParameterAlreadyExists" { // or an earlier attempt of this very call made it
			return "", err
		}
		if arn, has, err = p.read(ctx, name); err != nil {
			return "", err
		}
	}
	why, err := p.Foreign(ctx, name, tags)
	switch {
	case err != nil:
		return arn, err
	case why != "":
		return arn, &drill.Error{Name: drill.EndpointFailed, What: why + ": it is not touched", Hint: p.takeOver(name, tags)}
	case has == value:
		return arn, nil
	}
	return arn, p.put(ctx, &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeString, Overwrite: aws.Bool(true)})
}

// Foreign says why a parameter is not ours to write; "": it carries the tags, or there
// is none.
func (p Parameters) Foreign(ctx context.Context, name string, tags map[string]string) (string, error) {
	has, there, err := p.tags(ctx, name)
	if err != nil {
		return "", named(err, drill.EndpointFailed, "reading the tags of", name, "ssm:ListTagsForResource")
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if there && has[key] != tags[key] {
			return fmt.Sprintf("parameter %s does not carry the tag %s=%s: somebody else made it", name, key, tags[key]), nil
		}
	}
	return "", nil
}

func (p Parameters) takeOver(name string, tags map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, "Key="+key+",Value="+tags[key])
	}
	return fmt.Sprintf("if lifeboat may write it: aws ssm add-tags-to-resource --resource-type Parameter --resource-id %s --tags %s --region %s, and retry the step", name, strings.Join(list, " "), p.region)
}

// tags of a parameter; there is false where there is none of that name.
func (p Parameters) tags(ctx context.Context, name string) (has map[string]string, there bool, err error) {
	out, err := p.api.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &name})
	switch awsconfig.Code(err) {
	case "InvalidResourceId", missing:
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	has = map[string]string{}
	for _, t := range out.TagList {
		has[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return has, true, nil
}

func (p Parameters) put(ctx context.Context, in *ssm.PutParameterInput) error {
	_, err := p.api.PutParameter(ctx, in)
	return named(err, drill.EndpointFailed, "writing", *in.Name, "ssm:PutParameter")
}

// Announced is the value; "" where there is no parameter.
func (p Parameters) Announced(ctx context.Context, name string) (string, error) {
	_, value, err := p.read(ctx, name)
	return value, err
}

// There is the ARN of a parameter; "": there is none.
func (p Parameters) There(ctx context.Context, name string) (string, error) {
	arn, _, err := p.read(ctx, name)
	return arn, err
}

func (p Parameters) read(ctx context.Context, name string) (arn, value string, err error) {
	out, err := p.api.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if awsconfig.Code(err) == missing {
		return "", "", nil
	}
	if err != nil || out.Parameter == nil {
		return "", "", named(err, drill.EndpointFailed, "reading", name, "ssm:GetParameter")
	}
	return aws.ToString(out.Parameter.ARN), aws.ToString(out.Parameter.Value), nil
}

// Withdraw deletes a parameter that carries the tags. None is success; one that does
// not carry them is somebody else's: CleanupFailed.
func (p Parameters) Withdraw(ctx context.Context, name string, tags map[string]string) error {
	has, there, err := p.tags(ctx, name)
	if err != nil {
		return named(err, drill.CleanupFailed, "reading the tags of", name, "ssm:ListTagsForResource")
	}
	if !there {
		return nil
	}
	for key, value := range tags {
		if has[key] != value {
			return &drill.Error{
				Name: drill.CleanupFailed, What: fmt.Sprintf("parameter %s does not carry the tag %s=%s: it is not touched", name, key, value),
				Hint: fmt.Sprintf("look at whose it is, and if nobody's: aws ssm delete-parameter --name %s --region %s", name, p.region),
			}
		}
	}
	_, err = p.api.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: &name})
	if awsconfig.Code(err) == missing {
		return nil
	}
	return named(err, drill.CleanupFailed, "deleting", name, "ssm:DeleteParameter")
}

func tagsOf(tags map[string]string) (list []types.Tag) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}

func named(err error, name drill.ErrorName, doing, parameter, permission string) error {
	return awsconfig.Named(err, name, doing+" parameter "+parameter, "see that the role may call "+permission+" on it")
}
