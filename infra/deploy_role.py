"""What CloudFormation may do when the fleet makes a city: what the two templates make, no more.

Two fences stand around it. It touches only what bears a city's name. And every role that it makes
must carry the boundary, so that even a template that was tampered with could hand out no more than
some city's functions have.
"""

from collections.abc import Sequence

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.access import LOOK_UP_ACTIONS, QUERY_ACTIONS, TABLE_ACTIONS, deletes_databases
from infra.facts import STACK_NAME
from infra.grants import Grant, grant
from infra.lake import NATIONAL

ANY_CITY = STACK_NAME.format(geoid="*")
"""Name of a city's stacks, and of all that CloudFormation names after them."""

OF_ANY_CITY = "cities come and go; all that is a city's is named so, and nothing else is"
"""Why a grant is by that name."""


def boundary(scope: Construct, *, national_arn: str) -> iam.ManagedPolicy:
    """Bound what the role of a city's function can ever have.

    Args:
        scope: where it stands.
        national_arn: the national lake's bucket.
    """
    stack = Stack.of(scope)
    policy = iam.ManagedPolicy(
        scope,
        "CityBoundary",
        description="The most that a function of a subscribed city can have",
    )
    grant(
        policy,
        [
            _allow(
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:ListBucket",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
                on=[_bucket(stack), f"{_bucket(stack)}/*"],
            ),
            _allow("s3:GetObject", "s3:ListBucket", on=[national_arn, f"{national_arn}/*"]),
            _allow(
                *TABLE_ACTIONS,
                on=[
                    _arn(stack, "glue", name)
                    for name in ("catalog", "database/city_*", "table/city_*/*")
                ],
            ),
            _allow(
                *LOOK_UP_ACTIONS,
                on=[
                    _arn(stack, "glue", name)
                    for name in (f"database/{NATIONAL}", f"table/{NATIONAL}/*")
                ],
            ),
            _allow(*QUERY_ACTIONS, on=[_arn(stack, "athena", "workgroup/city-*")]),
            _allow("s3:GetBucketLocation", on=[_bucket(stack)]),
            _allow("lambda:InvokeFunction", on=[_function(stack)]),
            _allow(
                "sqs:SendMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                on=[_arn(stack, "sqs", ANY_CITY)],
            ),
            _allow(
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                on=[f"{_logs(stack, ANY_CITY)}:*"],
            ),
        ],
    )
    return policy


