"""The emulator is worth testing on only if it refuses what AWS refuses."""

import io
import json
import zipfile

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.cloud

VERSION = {"Version": "2012-10-17"}
FUNCTION = """
class SourceUnreachable(Exception):
    pass

def handler(event, context):
    raise SourceUnreachable("no answer\\nfrom the publisher")
"""


def test_a_role_can_do_what_its_policy_says_and_nothing_else(aws: str) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="judged")
    for key in ("open/a", "closed/a"):
        s3.put_object(Bucket="judged", Key=key, Body=b"1")
    reader = assume("reader", "s3:GetObject", "arn:aws:s3:::judged/open/*").client("s3")

    assert reader.get_object(Bucket="judged", Key="open/a")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="not authorized to perform: s3:GetObject"):
        reader.get_object(Bucket="judged", Key="closed/a")
    with pytest.raises(ClientError, match="not authorized to perform: s3:PutObject"):
        reader.put_object(Bucket="judged", Key="open/a", Body=b"2")


def test_a_policy_names_a_table_of_glue_as_it_does_on_aws(aws: str) -> None:
    glue = boto3.client("glue")
    for database in ("mine", "theirs"):
        glue.create_database(DatabaseInput={"Name": database})
        glue.create_table(DatabaseName=database, TableInput={"Name": "trees"})
    table = "arn:aws:glue:us-east-1:000000000000:table/mine/*"
    reader = assume("looker", "glue:GetTable", table).client("glue")

    assert reader.get_table(DatabaseName="mine", Name="trees")["Table"]["Name"] == "trees"
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_table(DatabaseName="theirs", Name="trees")


def test_a_failed_function_names_the_class_of_its_error(aws: str) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("failing.py", FUNCTION)
    role = make_role("failing", "lambda.amazonaws.com")
    functions = boto3.client("lambda")
    functions.create_function(
        FunctionName="failing",
        Runtime="python3.13",
        Handler="failing.handler",
        Role=role,
        Code={"ZipFile": code.getvalue()},
    )

    answer = functions.invoke(FunctionName="failing")

    error = json.loads(answer["Payload"].read())
    assert error["errorType"] == "SourceUnreachable"
    assert error["errorMessage"] == "no answer\nfrom the publisher"


def test_a_condition_may_ask_for_the_account(aws: str) -> None:
    here = {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "000000000000"]}
    template = {
        "Conditions": {"Here": here, "Elsewhere": {"Fn::Not": [here]}},
        "Resources": {
            "Made": {"Type": "AWS::SQS::Queue", "Condition": "Here"},
            "NotMade": {"Type": "AWS::CloudFront::ConnectionGroup", "Condition": "Elsewhere"},
        },
    }
    stacks = boto3.client("cloudformation")
    stacks.create_stack(StackName="conditional", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(
        StackName="conditional", WaiterConfig={"Delay": 1}
    )

    made = stacks.list_stack_resources(StackName="conditional")["StackResourceSummaries"]

    assert [resource["LogicalResourceId"] for resource in made] == ["Made"]


def test_credentials_that_nobody_gave_out_are_refused(aws: str) -> None:
    stranger = boto3.client("s3", aws_access_key_id="AKIASTRANGER", aws_secret_access_key="x")
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        stranger.list_buckets()


def make_role(name: str, service: str | None = None) -> str:
    """A role that a service may take, or else anyone of the account."""
    trusted = {"Service": service} if service else {"AWS": "000000000000"}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    role = boto3.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({**VERSION, "Statement": [trust]})
    )
    return role["Role"]["Arn"]


def assume(name: str, action: str, resource: str) -> boto3.Session:
    """Make a role that may do one thing, and be it."""
    role = make_role(name)
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    boto3.client("iam").put_role_policy(
        RoleName=name,
        PolicyName="allowed",
        PolicyDocument=json.dumps({**VERSION, "Statement": [allowed]}),
    )
    given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
