"""Who may touch what of a lake: the statements that functions' roles are made of.

A function gets the prefixes of docs/lake.md that it needs and no more. To list a bucket is granted
with them: without it S3 answers 403 for a key that is not there, and a reader could not tell an
empty lake from a locked one.
"""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra.storage import CACHE, EXPORTS, INBOX

READ_PREFIXES = ("lake.json", "entitlement.json", "catalog/", "releases/", "warehouse/", "serving/")
"""What a reader of a lake needs: no raw answers, quarantined rows, uploads or reports of runs."""

PUBLISH_PREFIXES = (
    "lake.json",
    "catalog/",
    "releases/",
    "warehouse/",
    "serving/",
    "quarantine/",
    "runs/",
    INBOX,
)
"""What publishing into a city's own lake writes."""

HARVEST_PREFIXES = (
    "lake.json",
    "catalog/",
    "releases/",
    "warehouse/",
    "serving/",
    "quarantine/",
    "raw/",
    "runs/",
)
"""What a harvest writes into the national lake."""

_WRITE_OBJECT = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")


def lists(bucket_arn: str) -> iam.PolicyStatement:
    """May see which keys a bucket has."""
    return iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket_arn])


def reads(bucket_arn: str, *prefixes: str) -> iam.PolicyStatement:
    """May get objects under these prefixes."""
    return iam.PolicyStatement(actions=["s3:GetObject"], resources=_below(bucket_arn, prefixes))


def writes(bucket_arn: str, *prefixes: str) -> iam.PolicyStatement:
    """May put objects under these prefixes, whole or in parts."""
    return iam.PolicyStatement(actions=[*_WRITE_OBJECT], resources=_below(bucket_arn, prefixes))


def deletes(bucket_arn: str, *prefixes: str) -> iam.PolicyStatement:
    """May delete objects under these prefixes; versions stay until they expire."""
    return iam.PolicyStatement(actions=["s3:DeleteObject"], resources=_below(bucket_arn, prefixes))


def serves(own_arn: str, *others: str) -> list[iam.PolicyStatement]:
    """May answer people: read lakes, and keep long answers in its own.

    Args:
        own_arn: bucket of the lake that answers are kept in.
        others: buckets of lakes that are read beside it.
    """
    return [
        *(lists(bucket) for bucket in (own_arn, *others)),
        reads(own_arn, *READ_PREFIXES, EXPORTS, CACHE),
        *(reads(bucket, *READ_PREFIXES) for bucket in others),
        writes(own_arn, EXPORTS, CACHE),
    ]


def tables_of(stack: Stack, database: str) -> iam.PolicyStatement:
    """May make and commit tables of one Glue database, and no database."""
    return iam.PolicyStatement(
        actions=[
            "glue:GetDatabase",
            "glue:GetTable",
            "glue:GetTables",
            "glue:CreateTable",
            "glue:UpdateTable",
            "glue:DeleteTable",
        ],
        resources=glue_arns(stack, database),
    )


def glue_arns(stack: Stack, database: str) -> list[str]:
    """Name a Glue database, its tables, and the account's catalog that Glue asks for with them."""
    return [
        stack.format_arn(service="glue", resource="catalog"),
        stack.format_arn(service="glue", resource=f"database/{database}"),
        stack.format_arn(service="glue", resource=f"table/{database}/*"),
    ]


def _below(bucket_arn: str, prefixes: tuple[str, ...]) -> list[str]:
    return [
        f"{bucket_arn}/{prefix}*" if prefix.endswith("/") else f"{bucket_arn}/{prefix}"
        for prefix in prefixes
    ]
