"""The edge: cities are kept apart in its cache, which keeps what the API says may be kept."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import infra.edge
from tests.infra.assembly import Assembly

SCRIPT = Path(infra.edge.__file__).with_suffix(".js")


@pytest.fixture(scope="module")
def edge(assembly: Assembly) -> dict[str, Any]:
    return assembly.template("Citylake-Edge")


def only(template: dict[str, Any], kind: str) -> Any:
    (found,) = (each for each in template["Resources"].values() if each["Type"] == kind)
    return found["Properties"]


def before_request(headers: dict[str, str]) -> dict[str, str]:
    """What the script at the edge makes of a request's headers."""
    event = {"request": {"headers": {name: {"value": text} for name, text in headers.items()}}}
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: uv sync --group web")
    run = subprocess.run(
        [
            node,
            "-e",
            f"{SCRIPT.read_text()}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: each["value"] for name, each in json.loads(run.stdout)["headers"].items()}


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        (None, "en"),
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("en;q=0.4, es;q=0.5", "es"),
        ("fr, de;q=0.9", "en"),
        ("es;q=0", "en"),
        ("es;q=x", "en"),
    ],
)
def test_a_page_is_kept_once_for_each_of_our_languages(asked: str | None, spoken: str) -> None:
    headers = {"host": "data.example.gov"} | ({} if asked is None else {"accept-language": asked})

    assert before_request(headers)["accept-language"] == spoken


def test_the_host_is_part_of_what_an_answer_is_kept_under(edge: dict[str, Any]) -> None:
    told = before_request({"host": "data.example.gov", "x-citylake-host": "other.example.gov"})

    kept = only(edge, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    by = kept["ParametersInCacheKeyAndForwardedToOrigin"]
    assert told["x-citylake-host"] == "data.example.gov"
    assert "X-Citylake-Host" in by["HeadersConfig"]["Headers"]


def test_nothing_is_kept_that_does_not_say_so(edge: dict[str, Any]) -> None:
    kept = only(edge, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]

    by = kept["ParametersInCacheKeyAndForwardedToOrigin"]
    assert (kept["MinTTL"], kept["DefaultTTL"]) == (0, 0)
    assert by["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert by["CookiesConfig"] == {"CookieBehavior": "none"}
    assert set(by["HeadersConfig"]["Headers"]) >= {"Accept-Language", "Authorization"}
    assert by["EnableAcceptEncodingBrotli"] is by["EnableAcceptEncodingGzip"] is True


def test_no_log_keeps_a_query_a_referer_or_a_header_where_a_key_may_stand(
    assembly: Assembly, edge: dict[str, Any]
) -> None:
    fields = set(only(edge, "AWS::Logs::Delivery")["RecordFields"])
    assert not fields & {"cs-uri-query", "cs(Referer)", "cs(Cookie)"}

    for _, _, stage in assembly.kinds("AWS::ApiGatewayV2::Stage"):
        logged = json.loads(stage["Properties"]["AccessLogSettings"]["Format"])
        assert set(logged.values()) <= {
            f"$context.{name}"
            for name in (
                *("requestId", "requestTime", "httpMethod", "path", "routeKey", "status"),
                *("responseLength", "responseLatency", "integrationLatency"),
                *("integrationErrorMessage", "authorizer.error"),
            )
        }


def test_what_staff_send_is_never_kept(edge: dict[str, Any]) -> None:
    config = only(edge, "AWS::CloudFront::Distribution")["DistributionConfig"]

    (publish,) = config["CacheBehaviors"]
    assert publish["PathPattern"] == "/api/publish/*"
    assert publish["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
    assert publish["ViewerProtocolPolicy"] == "https-only"
    assert config["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]


def test_the_distribution_is_for_tenants_alone_and_each_names_its_api(edge: dict[str, Any]) -> None:
    config = only(edge, "AWS::CloudFront::Distribution")["DistributionConfig"]

    (origin,) = config["Origins"]
    assert config["ConnectionMode"] == "tenant-only"
    assert "{{api}}.execute-api.us-east-1." in json.dumps(origin["DomainName"])
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert [each["Name"] for each in config["TenantConfig"]["ParameterDefinitions"]] == ["api"]


def test_pages_keep_the_policy_that_they_send_themselves(edge: dict[str, Any]) -> None:
    policy = only(edge, "AWS::CloudFront::ResponseHeadersPolicy")
    headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]

    assert headers["ContentSecurityPolicy"]["Override"] is False
    assert headers["StrictTransportSecurity"]["IncludeSubdomains"] is False
    assert headers["ContentTypeOptions"] == {"Override": True}


def test_an_address_that_asks_too_much_is_blocked_and_queries_are_not(edge: dict[str, Any]) -> None:
    rules = {rule["Name"]: rule for rule in only(edge, "AWS::WAFv2::WebACL")["Rules"]}

    common = rules["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    assert rules["Rate"]["Action"] == {"Block": {}}
    assert rules["Rate"]["Statement"]["RateBasedStatement"]["Limit"] == 2_000
    assert "SizeRestrictions_QUERYSTRING" in [
        each["Name"] for each in common["RuleActionOverrides"]
    ]
    assert not any("SQLi" in name for name in rules)
