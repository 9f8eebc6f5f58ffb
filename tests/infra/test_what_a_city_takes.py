"""What the doctor and the model of costs say of the templates, held against the templates."""

import io
import zipfile
from collections import Counter

from infra.code import FUNCTIONS, ROOT
from local.costs.assumptions import TYPICAL
from local.doctor.platform import BOOTSTRAP_NEEDED
from local.doctor.quotas import CODE_BYTES_PER_CITY, PER_CITY, STACKS_PER_CITY
from local.doctor.runtimes import DEPLOYED
from tests.infra.assembly import BOULDER, PLATFORM, Assembly, city_stacks

CITY = city_stacks(BOULDER)

NO_QUOTA_OF_THE_ACCOUNT = {
    # Parts of what is counted already: their limits are of the role, the function, the API.
    "AWS::IAM::Policy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
    # AWS names no limit to how many an account has.
    "AWS::SQS::Queue",
    "AWS::Lambda::Function",  # but for its code, which is weighed
    "AWS::CDK::Metadata",
}


def types(assembly: Assembly, *stacks: str) -> Counter[str]:
    return Counter(
        resource["Type"]
        for stack in stacks
        for resource in assembly.template(stack)["Resources"].values()
    )


def functions(assembly: Assembly, *stacks: str) -> list[dict[str, object]]:
    return [
        resource["Properties"]
        for stack in stacks
        for resource in assembly.template(stack)["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function" and "Layers" in resource["Properties"]
    ]


def test_the_doctor_counts_what_a_citys_templates_hold(assembly: Assembly) -> None:
    held = types(assembly, *CITY)
    assert {kind: held[kind] for kind in PER_CITY} == PER_CITY
    assert len(CITY) == STACKS_PER_CITY


def test_whatever_a_city_is_made_of_is_counted_or_has_no_quota(assembly: Assembly) -> None:
    assert set(types(assembly, *CITY)) - set(PER_CITY) <= NO_QUOTA_OF_THE_ACCOUNT


def test_no_city_reserves_executions_for_itself(assembly: Assembly) -> None:
    reserved = [made.get("ReservedConcurrentExecutions") for made in functions(assembly, *CITY)]
    assert reserved == [None, None, None]


def test_the_code_of_a_city_weighs_what_the_doctor_says() -> None:
    weight = 0
    for name in ("read", "export", "publish"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in FUNCTIONS[name].files():
                archive.write(ROOT / path, path)
        weight += len(packed.getvalue())
    assert 0.75 * CODE_BYTES_PER_CITY < weight < CODE_BYTES_PER_CITY * 1.1


def test_the_bootstrap_that_is_looked_for_is_the_one_that_is_needed(assembly: Assembly) -> None:
    needed = {
        assembly.artifact(stack).get("requiresBootstrapStackVersion") for stack in PLATFORM
    }  # fmt: skip
    assert needed == {BOOTSTRAP_NEEDED}


def test_the_runtime_that_is_watched_is_the_one_that_is_deployed(assembly: Assembly) -> None:
    made = functions(assembly, *PLATFORM, *CITY)
    assert {each["Runtime"] for each in made} == {DEPLOYED}


def test_the_model_of_costs_knows_what_stands(assembly: Assembly) -> None:
    platform, city = types(assembly, *PLATFORM), types(assembly, *CITY)
    assert city["AWS::CloudWatch::Alarm"] == TYPICAL.city_alarms
    assert platform["AWS::CloudWatch::Alarm"] == TYPICAL.platform_alarms
    assert platform["AWS::CloudWatch::Dashboard"] == TYPICAL.dashboards
    ((_, _, acl),) = assembly.kinds("AWS::WAFv2::WebACL")
    assert len(acl["Properties"]["Rules"]) == TYPICAL.web_rules


def test_the_model_of_costs_knows_the_functions_memory(assembly: Assembly) -> None:
    made = functions(assembly, *CITY, "Citylake-Showcase", "Citylake-Harvest")
    memory = {str(each["Handler"]).removeprefix("lambdas."): each["MemorySize"] for each in made}
    assert memory["portal.function.read"] == TYPICAL.read_megabytes
    for handler in ("portal.function.export", "publish.function.handler"):
        assert memory[handler] == TYPICAL.work_megabytes
    assert memory["harvest.function.harvest"] == TYPICAL.work_megabytes


def test_the_model_of_costs_knows_how_long_logs_are_kept(assembly: Assembly) -> None:
    days = {
        group["Properties"]["RetentionInDays"]
        for _, _, group in assembly.kinds("AWS::Logs::LogGroup")
    }
    assert days == {30 * TYPICAL.log_months}
