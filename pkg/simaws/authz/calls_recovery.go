package authz

import (
	"encoding/json"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// parameter is one of SSM's: the slash that its name begins with is not doubled in
// its ARN.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
func parameter(name string) func(*request) []string {
	return func(r *request) []string {
		return []string{r.arn("ssm", "parameter/"+strings.TrimPrefix(r.text(name), "/"))}
	}
}

// tagsTold are the tags of a JSON or CBOR request.
func tagsTold(r *request) map[string]any {
	context, keys := map[string]any{}, []string{}
	tags, _ := r.body["Tags"].([]any)
	for _, t := range tags {
		pair, _ := t.(map[string]any)
		key, _ := pair["Key"].(string)
		if key != "" {
			context["aws:RequestTag/"+key] = pair["Value"]
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		context["aws:TagKeys"] = keys
	}
	return context
}

// tagged is an action with the tags of the request, and the one that gives them: each
// service asks for it where the request has any.
func tagged(r *request, f Facts, action, arn, tagging string, context map[string]any) []Question {
	told := tagsTold(r)
	all := map[string]any{}
	for key, value := range context {
		all[key] = value
	}
	for key, value := range told {
		all[key] = value
	}
	list := []Question{r.question(action, arn, f, all)}
	if len(told) > 0 {
		list = append(list, r.question(tagging, arn, f, told))
	}
	return list
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
func createSecret(r *request, f Facts) ([]Question, error) {
	name := r.text("Name")
	return tagged(r, f, "secretsmanager:CreateSecret", r.arn("secretsmanager", "secret:"+name+"-??????"), "secretsmanager:TagResource",
		map[string]any{"secretsmanager:Name": name}), nil
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
func putParameter(r *request, f Facts) ([]Question, error) {
	overwrite := "false"
	if r.has("Overwrite") {
		overwrite = "true"
	}
	return tagged(r, f, "ssm:PutParameter", parameter("Name")(r)[0], "ssm:AddTagsToResource", map[string]any{"ssm:Overwrite": overwrite}), nil
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func putAlarm(r *request, f Facts) ([]Question, error) {
	return tagged(r, f, "cloudwatch:PutMetricAlarm", r.arn("cloudwatch", "alarm:"+r.text("AlarmName")), "cloudwatch:TagResource", nil), nil
}

// startBackupJob is authorised on the vault, and passes the role on.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html
func startBackupJob(r *request, f Facts) ([]Question, error) {
	var in struct{ BackupVaultName, IamRoleArn string }
	if err := json.Unmarshal(r.Body, &in); err != nil {
		return nil, wire.Unknown("authz: StartBackupJob: %v", err)
	}
	return []Question{
		r.question("backup:StartBackupJob", r.arn("backup", "backup-vault:"+in.BackupVaultName), f, nil),
		r.question("iam:PassRole", in.IamRoleArn, f, map[string]any{"iam:PassedToService": "backup.amazonaws.com"}),
	}, nil
}
