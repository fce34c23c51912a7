"""Creates the stacks on moto's CloudFormation, a model of it by others.

stdin: {"kept": template, "recovery": template}. stdout: {"status", "created": [type, ...], "skipped": [type, ...]}
"""
import io
import json
import os
import re
import sys
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="eu-central-1",
                  MOTO_ACCOUNT_ID="111122223333")
import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.awslambda.models import LambdaVersion, lambda_backends  # noqa: E402

templates = json.load(sys.stdin)
# What moto 5.2.1 stumbles over; everything else is created as it is.
for resource in templates["kept"]["Resources"].values():
    if resource["Type"] == "AWS::KMS::Key":
        resource["Properties"].pop("Tags", None)  # it looks for TagKey, as KMS's API has it
templates["recovery"]["Resources"] = {  # it shows alarms, which moto does not make
    name: r for name, r in templates["recovery"]["Resources"].items() if r["Type"] != "AWS::CloudWatch::Dashboard"
}
text = json.dumps(templates)


# moto's Lambda versions have no Ref, which CloudFormation gives as the ARN.
publish = LambdaVersion.create_from_cloudformation_json.__func__


def with_arn(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    version = publish(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    function = cloudformation_json["Properties"]["FunctionName"]
    arn = lambda_backends[account_id][region_name].get_function(function).function_arn
    version.physical_resource_id = f"{arn.removesuffix(':' + str(version.version))}:{version.version}"
    return version


LambdaVersion.create_from_cloudformation_json = classmethod(with_arn)


def package():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("bootstrap", "")
    return out.getvalue()


with mock_aws():
    s3 = boto3.client("s3")
    assets = "cdk-hnb659fds-assets-111122223333-eu-central-1"
    s3.create_bucket(Bucket=assets, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for key in set(re.findall(r'"S3Key": "([0-9a-f]{64}\.zip)"', text)):
        s3.put_object(Bucket=assets, Key=key, Body=package())
    boto3.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    cloudformation = boto3.client("cloudformation")
    states, made, types = set(), set(), {}
    for name, stack in (("kept", "lifeboat-prod-kept"), ("recovery", "lifeboat-prod")):  # one imports what the other exports
        s3.put_object(Bucket=assets, Key=name + ".json", Body=json.dumps(templates[name]).encode())
        cloudformation.create_stack(
            StackName=stack, Capabilities=["CAPABILITY_NAMED_IAM"],
            TemplateURL=f"https://{assets}.s3.eu-central-1.amazonaws.com/{name}.json")
        states.add(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
            for r in page["StackResourceSummaries"]:
                if r.get("PhysicalResourceId"):
                    made.add(r["LogicalResourceId"])
        types |= {name: r["Type"] for name, r in templates[name]["Resources"].items()}
    print(json.dumps({
        "status": " ".join(sorted(states)),
        "created": sorted(types[n] for n in types if n in made),
        "skipped": sorted({types[n] for n in types if n not in made}),
        "machines": [m["name"] for m in boto3.client("stepfunctions").list_state_machines()["stateMachines"]],
        "functions": sorted(f["FunctionName"] for f in boto3.client("lambda").list_functions(MaxItems=1000)["Functions"]),
    }))
