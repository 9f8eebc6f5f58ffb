"""Buckets: private, by TLS alone, kept when their stack goes, each with its access logged."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

NONCURRENT_DAYS = 30
"""For how long an overwritten or deleted object can be had back."""

LOG_DAYS = 90
"""For how long access logs are kept."""

_TLS = 1.2

EXPORTS = "exports/"
"""Answers by redirect. Their addresses are signed for minutes; a day is for whoever asks again."""

CACHE = "cache/"
"""What can be made again."""

INBOX = "inbox/"
"""Files of a city's staff, until they are published."""

UPLOADS = "uploads/"
"""What became of those files."""

ANY_ORIGIN = s3.CorsRule(
    allowed_origins=["*"],
    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD],
    allowed_headers=["*"],
    exposed_headers=["ETag", "Content-Disposition", "Content-Encoding"],
    max_age=3_000,
)
"""Scripts of any page may follow the API's redirects here; a signed address is the key."""


class Bucket(s3.Bucket):
    """A private bucket, retained.

    Args:
        scope: where it stands.
        id: its name there.
        logs_to: name of the bucket that its access is logged into; ``None`` for that one itself.
        logs_under: the logs' prefix there.
        rules: which objects expire, and when.
        cors: which pages' scripts may read it, with a signed address.
        versioned: whether what is overwritten can be had back.
        announces: whether it tells EventBridge of new objects.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - the CDK's own name, by keyword in every construct
        *,
        logs_to: str | None,
        logs_under: str = "",
        rules: Sequence[s3.LifecycleRule] = (),
        cors: Sequence[s3.CorsRule] = (),
        versioned: bool = True,
        announces: bool = False,
    ) -> None:
        unfinished = s3.LifecycleRule(
            id="unfinished", abort_incomplete_multipart_upload_after=Duration.days(1)
        )
        super().__init__(
            scope,
            id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=_TLS,
            versioned=versioned,
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[unfinished, *rules],
            cors=list(cors),
        )
        bare = self.node.default_child
        if not isinstance(bare, s3.CfnBucket):  # the CDK promises it, its types do not
            raise TypeError(f"{id}: a bucket's default child is {type(bare).__name__}")
        if logs_to is not None:
            bare.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
                destination_bucket_name=logs_to, log_file_prefix=logs_under
            )
        if announces:
            # By hand, because the CDK's own switch would put a function of its own into the stack.
            bare.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                    event_bridge_enabled=True
                )
            )


def noncurrent() -> s3.LifecycleRule:
    """Let go of overwritten objects after a month."""
    return s3.LifecycleRule(
        id="noncurrent", noncurrent_version_expiration=Duration.days(NONCURRENT_DAYS)
    )


def expiring(prefix: str, days: int) -> s3.LifecycleRule:
    """Let objects under a prefix go after some days, and nothing of them stay."""
    return s3.LifecycleRule(
        id=prefix.rstrip("/"),
        prefix=prefix,
        expiration=Duration.days(days),
        noncurrent_version_expiration=Duration.days(1),
    )


def log_bucket(scope: Construct) -> Bucket:
    """Make the bucket that the access to all others is logged into."""
    bucket = Bucket(
        scope,
        "AccessLogs",
        logs_to=None,
        versioned=False,
        rules=[s3.LifecycleRule(id="old", expiration=Duration.days(LOG_DAYS))],
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AccessLogsOfThisAccount",
            principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects("*")],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        )
    )
    return bucket
