"""The edge: one distribution with one web ACL, of which each city with a domain is a tenant.

Its certificate and the city's name come with the tenant (``infra/city.py``); all else is said here
once. The origin is the city's HTTP API, whose id the tenant gives as a parameter.
"""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Aws, CfnCondition, Duration, Environment, Fn, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.function import LOG_RETENTION
from infra.nag import excuse
from infra.stack import PlatformStack

EDGE_REGION = "us-east-1"
"""Where CloudFront takes its web ACLs and log deliveries from."""

API_PARAMETER = "api"
"""Name under which a tenant says the id of its HTTP API."""

EMULATED_ACCOUNT = "000000000000"
"""The account of emulators; no real one has it."""

_REQUESTS_PER_ADDRESS = 2_000
"""Requests that one address may make in five minutes."""

_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
_YEAR = Duration.days(365)
_READ_SECONDS = 30  # as long as an HTTP API may take

_COUNTED = {
    # A rule of AWS's list, and why it counts here and does not block.
    "SizeRestrictions_QUERYSTRING": "queries of the API are longer than 2,048 bytes",
    "NoUserAgent_HEADER": "programs that read open data need not say who they are",
    "GenericRFI_QUERYARGUMENTS": "a query may ask for records with an address in them",
    "CrossSiteScripting_QUERYARGUMENTS": "a query has < and > in it; pages escape what they show",
}


