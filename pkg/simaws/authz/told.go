package authz

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// told are the condition keys that a question's context can hold; one that ends
// in / or : is a prefix. A policy with another one cannot be evaluated: where the
// key is missing, AWS may well send it.
var told = []string{
	"aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalServiceName", "aws:PrincipalType",
	"aws:RequestTag/", "aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceTag/", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn",
	"aws:SourceVpce", "aws:TagKeys", "aws:ViaAWSService",
	"cloudwatch:namespace",
	"dynamodb:EnclosingOperation", "dynamodb:LeadingKeys",
	"events:detail-type", "events:source",
	"iam:AWSServiceName", "iam:PassedToService",
	"kms:CallerAccount", "kms:EncryptionContext:", "kms:GrantIsForAWSResource", "kms:GranteePrincipal", "kms:GrantOperations", "kms:RequestAlias",
	"kms:ResourceAliases", "kms:ViaService",
	"rds:ManageMasterUserPassword", "rds:PubliclyAccessible", "rds:TagsFromRequest", "rds:db-tag/", "rds:og-tag/", "rds:pg-tag/", "rds:req-tag/",
	"rds:snapshot-tag/", "rds:subgrp-tag/",
	"s3:TlsVersion", "s3:ResourceAccount", "s3:delimiter", "s3:if-match", "s3:if-none-match", "s3:max-keys", "s3:object-lock-mode",
	"s3:object-lock-remaining-retention-days", "s3:object-lock-retain-until-date", "s3:prefix", "s3:versionid", "s3:x-amz-server-side-encryption",
	"s3:x-amz-server-side-encryption-aws-kms-key-id",
	"secretsmanager:ResourceTag/", "secretsmanager:SecretId", "secretsmanager:VersionId", "secretsmanager:VersionStage",
	"states:StateMachineQualifier",
	"sts:ExternalId", "sts:RoleSessionName",
}

// untold finds a condition key in a policy that no question tells.
func untold(policy json.RawMessage) error {
	var d struct{ Statement json.RawMessage }
	if err := json.Unmarshal(policy, &d); err != nil {
		return err
	}
	type statement struct {
		Sid       string
		Condition map[string]map[string]any
	}
	var list []statement
	if err := json.Unmarshal(d.Statement, &list); err != nil {
		var one statement
		if json.Unmarshal(d.Statement, &one) != nil {
			return fmt.Errorf("its statements cannot be read: %w", err)
		}
		list = []statement{one}
	}
	for i, s := range list {
		for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
			for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
				if !slices.ContainsFunc(told, func(known string) bool { return sameKey(key, known) }) {
					return wire.Unknown("statement %s: %s %s: this condition key is not simulated: no question tells it", cmp.Or(s.Sid, strconv.Itoa(i+1)), operator, key)
				}
			}
		}
	}
	return nil
}

// sameKey: keys are not case-sensitive.
func sameKey(key, known string) bool {
	if strings.HasSuffix(known, "/") || strings.HasSuffix(known, ":") {
		return len(key) > len(known) && strings.EqualFold(key[:len(known)], known)
	}
	return strings.EqualFold(key, known)
}
