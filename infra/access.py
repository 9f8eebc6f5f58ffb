"""Who may touch what of a lake: the grants that functions' roles are made of.

A function gets the prefixes of docs/lake.md that it needs and no more. To list a bucket is granted
with them: without it S3 answers 403 for a key that is not there, and a reader could not tell an
empty lake from a locked one.
"""

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.grants import Grant
from infra.storage import CACHE, EXPORTS, INBOX, UPLOADS

READ_PREFIXES = ("lake.json", "entitlement.json", "catalog/", "releases/", "warehouse/")
"""What a reader of a lake needs: no raw answers, quarantined rows, uploads or reports of runs."""

KEYS = "keys/"
"""The hashes of a city's API keys, and what they open."""

COUNTS = "counts/"
"""How often each key was used today."""

PUBLISH_PREFIXES = (
    "lake.json",
    "catalog/",
    KEYS,
    "releases/",
    "warehouse/",
    "quarantine/",
    "runs/",
    UPLOADS,
    INBOX,
)
"""What publishing into a city's own lake writes."""

HARVEST_PREFIXES = (
    "lake.json",
    "catalog/",
    "releases/",
    "warehouse/",
    "quarantine/",
    "raw/",
    "runs/",
)
"""What a harvest writes into the national lake."""

TABLE_ACTIONS = (
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:DeleteTable",
)
"""What pyiceberg asks of Glue to make a table and commit to it."""

QUERY_ACTIONS = (
    "athena:StartQueryExecution",
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:StopQueryExecution",
)
"""What the engine asks of an Athena workgroup."""

LOOK_UP_ACTIONS = ("glue:GetDatabase", "glue:GetTable")
"""What Athena asks of Glue, in the name of whoever queries, to find a table."""

_WRITE_OBJECT = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")


_OBJECTS = "keys within a prefix of one bucket; objects come and go, and only prefixes stay"
_TABLES = "tables of one database; datasets come and go"


def lists(bucket_arn: str) -> Grant:
    """May see which keys a bucket has."""
    return Grant(actions=["s3:ListBucket"], on=[bucket_arn])


def reads(bucket_arn: str, *prefixes: str) -> Grant:
    """May get objects under these prefixes."""
    return Grant(actions=["s3:GetObject"], on=_below(bucket_arn, prefixes), because=_OBJECTS)


def writes(bucket_arn: str, *prefixes: str) -> Grant:
    """May put objects under these prefixes, whole or in parts."""
    return Grant(actions=_WRITE_OBJECT, on=_below(bucket_arn, prefixes), because=_OBJECTS)


def deletes(bucket_arn: str, *prefixes: str) -> Grant:
    """May delete objects under these prefixes; versions stay until they expire."""
    return Grant(actions=["s3:DeleteObject"], on=_below(bucket_arn, prefixes), because=_OBJECTS)


def serves(own_arn: str, *others: str) -> list[Grant]:
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


def admits(own_arn: str) -> list[Grant]:
    """May tell keys from what is none, and count their calls; not make or change any."""
    return [reads(own_arn, KEYS, COUNTS), writes(own_arn, COUNTS)]


def tables_of(stack: Stack, database: str) -> Grant:
    """May make and commit tables of one Glue database, and no database."""
    return Grant(actions=TABLE_ACTIONS, on=glue_arns(stack, database), because=_TABLES)


def partitions_of(stack: Stack, database: str) -> Grant:
    """May keep the partitions of one Glue database's tables, as awswrangler does."""
    return Grant(
        actions=[
            "glue:GetPartition",
            "glue:GetPartitions",
            "glue:BatchGetPartition",
            "glue:CreatePartition",
            "glue:BatchCreatePartition",
            "glue:UpdatePartition",
            "glue:DeletePartition",
            "glue:BatchDeletePartition",
        ],
        on=glue_arns(stack, database),
        because=_TABLES,
    )


def asks_athena(stack: Stack, own_arn: str, workgroup: str, *databases: str) -> list[Grant]:
    """May query tables of Glue databases in one Athena workgroup, and change none.

    Athena reads and writes with the rights of whoever asks: the files, and its own results.

    Args:
        stack: where the workgroup and the databases are.
        own_arn: bucket of the results, which ``serves`` lets be written.
        workgroup: its name.
        databases: their names.
    """
    group = stack.format_arn(service="athena", resource="workgroup", resource_name=workgroup)
    return [
        Grant(actions=QUERY_ACTIONS, on=[group]),
        Grant(actions=["s3:GetBucketLocation"], on=[own_arn]),
        *(
            Grant(actions=LOOK_UP_ACTIONS, on=glue_arns(stack, name), because=_TABLES)
            for name in databases
        ),
    ]


def invokes(function: lambda_.IFunction) -> Grant:
    """May start this function."""
    return Grant(actions=["lambda:InvokeFunction"], on=[function.function_arn])


def sends(queue: sqs.IQueue) -> Grant:
    """May put messages into this queue."""
    return Grant(actions=["sqs:SendMessage"], on=[queue.queue_arn])


def glue_arns(stack: Stack, database: str) -> list[str]:
    """Name a Glue database, its tables, and the account's catalog that Glue asks for with them."""
    return [
        stack.format_arn(service="glue", resource="catalog"),
        stack.format_arn(service="glue", resource=f"database/{database}"),
        stack.format_arn(service="glue", resource=f"table/{database}/*"),
    ]


def deletes_databases(stack: Stack, database: str) -> Grant:
    """May delete Glue databases: Glue asks for all that could be in them, as well."""
    functions = stack.format_arn(service="glue", resource=f"userDefinedFunction/{database}/*")
    return Grant(
        actions=["glue:DeleteDatabase"],
        on=[*glue_arns(stack, database), functions],
        because=_TABLES,
    )


def _below(bucket_arn: str, prefixes: tuple[str, ...]) -> list[str]:
    return [
        f"{bucket_arn}/{prefix}*" if prefix.endswith("/") else f"{bucket_arn}/{prefix}"
        for prefix in prefixes
    ]
