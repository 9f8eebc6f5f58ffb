"""A city's own data: what stays when its service goes."""

from aws_cdk import CfnOutput, Environment, Fn, RemovalPolicy
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra.athena import workgroup
from infra.facts import STACK_NAME, City, CityTemplate
from infra.given import Given, given
from infra.storage import ANY_ORIGIN, CACHE, EXPORTS, INBOX, UPLOADS, Bucket, expiring, noncurrent

_INBOX_DAYS = 7
_CACHE_DAYS = 7
_UPLOADS_DAYS = 30

DATABASE = "city_{geoid}"
"""Name of a city's Glue database."""

WORKGROUP = "city-{geoid}"
"""Name of a city's Athena workgroup."""


class CityDataStack(CityTemplate):
    """Bucket, database and workgroup of a city.

    Args:
        scope: the app.
        env: account and region.
        city: whose facts a deployment by hand fills in; ``None`` for the template alone.
    """

    def __init__(self, scope: Construct, *, env: Environment, city: City | None = None) -> None:
        geoid = "template" if city is None else city.geoid
        super().__init__(
            scope,
            f"{STACK_NAME.format(geoid=geoid)}-data",
            env=env,
            says="Citylake: the data of one city. It outlives the city's service.",
            city=city,
            is_kept=True,
        )
        bucket = Bucket(
            self,
            "Lake",
            logs_to=given(self, Given.LOG_BUCKET),
            logs_under=Fn.sub("s3/city-${Geoid}/"),
            rules=[
                noncurrent(),
                expiring(EXPORTS, 1),
                expiring(CACHE, _CACHE_DAYS),
                expiring(INBOX, _INBOX_DAYS),
                expiring(UPLOADS, _UPLOADS_DAYS),
            ],
            cors=[ANY_ORIGIN],
            announces=True,
        )
        self.mark(bucket)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=DATABASE.format(geoid=self.geoid),
                description="What this city published",
                location_uri=f"s3://{bucket.bucket_name}/warehouse/",
            ),
        )
        database.apply_removal_policy(RemovalPolicy.RETAIN)
        workgroup(
            self,
            WORKGROUP.format(geoid=self.geoid),
            bucket.bucket_name,
            says="Queries of this city's data",
        )
        CfnOutput(
            self,
            "Bucket",
            value=bucket.bucket_name,
            export_name=Fn.sub(bucket_export("${Geoid}")),
        )


def bucket_export(geoid: str) -> str:
    """Name under which a city's bucket is exported; its service cannot stand without it."""
    return f"{STACK_NAME.format(geoid=geoid)}-bucket"
