"""The emulator is worth testing on only if it refuses what AWS refuses."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}
    ],
}
READ_ONE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::judged/open/*"}
    ],
}


def test_a_role_can_do_what_its_policy_says_and_nothing_else(aws: str) -> None:
    s3, iam, sts = boto3.client("s3"), boto3.client("iam"), boto3.client("sts")
    s3.create_bucket(Bucket="judged")
    for key in ("open/a", "closed/a"):
        s3.put_object(Bucket="judged", Key=key, Body=b"1")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=json.dumps(READ_ONE))

    given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
    reader = boto3.client(
        "s3",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )

    assert reader.get_object(Bucket="judged", Key="open/a")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="not authorized to perform: s3:GetObject"):
        reader.get_object(Bucket="judged", Key="closed/a")
    with pytest.raises(ClientError, match="not authorized to perform: s3:PutObject"):
        reader.put_object(Bucket="judged", Key="open/a", Body=b"2")


def test_credentials_that_nobody_gave_out_are_refused(aws: str) -> None:
    stranger = boto3.client("s3", aws_access_key_id="AKIASTRANGER", aws_secret_access_key="x")
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        stranger.list_buckets()