def deploy_role(scope: Construct, *, limit: iam.IManagedPolicy, assets_arn: str) -> iam.Role:
    """Make the role that CloudFormation takes for a city's stacks.

    Args:
        scope: where it stands.
        limit: the boundary that every role it makes must carry.
        assets_arn: the bucket of templates and functions' code.
    """
    stack = Stack.of(scope)
    role = iam.Role(
        scope,
        "CityDeployRole",
        assumed_by=iam.ServicePrincipal(
            "cloudformation.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        ),
        description="What CloudFormation may do to make, change and end a city",
    )
    grant(role, [*_data(stack), *_service(stack, assets_arn), *_roles(stack, limit)])
    return role


def _data(stack: Stack) -> Sequence[Grant]:
    """What the data stack is made of."""
    return (
        _allow(
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:DeleteBucketPolicy",
            "s3:GetBucket*",
            "s3:GetLifecycleConfiguration",
            "s3:GetEncryptionConfiguration",
            "s3:ListBucket",
            "s3:PutBucket*",
            "s3:PutLifecycleConfiguration",
            "s3:PutEncryptionConfiguration",
            "s3:TagResource",
            "s3:UntagResource",
            "s3:ListTagsForResource",
            on=[_bucket(stack)],
        ),
        _allow(
            "glue:CreateDatabase",
            "glue:GetDatabase",
            "glue:UpdateDatabase",
            on=[_arn(stack, "glue", name) for name in ("catalog", "database/city_*")],
        ),
        deletes_databases(stack, "city_*"),
        _allow(
            "athena:CreateWorkGroup",
            "athena:GetWorkGroup",
            "athena:UpdateWorkGroup",
            "athena:DeleteWorkGroup",
            "athena:TagResource",
            "athena:UntagResource",
            "athena:ListTagsForResource",
            on=[_arn(stack, "athena", "workgroup/city-*")],
        ),
    )


def _service(stack: Stack, assets_arn: str) -> Sequence[Grant]:
    """What the service stack is made of."""
    apis = [f"arn:{Aws.PARTITION}:apigateway:{stack.region}::/{path}" for path in _API_PATHS]
    return (
        _allow(
            "s3:GetObject",
            on=[f"{assets_arn}/*"],
            because="templates and functions' code; their keys are checksums",
        ),
        _allow(
            "ssm:GetParameters",
            "ssm:GetParameter",
            on=[_arn(stack, "ssm", "parameter/citylake/*")],
            because="all that the platform gives",
        ),
        _allow(
            "lambda:CreateFunction",
            "lambda:DeleteFunction",
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "lambda:AddPermission",
            "lambda:RemovePermission",
            "lambda:GetPolicy",
            "lambda:TagResource",
            "lambda:UntagResource",
            "lambda:ListTags",
            "lambda:PutFunctionEventInvokeConfig",
            "lambda:UpdateFunctionEventInvokeConfig",
            "lambda:DeleteFunctionEventInvokeConfig",
            "lambda:GetFunctionEventInvokeConfig",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionRecursionConfig",
            "lambda:GetRuntimeManagementConfig",
            on=[_function(stack), f"{_function(stack)}:*"],
        ),
        _allow(
            "lambda:GetLayerVersion",
            on=[_arn(stack, "lambda", "layer:*")],
            because="each version of a layer has a name of its own; they hold open source alone",
        ),
        _allow(
            "apigateway:POST",
            "apigateway:GET",
            "apigateway:PUT",
            "apigateway:PATCH",
            "apigateway:DELETE",
            on=apis,
            because="an API's id is given by AWS; nothing in it tells whose it is",
        ),
        _allow(
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:PutRetentionPolicy",
            "logs:DeleteRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
            "logs:ListTagsForResource",
            on=[
                f"{_logs(stack, name)}{end}"
                for name in (ANY_CITY, "/aws/vendedlogs/citylake/city-*")
                for end in ("", ":*")
            ],
        ),
        _allow(
            "sqs:CreateQueue",
            "sqs:DeleteQueue",
            "sqs:GetQueueAttributes",
            "sqs:SetQueueAttributes",
            "sqs:TagQueue",
            "sqs:UntagQueue",
            "sqs:ListQueueTags",
            on=[_arn(stack, "sqs", ANY_CITY)],
        ),
        _allow(
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:DeleteAlarms",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource",
            "cloudwatch:ListTagsForResource",
            on=[stack.format_arn(service="cloudwatch", resource=f"alarm:{ANY_CITY}")],
        ),
        _allow(
            "events:PutRule",
            "events:DeleteRule",
            "events:DescribeRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "events:ListTargetsByRule",
            "events:TagResource",
            "events:UntagResource",
            "events:ListTagsForResource",
            on=[_arn(stack, "events", f"rule/{ANY_CITY}")],
        ),
        _allow(
            "cloudfront:CreateDistributionTenant",
            "cloudfront:GetDistributionTenant",
            "cloudfront:UpdateDistributionTenant",
            "cloudfront:DeleteDistributionTenant",
            "cloudfront:GetManagedCertificateDetails",
            "cloudfront:TagResource",
            "cloudfront:UntagResource",
            "cloudfront:ListTagsForResource",
            "cloudfront:GetConnectionGroup",
            on=[
                f"arn:{Aws.PARTITION}:cloudfront::{stack.account}:{kind}/*"
                for kind in ("distribution", "distribution-tenant", "connection-group")
            ],
            because="their ids are given by AWS; nothing in them tells whose they are",
        ),
        Grant(
            because="these know no resource, or ask for the certificate of a city's domain",
            actions=[
                "cloudwatch:DescribeAlarms",
                "logs:DescribeLogGroups",
                "logs:CreateLogDelivery",
                "logs:GetLogDelivery",
                "logs:UpdateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:DescribeResourcePolicies",
                "acm:RequestCertificate",
            ],
            on=["*"],
        ),
    )


def _roles(stack: Stack, limit: iam.IManagedPolicy) -> Sequence[Grant]:
    """The functions' roles: never without the boundary, and for Lambda alone."""
    roles = [stack.format_arn(service="iam", region="", resource="role", resource_name=ANY_CITY)]
    return (
        _allow(
            "iam:CreateRole",
            "iam:PutRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            on=roles,
            conditions={"StringEquals": {"iam:PermissionsBoundary": limit.managed_policy_arn}},
        ),
        _allow(
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:DeleteRole",
            "iam:UpdateRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRoleDescription",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:ListRolePolicies",
            "iam:ListAttachedRolePolicies",
            "iam:ListRoleTags",
            on=roles,
        ),
        _allow(
            "iam:PassRole",
            on=roles,
            conditions={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        ),
    )


_API_PATHS = ("apis", "apis/*", "tags/*")


def _allow(
    *actions: str,
    on: Sequence[str],
    because: str = OF_ANY_CITY,
    conditions: dict[str, dict[str, str]] | None = None,
) -> Grant:
    return Grant(actions=actions, on=on, because=because, conditions=conditions or {})


def _arn(stack: Stack, service: str, resource: str) -> str:
    return stack.format_arn(service=service, resource=resource)


def _bucket(stack: Stack) -> str:
    return stack.format_arn(service="s3", region="", account="", resource=ANY_CITY)


def _function(stack: Stack) -> str:
    return _arn(stack, "lambda", f"function:{ANY_CITY}")


def _logs(stack: Stack, name: str) -> str:
    return _arn(stack, "logs", f"log-group:{name}")
