"""An HTTP API before a function: throttled, its requests logged, its failures watched."""

import json

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as http
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.alarms import PERIOD, alarm
from infra.function import LOG_RETENTION
from infra.given import Given, given
from infra.nag import excuse

RATE_PER_SECOND = 50
"""Requests that an API takes for as long as it likes; more are answered 429."""

BURST = 200
"""Requests that it takes at once: a page with its pictures, by several people."""

_FAILURES_TOLERATED = 5
"""Answers of 500 and above in five minutes."""

_PAYLOAD = "2.0"

_OPEN_DATA = "open data: everyone may read, and nothing else is done here"

# No address of a visitor is kept: a public service has no need to know who read what.
_ACCESS_LOG = json.dumps(
    {
        "id": "$context.requestId",
        "at": "$context.requestTime",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "route": "$context.routeKey",
        "status": "$context.status",
        "bytes": "$context.responseLength",
        "ms": "$context.responseLatency",
        "function_ms": "$context.integrationLatency",
        "error": "$context.integrationErrorMessage",
        "refused": "$context.authorizer.error",
    }
)


class Api(Construct):
    """An HTTP API whose every path is answered by one function, unless a route says otherwise.

    It is made of the plain resources: the CDK's richer ones name the stack in what they make, and
    the template of a city must not.

    Args:
        scope: where it stands.
        id: its name there.
        name: what it is called where people see it.
        answers: the function.
        open_because: why whoever asks needs no token.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's own name, by keyword in every construct
        *,
        name: str,
        answers: lambda_.IFunction,
        open_because: str = _OPEN_DATA,
    ) -> None:
        super().__init__(scope, id)
        self._open_because = open_because
        stack = Stack.of(self)
        self._api = http.CfnApi(self, "Http", name=name, protocol_type="HTTP")
        self.api_id = self._api.ref
        self.endpoint = self._api.attr_api_endpoint
        group = logs.LogGroup(
            self,
            "Requests",
            # CloudWatch keeps one policy, of 5,120 characters at most, for all log groups that a
            # service writes to, except those below this name. Some thirty cities would fill it.
            log_group_name=f"/aws/vendedlogs/citylake/{name}",
            retention=LOG_RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.stage_name = http.CfnStage(
            self,
            "Stage",
            api_id=self.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=http.CfnStage.AccessLogSettingsProperty(
                destination_arn=group.log_group_arn, format=_ACCESS_LOG
            ),
            default_route_settings=http.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=RATE_PER_SECOND,
                throttling_burst_limit=BURST,
                detailed_metrics_enabled=False,
            ),
        ).ref
        self.route("Everything", "$default", answers)
        alarm(
            self,
            "Failures",
            cloudwatch.Metric(
                namespace="AWS/ApiGateway",
                metric_name="5xx",
                dimensions_map={"ApiId": self.api_id},
                statistic="Sum",
                period=PERIOD,
            ),
            above=_FAILURES_TOLERATED,
            topic_arn=given(stack, Given.ALARM_TOPIC),
            says=f"{name} answered requests with errors; see its functions' logs.",
        )

    def route(
        self, name: str, key: str, answers: lambda_.IFunction, authorizer_id: str | None = None
    ) -> None:
        """Let a function answer what a route key names (``ANY /api/publish/v1/{proxy+}``).

        Args:
            name: the route's name within the API.
            key: method and path.
            answers: the function.
            authorizer_id: who checks the caller's token first; ``None`` where everyone may ask.
        """
        stack = Stack.of(self)
        integration = http.CfnIntegration(
            self,
            f"{name}Integration",
            api_id=self.api_id,
            integration_type="AWS_PROXY",
            integration_uri=answers.function_arn,
            payload_format_version=_PAYLOAD,
        )
        route = http.CfnRoute(
            self,
            f"{name}Route",
            api_id=self.api_id,
            route_key=key,
            target=f"integrations/{integration.ref}",
            authorization_type="NONE" if authorizer_id is None else "JWT",
            authorizer_id=authorizer_id,
        )
        if authorizer_id is None:
            excuse(route, "APIG4", self._open_because)
        lambda_.CfnPermission(
            self,
            f"{name}Permission",
            action="lambda:InvokeFunction",
            function_name=answers.function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=stack.format_arn(
                service="execute-api", resource=self.api_id, resource_name="*/*"
            ),
        )

    def tokens_of(self, issuer: str, audience: str) -> str:
        """Check tokens of an issuer for an audience, and give the id by which routes ask for it."""
        authorizer = http.CfnAuthorizer(
            self,
            "Tokens",
            api_id=self.api_id,
            authorizer_type="JWT",
            name="tokens",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=http.CfnAuthorizer.JWTConfigurationProperty(
                issuer=issuer, audience=[audience]
            ),
        )
        return authorizer.ref
