package rds

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// What a copy is encrypted with, where it is no key of KMS's: see
// deployed.TagKey.
const (
	keyNone     = "none"
	keyAWSOwned = "aws-owned"
)

// tagsOf are always passed: without tags of its own a copy gets the source's,
// and backup plans and clean-ups that select by tag take it for production.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
func tagsOf(run drill.Run, now time.Time, encrypted bool, key string) []types.Tag {
	if encrypted {
		key = cmp.Or(key, keyAWSOwned)
	} else {
		key = keyNone
	}
	var tags []types.Tag
	for _, t := range [][2]string{
		{deployed.TagDeployment, run.Deployment}, {deployed.TagRun, run.ID}, {deployed.TagExecution, run.ExecutionID},
		{deployed.TagCreatedAt, now.UTC().Format(time.RFC3339)}, {deployed.TagKey, key},
	} {
		tags = append(tags, types.Tag{Key: aws.String(t[0]), Value: aws.String(t[1])})
	}
	return tags
}

// plansTags are those that the plan gives the copy, in an order that repeats.
func plansTags(of map[string]string) []types.Tag {
	var tags []types.Tag
	for _, key := range slices.Sorted(maps.Keys(of)) {
		tags = append(tags, types.Tag{Key: aws.String(key), Value: aws.String(of[key])})
	}
	return tags
}

// askForTags says what to do where a policy of the organisation denies the
// restore, which no role of the account can be allowed. AWS does not say what
// the policy asks for.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func askForTags(err error) error {
	var refused *drill.Error
	if errors.As(err, &refused) && is(err, "AccessDenied", "AccessDeniedException") && strings.Contains(err.Error(), "service control policy") {
		refused.Hint = tagsHint
	}
	return err
}

const tagsHint = "a policy of the organisation denies it: where it asks for tags on everything that is made, declare them as tags in lifeboat.yaml and deploy again; else see the policy that the message names"

// tag is the value of a tag, "" where it is missing.
func tag(tags []types.Tag, key string) string {
	i := slices.IndexFunc(tags, func(t types.Tag) bool { return aws.ToString(t.Key) == key })
	if i < 0 {
		return ""
	}
	return aws.ToString(tags[i].Value)
}

// ours tells whether an instance was made by this execution: only then may it
// be changed or deleted. The name alone proves nothing, nor do the tags alone; and
// what was recovered is nobody's to throw away, whatever else it carries.
func ours(i types.DBInstance, run drill.Run) bool {
	return drill.IsThrowawayName(run.Deployment, aws.ToString(i.DBInstanceIdentifier)) &&
		aws.ToString(i.DBInstanceIdentifier) == run.Throwaway &&
		tag(i.TagList, deployed.TagDeployment) == run.Deployment &&
		tag(i.TagList, deployed.TagPurpose) != deployed.PurposeRecovered &&
		run.ExecutionID != "" && tag(i.TagList, deployed.TagExecution) == run.ExecutionID
}

// createdAt is when the copy was asked for; RDS itself knows only when it was
// made. Zero where neither is known.
func createdAt(i types.DBInstance) time.Time {
	if at, err := time.Parse(time.RFC3339, tag(i.TagList, deployed.TagCreatedAt)); err == nil {
		return at
	}
	return aws.ToTime(i.InstanceCreateTime)
}