class EdgeStack(PlatformStack):
    """The content distribution before all cities' domains.

    Args:
        scope: the app.
        env: account and ``us-east-1``.
        origin_region: where the cities' HTTP APIs are.
    """

    def __init__(self, scope: Construct, *, env: Environment, origin_region: str) -> None:
        super().__init__(
            scope,
            "Edge",
            env=env,
            says="Citylake: the content distribution before the cities' domains.",
            crosses_regions=origin_region != EDGE_REGION,
        )
        distribution = self._distribution(origin_region, self._web_acl())
        self.distribution_id = distribution.ref
        self._log_requests(distribution)
        excuse(distribution, "CFR1", "open data is for everyone, wherever they are")
        excuse(distribution, "CFR3", "logged by CloudWatch's deliveries; tenants know no other way")
        excuse(distribution, "CFR4", "certificate and protocol come with each tenant")

    def _distribution(self, origin_region: str, acl: waf.CfnWebACL) -> cloudfront.CfnDistribution:
        before = cloudfront.CfnFunction(
            self,
            "BeforeRequests",
            name=f"{self.stack_name}-before-requests",
            auto_publish=True,
            function_code=(Path(__file__).with_suffix(".js")).read_text(encoding="utf-8"),
            function_config=cloudfront.CfnFunction.FunctionConfigProperty(
                comment="Keeps cities apart in the cache", runtime="cloudfront-js-2.0"
            ),
        )
        first = [
            cloudfront.CfnDistribution.FunctionAssociationProperty(
                event_type="viewer-request", function_arn=before.attr_function_metadata_function_arn
            )
        ]
        headers = self._headers()
        origin = "city"
        return cloudfront.CfnDistribution(
            self,
            "Distribution",
            distribution_config=cloudfront.CfnDistribution.DistributionConfigProperty(
                enabled=True,
                comment="Citylake: every city with a domain is a tenant of it",
                connection_mode="tenant-only",
                http_version="http2and3",
                web_acl_id=acl.attr_arn,
                tenant_config=cloudfront.CfnDistribution.TenantConfigProperty(
                    parameter_definitions=[
                        cloudfront.CfnDistribution.ParameterDefinitionProperty(
                            name=API_PARAMETER,
                            definition=cloudfront.CfnDistribution.DefinitionProperty(
                                string_schema=cloudfront.CfnDistribution.StringSchemaProperty(
                                    required=True, comment="Id of the city's HTTP API"
                                )
                            ),
                        )
                    ]
                ),
                origins=[
                    cloudfront.CfnDistribution.OriginProperty(
                        id=origin,
                        domain_name=Fn.join(
                            "",
                            [
                                f"{{{{{API_PARAMETER}}}}}.execute-api.{origin_region}.",
                                Aws.URL_SUFFIX,
                            ],
                        ),
                        custom_origin_config=(
                            cloudfront.CfnDistribution.CustomOriginConfigProperty(
                                origin_protocol_policy="https-only",
                                origin_ssl_protocols=["TLSv1.2"],
                                origin_read_timeout=_READ_SECONDS,
                            )
                        ),
                    )
                ],
                default_cache_behavior=cloudfront.CfnDistribution.DefaultCacheBehaviorProperty(
                    target_origin_id=origin,
                    viewer_protocol_policy="redirect-to-https",
                    allowed_methods=["GET", "HEAD", "OPTIONS"],
                    cached_methods=["GET", "HEAD"],
                    compress=True,
                    cache_policy_id=self._kept().ref,
                    response_headers_policy_id=headers,
                    function_associations=first,
                ),
                cache_behaviors=[
                    cloudfront.CfnDistribution.CacheBehaviorProperty(
                        path_pattern="/api/publish/*",
                        target_origin_id=origin,
                        viewer_protocol_policy="https-only",
                        allowed_methods=[
                            *("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")
                        ],
                        compress=True,
                        cache_policy_id=_CACHING_DISABLED,
                        origin_request_policy_id=_ALL_BUT_HOST,
                        response_headers_policy_id=headers,
                    )
                ],
            ),
        )

    def _kept(self) -> cloudfront.CfnCachePolicy:
        """Keep what the API says may be kept, as long as it says, apart by all that changes it."""
        policy = cloudfront.CfnCachePolicy
        return policy(
            self,
            "Kept",
            cache_policy_config=policy.CachePolicyConfigProperty(
                name=f"{self.stack_name}-kept",
                comment="As Cache-Control says; nothing is kept that does not say so",
                min_ttl=0,
                default_ttl=0,
                max_ttl=_YEAR.to_seconds(),
                parameters_in_cache_key_and_forwarded_to_origin=(
                    policy.ParametersInCacheKeyAndForwardedToOriginProperty(
                        enable_accept_encoding_gzip=True,
                        enable_accept_encoding_brotli=True,
                        cookies_config=policy.CookiesConfigProperty(cookie_behavior="none"),
                        query_strings_config=policy.QueryStringsConfigProperty(
                            query_string_behavior="all"
                        ),
                        headers_config=policy.HeadersConfigProperty(
                            header_behavior="whitelist",
                            headers=["Accept-Language", "Authorization", "X-Citylake-Host"],
                        ),
                    )
                ),
            ),
        )

    def _headers(self) -> str:
        """Add what every answer must carry; what a page says itself, stands."""
        policy = cloudfront.CfnResponseHeadersPolicy
        return policy(
            self,
            "Headers",
            response_headers_policy_config=policy.ResponseHeadersPolicyConfigProperty(
                name=f"{self.stack_name}-headers",
                comment="Pages send a stricter policy of their own, which is not overridden",
                security_headers_config=policy.SecurityHeadersConfigProperty(
                    strict_transport_security=policy.StrictTransportSecurityProperty(
                        access_control_max_age_sec=_YEAR.to_seconds(),
                        # Nothing is promised for the city's other hosts: they are not ours.
                        include_subdomains=False,
                        override=True,
                    ),
                    content_type_options=policy.ContentTypeOptionsProperty(override=True),
                    referrer_policy=policy.ReferrerPolicyProperty(
                        referrer_policy="strict-origin-when-cross-origin", override=False
                    ),
                    content_security_policy=policy.ContentSecurityPolicyProperty(
                        content_security_policy="default-src 'none'; frame-ancestors 'none'",
                        override=False,
                    ),
                ),
            ),
        ).ref

    def _web_acl(self) -> waf.CfnWebACL:
        rules = [
            self._rule(
                0,
                "Rate",
                waf.CfnWebACL.StatementProperty(
                    rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                        limit=_REQUESTS_PER_ADDRESS, aggregate_key_type="IP"
                    )
                ),
                blocks=True,
            ),
            self._managed(1, "AWSManagedRulesAmazonIpReputationList"),
            self._managed(2, "AWSManagedRulesKnownBadInputsRuleSet"),
            # AWS's rules against SQL injection are not here: the API's language looks like SQL, and
            # no text of it ever becomes SQL (docs/decisions/0007-odsql-one-tree.md).
            self._managed(3, "AWSManagedRulesCommonRuleSet", counted=tuple(_COUNTED)),
        ]
        return waf.CfnWebACL(
            self,
            "Acl",
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_seen("Acl"),
            rules=rules,
        )

    def _managed(
        self, priority: int, name: str, counted: tuple[str, ...] = ()
    ) -> waf.CfnWebACL.RuleProperty:
        count = waf.CfnWebACL.RuleActionProperty(count={})
        return self._rule(
            priority,
            name,
            waf.CfnWebACL.StatementProperty(
                managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS",
                    name=name,
                    rule_action_overrides=[
                        waf.CfnWebACL.RuleActionOverrideProperty(name=rule, action_to_use=count)
                        for rule in counted
                    ]
                    or None,
                )
            ),
            blocks=False,
        )

    def _rule(
        self, priority: int, name: str, statement: waf.CfnWebACL.StatementProperty, *, blocks: bool
    ) -> waf.CfnWebACL.RuleProperty:
        return waf.CfnWebACL.RuleProperty(
            name=name,
            priority=priority,
            statement=statement,
            visibility_config=_seen(name),
            action=waf.CfnWebACL.RuleActionProperty(block={}) if blocks else None,
            # A list of rules has actions of its own, which are taken as they are.
            override_action=None if blocks else waf.CfnWebACL.OverrideActionProperty(none={}),
        )

    def _log_requests(self, distribution: cloudfront.CfnDistribution) -> None:
        """Log requests, without the visitors' addresses."""
        group = logs.LogGroup(
            self,
            "Requests",
            retention=LOG_RETENTION,
            log_group_name="/aws/vendedlogs/citylake/edge",
        )
        source = logs.CfnDeliverySource(
            self,
            "RequestsSource",
            name="citylake-edge",
            log_type="ACCESS_LOGS",
            resource_arn=self.format_arn(
                service="cloudfront",
                region="",
                resource="distribution",
                resource_name=distribution.ref,
            ),
        )
        destination = logs.CfnDeliveryDestination(
            self,
            "RequestsDestination",
            name="citylake-edge",
            destination_resource_arn=group.log_group_arn,
            output_format="json",
        )
        delivery = logs.CfnDelivery(
            self,
            "RequestsDelivery",
            delivery_source_name=source.ref,
            delivery_destination_arn=destination.attr_arn,
            record_fields=[
                *("date", "time", "x-host-header", "cs-method", "cs-uri-stem", "sc-status"),
                *("sc-bytes", "time-taken", "x-edge-result-type", "x-edge-location"),
            ],
        )
        condition = on_aws(self)
        for resource in (source, destination, delivery):
            resource.cfn_options.condition = condition


def on_aws(stack: Stack) -> CfnCondition:
    """Whether a stack is deployed to AWS: for the few resources that no emulator knows."""
    return CfnCondition(
        stack,
        "OnAws",
        expression=Fn.condition_not(Fn.condition_equals(Aws.ACCOUNT_ID, EMULATED_ACCOUNT)),
    )


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where the domains of all cities point.

    Attributes:
        group_id: id of CloudFront's connection group, which each tenant names.
        dns_target: the host that a domain's CNAME record must point to.
    """

    group_id: str
    dns_target: str


def entrance(stack: Stack) -> Entrance:
    """Make the cities' entrance, in the stack that tells them of it."""
    condition = on_aws(stack)
    group = cloudfront.CfnConnectionGroup(stack, "Entrance", name="citylake", ipv6_enabled=True)
    group.cfn_options.condition = condition
    return Entrance(
        *(
            Fn.condition_if(condition.logical_id, value, "none").to_string()
            for value in (group.attr_id, group.attr_routing_endpoint)
        )
    )


def _seen(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
