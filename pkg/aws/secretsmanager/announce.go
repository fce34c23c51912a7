package secretsmanager

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// secretsAPI is what is used for secrets that lifeboat itself writes, and for those
// that must be there.
type secretsAPI interface {
	api
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
	CreateSecret(context.Context, *secretsmanager.CreateSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.CreateSecretOutput, error)
	PutSecretValue(context.Context, *secretsmanager.PutSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error)
	RestoreSecret(context.Context, *secretsmanager.RestoreSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.RestoreSecretOutput, error)
	DeleteSecret(context.Context, *secretsmanager.DeleteSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DeleteSecretOutput, error)
}

// Secrets of an account and region: where recovered databases answer. They hold
// where passwords are kept, never these. They are safe for concurrent use.
type Secrets struct {
	api    secretsAPI
	region string
}

// NewSecrets makes an adapter. It makes no call.
func NewSecrets(cfg aws.Config) Secrets {
	return Secrets{secretsmanager.NewFromConfig(cfg), cfg.Region}
}

const notFound = "ResourceNotFoundException"

// Announce writes a value and returns the secret's ARN. A new one gets the tags; one
// that has the value already is left as it is; one that is marked for deletion is
// restored; one that does not carry the tags is somebody else's, and is not touched.
// Errors: EndpointFailed, Throttled, Transient.
func (s Secrets) Announce(ctx context.Context, name, value string, tags map[string]string) (string, error) {
	found, err := s.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	if awsconfig.Code(err) == notFound {
		made, err := s.api.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
			Name: &name, SecretString: &value, Tags: tagsOf(tags), Description: aws.String("Where a database answers that lifeboat recovered"),
		})
		if err == nil {
			return aws.ToString(made.ARN), nil
		}
		if awsconfig.Code(err) != "ResourceExistsException" { // or an earlier attempt of this very call made it
			return "", wrote(err, "making", name, "secretsmanager:CreateSecret and TagResource")
		}
		found, err = s.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
		if err != nil {
			return "", wrote(err, "looking at", name, "secretsmanager:DescribeSecret")
		}
	} else if err != nil {
		return "", wrote(err, "looking at", name, "secretsmanager:DescribeSecret")
	}
	arn := aws.ToString(found.ARN)
	if why := foreign(name, found, tags); why != "" {
		return arn, &drill.Error{Name: drill.EndpointFailed, What: why + ": it is not touched", Hint: s.takeOver(name, tags)}
	}
	if found.DeletedDate != nil {
		if _, err := s.api.RestoreSecret(ctx, &secretsmanager.RestoreSecretInput{SecretId: &name}); err != nil {
			return "", wrote(err, "restoring", name, "secretsmanager:RestoreSecret")
		}
	}
	if has, err := s.Announced(ctx, name); err != nil || has == value {
		return arn, err
	}
	_, err = s.api.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &value})
	return arn, wrote(err, "writing", name, "secretsmanager:PutSecretValue")
}

// Foreign says why a secret is not ours to write; "": it carries the tags, or there is
// none.
func (s Secrets) Foreign(ctx context.Context, name string, tags map[string]string) (string, error) {
	found, err := s.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	if awsconfig.Code(err) == notFound {
		return "", nil
	}
	if err != nil {
		return "", wrote(err, "looking at", name, "secretsmanager:DescribeSecret")
	}
	return foreign(name, found, tags), nil
}

func foreign(name string, found *secretsmanager.DescribeSecretOutput, tags map[string]string) string {
	has := map[string]string{}
	for _, t := range found.Tags {
		has[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if has[key] != tags[key] {
			return fmt.Sprintf("secret %s does not carry the tag %s=%s: somebody else made it", name, key, tags[key])
		}
	}
	return ""
}

func (s Secrets) takeOver(name string, tags map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, "Key="+key+",Value="+tags[key])
	}
	return fmt.Sprintf("if lifeboat may write it: aws secretsmanager tag-resource --secret-id %s --tags %s --region %s, and retry the step", name, strings.Join(list, " "), s.region)
}

// Announced is the value; "" where there is none.
func (s Secrets) Announced(ctx context.Context, name string) (string, error) {
	out, err := s.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name})
	if awsconfig.Code(err) == notFound {
		return "", nil
	}
	if err != nil {
		return "", wrote(err, "reading", name, "secretsmanager:GetSecretValue")
	}
	return aws.ToString(out.SecretString), nil
}

// There is the ARN of a secret; "": there is none.
func (s Secrets) There(ctx context.Context, name string) (string, error) {
	out, err := s.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	if awsconfig.Code(err) == notFound {
		return "", nil
	}
	if err != nil {
		return "", awsconfig.Named(err, drill.CleanupFailed, "looking at secret "+name, "see that the role may call secretsmanager:DescribeSecret on it")
	}
	return aws.ToString(out.ARN), nil
}

// Withdraw deletes a secret that carries the tags, at once: its name is free again.
// None is success; one that does not carry them is somebody else's: CleanupFailed.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
func (s Secrets) Withdraw(ctx context.Context, name string, tags map[string]string) error {
	found, err := s.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	if awsconfig.Code(err) == notFound {
		return nil
	}
	if err != nil {
		return awsconfig.Named(err, drill.CleanupFailed, "looking at secret "+name, "see that the role may call secretsmanager:DescribeSecret on it")
	}
	has := map[string]string{}
	for _, t := range found.Tags {
		has[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	for key, value := range tags {
		if has[key] != value {
			return &drill.Error{
				Name: drill.CleanupFailed, What: fmt.Sprintf("secret %s does not carry the tag %s=%s: it is not touched", name, key, value),
				Hint: fmt.Sprintf("look at whose it is, and if nobody's: aws secretsmanager delete-secret --secret-id %s --region %s", name, s.region),
			}
		}
	}
	_, err = s.api.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &name, ForceDeleteWithoutRecovery: aws.Bool(true)})
	if awsconfig.Code(err) == notFound {
		return nil
	}
	return awsconfig.Named(err, drill.CleanupFailed, "deleting secret "+name, "see that the role may call secretsmanager:DeleteSecret on it")
}

// Missing says why a secret cannot be used; "": it is there.
func (s Secrets) Missing(ctx context.Context, name string) (string, error) {
	out, err := s.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	switch {
	case awsconfig.Code(err) == notFound:
		return "there is no such secret in this region: have it replicated here", nil
	case err != nil:
		return "", awsconfig.Named(err, drill.NotPrepared, "looking at secret "+name, "see that the role may call secretsmanager:DescribeSecret on it")
	case out.DeletedDate != nil:
		return fmt.Sprintf("it is marked for deletion: aws secretsmanager restore-secret --secret-id %s --region %s", name, s.region), nil
	}
	return "", nil
}

func tagsOf(tags map[string]string) (list []types.Tag) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}

func wrote(err error, doing, secret, permission string) error {
	return awsconfig.Named(err, drill.EndpointFailed, doing+" secret "+secret, "see that the role may call "+permission+" on it")
}
