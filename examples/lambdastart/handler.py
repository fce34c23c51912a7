"""The peer: what a drill tool's snapshot-age checker usually is, on Lambda.

It does what the function select-backup begins with: the newest snapshot of an
instance and its age. Outside of Lambda it asks the Runtime API itself, as
AWS's own runtime does for it there.
"""
import datetime
import json
import os
import urllib.request

import boto3

rds = boto3.client("rds", region_name=os.environ["AWS_REGION"])


def handler(event, context):
    snapshots = rds.describe_db_snapshots(DBInstanceIdentifier=event["instance"])["DBSnapshots"]
    newest = max(s["SnapshotCreateTime"] for s in snapshots if s["Status"] == "available")
    return {"ageSeconds": (datetime.datetime.now(datetime.timezone.utc) - newest).total_seconds()}


api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as call:
        answer = json.dumps(handler(json.load(call), None)).encode()
        urllib.request.urlopen(api + call.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", answer)
