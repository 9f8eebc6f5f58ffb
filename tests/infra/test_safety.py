"""What would hurt: data that can be lost, doors that stand open, failures that nobody hears of."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.assembly import Assembly

STATEFUL = (
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::Glue::Database",
    "AWS::Athena::WorkGroup",
    "AWS::Cognito::UserPool",
    "AWS::Lambda::LayerVersion",
)
NAMES = {  # properties by which a resource has a name that two stacks could want
    "AWS::Athena::WorkGroup": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::Cognito::UserPool": "UserPoolName",
}


def properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    held: Mapping[str, Any] = resource.get("Properties", {})
    return held


def test_cdk_nag_finds_nothing_that_is_not_excused(assembly: Assembly) -> None:
    report = json.loads((assembly.folder / "validation-report.json").read_text())

    assert {each["pluginName"]: each["violations"] for each in report["pluginReports"]} == {
        "AwsSolutions": []
    }


def test_what_holds_data_stays_when_its_stack_goes_or_replaces_it(assembly: Assembly) -> None:
    lost = [
        (stack, name)
        for stack, name, resource in assembly.kinds(*STATEFUL)
        if (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        != ("Retain", "Retain")
    ]

    assert lost == []


def test_stacks_that_hold_data_are_protected_against_deletion(assembly: Assembly) -> None:
    holding = {stack for stack, _, _ in assembly.kinds("AWS::S3::Bucket", "AWS::DynamoDB::Table")}

    assert holding == {
        "Citylake-Lake",
        "Citylake-Fleet",
        "Citylake-Marketplace",
        "citylake-city-3719000-data",
        "citylake-city-0807850-data",
    }
    assert all(assembly.artifact(stack)["terminationProtection"] for stack in holding)


def test_registry_and_books_can_be_had_back_and_not_be_deleted(assembly: Assembly) -> None:
    tables = list(assembly.kinds("AWS::DynamoDB::Table"))

    assert [stack for stack, _, _ in tables] == ["Citylake-Fleet", "Citylake-Marketplace"]
    for stack, _, table in tables:
        held = properties(table)
        assert held["DeletionProtectionEnabled"] is True, stack
        assert held["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert held["BillingMode"] == "PAY_PER_REQUEST"


def test_every_bucket_is_private_encrypted_logged_and_forgets_uploads_that_broke_off(
    assembly: Assembly,
) -> None:
    for stack, name, bucket in assembly.kinds("AWS::S3::Bucket"):
        held = properties(bucket)
        where = f"{stack}/{name}"
        assert set(held["PublicAccessBlockConfiguration"].values()) == {True}, where
        assert len(held["PublicAccessBlockConfiguration"]) == 4, where
        assert held["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert "BucketEncryption" in held, where
        rules = held["LifecycleConfiguration"]["Rules"]
        assert {"DaysAfterInitiation": 1} in [
            rule.get("AbortIncompleteMultipartUpload") for rule in rules
        ], where
        if "AccessLogs" in name:
            assert "LoggingConfiguration" not in held, "its own log would grow by itself"
        else:
            assert held["LoggingConfiguration"]["LogFilePrefix"], where
            assert held["VersioningConfiguration"] == {"Status": "Enabled"}, where


def test_every_bucket_queue_and_topic_takes_tls_alone(assembly: Assembly) -> None:
    kinds = {
        "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
        "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
        "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    }
    for kind, (policy_kind, target) in kinds.items():
        guarded = [
            (stack, json.dumps(properties(policy)[target]))
            for stack, _, policy in assembly.kinds(policy_kind)
            for statement in properties(policy)["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        for stack, name, _ in assembly.kinds(kind):
            assert any(at == stack and f'"{name}"' in named for at, named in guarded), (
                f"{stack}/{name}"
            )


def test_answers_by_redirect_and_uploads_expire(assembly: Assembly) -> None:
    days = {
        rule["Prefix"]: rule["ExpirationInDays"]
        for _, _, bucket in assembly.kinds("AWS::S3::Bucket")
        for rule in properties(bucket)["LifecycleConfiguration"]["Rules"]
        if "Prefix" in rule
    }

    assert days == {"exports/": 1, "cache/": 7, "inbox/": 7, "uploads/": 30}


def test_only_databases_workgroups_and_requests_logs_have_names_of_their_own(
    assembly: Assembly,
) -> None:
    named = {
        (stack, resource["Type"])
        for stack, _, resource in assembly.kinds(*NAMES)
        if NAMES[resource["Type"]] in properties(resource)
    }

    assert {kind for _, kind in named} == {"AWS::Athena::WorkGroup", "AWS::Logs::LogGroup"}
    groups = [
        properties(group)["LogGroupName"]
        for _, _, group in assembly.kinds("AWS::Logs::LogGroup")
        if "LogGroupName" in properties(group)
    ]
    assert all("/aws/vendedlogs/citylake/" in json.dumps(name) for name in groups)


def test_every_log_is_kept_for_ninety_days(assembly: Assembly) -> None:
    kept = {
        properties(group).get("RetentionInDays")
        for _, _, group in assembly.kinds("AWS::Logs::LogGroup")
    }

    assert kept == {90}


def test_every_function_logs_where_we_said(assembly: Assembly) -> None:
    without = [
        (stack, name)
        for stack, name, function in assembly.kinds("AWS::Lambda::Function")
        if "LogGroup" not in properties(function).get("LoggingConfig", {})
    ]

    assert without == []


def test_every_function_is_ours_on_one_runtime_and_one_kind_of_processor(
    assembly: Assembly,
) -> None:
    functions = [properties(each) for _, _, each in assembly.kinds("AWS::Lambda::Function")]

    assert {each["Runtime"] for each in functions} == {"python3.13"}
    assert {tuple(each["Architectures"]) for each in functions} == {("arm64",)}
    assert all(each["Handler"].startswith(("lambdas.", "marketplace.")) for each in functions)
    assert all(len(each["Layers"]) == 1 for each in functions)


ALARMED = {  # what must be watched, and for which figures at least
    "AWS::Lambda::Function": {"Errors", "Throttles"},
    "AWS::SQS::Queue": {"ApproximateNumberOfMessagesVisible"},
    "AWS::StepFunctions::StateMachine": {"ExecutionsFailed", "ExecutionsTimedOut"},
    "AWS::ApiGatewayV2::Api": {"5xx"},
}


@pytest.mark.parametrize("kind", ALARMED)
def test_someone_is_told_when_it_fails(assembly: Assembly, kind: str) -> None:
    alarms = [
        (stack, properties(alarm)) for stack, _, alarm in assembly.kinds("AWS::CloudWatch::Alarm")
    ]
    watched = list(assembly.kinds(kind))

    assert watched
    for stack, name, _ in watched:
        figures = {
            alarm["MetricName"]
            for at, alarm in alarms
            if at == stack and f'"{name}"' in json.dumps(alarm["Dimensions"])
        }
        assert figures >= ALARMED[kind], f"{stack}/{name}"


def test_slow_answers_to_people_are_told(assembly: Assembly) -> None:
    slow = {
        stack: properties(alarm)["ExtendedStatistic"]
        for stack, _, alarm in assembly.kinds("AWS::CloudWatch::Alarm")
        if properties(alarm)["MetricName"] == "Duration"
    }

    assert slow == {
        "Citylake-Marketplace": "p95",
        "Citylake-Showcase": "p95",
        "citylake-city-3719000": "p95",
        "citylake-city-0807850": "p95",
    }


def test_every_alarm_tells_the_topic_and_says_what_to_do(assembly: Assembly) -> None:
    for stack, name, alarm in assembly.kinds("AWS::CloudWatch::Alarm"):
        held = properties(alarm)
        assert held["AlarmActions"] == held["OKActions"] == [{"Ref": "GivenAlarmTopic"}], stack
        assert held["AlarmDescription"], f"{stack}/{name}"
        assert held["TreatMissingData"] == "notBreaching"


def test_everything_by_a_schedule_or_an_event_has_somewhere_to_go_when_it_fails(
    assembly: Assembly,
) -> None:
    schedules = list(assembly.kinds("AWS::Scheduler::Schedule"))
    rules = [
        target
        for _, _, rule in assembly.kinds("AWS::Events::Rule")
        for target in properties(rule)["Targets"]
    ]
    asynchronous = {stack for stack, _, _ in assembly.kinds("AWS::Lambda::EventInvokeConfig")}

    assert [stack for stack, _, _ in schedules] == [
        "Citylake-Harvest",
        "Citylake-Marketplace",
        "Citylake-Marketplace",
    ]
    assert all("DeadLetterConfig" in properties(each)["Target"] for _, _, each in schedules)
    assert rules
    assert all("DeadLetterConfig" in target for target in rules)
    assert asynchronous == {"Citylake-Showcase", "citylake-city-3719000", "citylake-city-0807850"}


def test_staff_sign_in_with_two_factors_and_never_up(assembly: Assembly) -> None:
    ((_, _, pool),) = assembly.kinds("AWS::Cognito::UserPool")

    held = properties(pool)
    assert held["MfaConfiguration"] == "ON"
    assert held["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert held["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert held["DeletionProtection"] == "ACTIVE"
    assert held["Policies"]["PasswordPolicy"]["MinimumLength"] == 14


def test_only_what_changes_a_citys_data_asks_for_a_token(assembly: Assembly) -> None:
    routes = {
        (stack, properties(route)["RouteKey"]): properties(route)["AuthorizationType"]
        for stack, _, route in assembly.kinds("AWS::ApiGatewayV2::Route")
    }

    assert routes == {
        ("Citylake-Marketplace", "$default"): "NONE",  # its pages have sessions of their own
        ("Citylake-Showcase", "$default"): "NONE",
        ("citylake-city-3719000", "$default"): "NONE",
        ("citylake-city-3719000", "ANY /api/publish/v1/{proxy+}"): "JWT",
        ("citylake-city-0807850", "$default"): "NONE",
        ("citylake-city-0807850", "ANY /api/publish/v1/{proxy+}"): "JWT",
    }


def test_every_api_is_throttled_and_keeps_no_visitors_address(assembly: Assembly) -> None:
    for _, _, stage in assembly.kinds("AWS::ApiGatewayV2::Stage"):
        held = properties(stage)
        assert held["DefaultRouteSettings"]["ThrottlingRateLimit"] == 50
        assert held["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 200
        assert "sourceIp" not in held["AccessLogSettings"]["Format"]


def test_a_strangers_workgroup_query_is_bounded_and_cannot_choose_its_settings(
    assembly: Assembly,
) -> None:
    for _, _, group in assembly.kinds("AWS::Athena::WorkGroup"):
        settings = properties(group)["WorkGroupConfiguration"]
        assert settings["EnforceWorkGroupConfiguration"] is True
        assert settings["BytesScannedCutoffPerQuery"] == 10 * 1024**3
