"""Athena workgroups: one per lake, with a limit on what one query may read."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_athena as athena
from constructs import Construct

from infra.storage import CACHE

SCAN_LIMIT_BYTES = 10 * 1024**3
"""What one query may read before Athena ends it: some five US cents' worth."""


def workgroup(scope: Construct, name: str, bucket_name: str, *, says: str) -> athena.CfnWorkGroup:
    """Make a workgroup whose settings no caller can change.

    Args:
        scope: where it stands.
        name: its name; the one by which its callers and their policies know it.
        bucket_name: where its results go, under ``cache/athena/``.
        says: what it is.
    """
    made = athena.CfnWorkGroup(
        scope,
        "Workgroup",
        name=name,
        description=says,
        recursive_delete_option=True,  # it holds nothing but the history of queries
        work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
            bytes_scanned_cutoff_per_query=SCAN_LIMIT_BYTES,
            enforce_work_group_configuration=True,
            publish_cloud_watch_metrics_enabled=True,
            engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                selected_engine_version="Athena engine version 3"
            ),
            result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                output_location=f"s3://{bucket_name}/{CACHE}athena/",
                encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                    encryption_option="SSE_S3"
                ),
            ),
        ),
    )
    made.apply_removal_policy(RemovalPolicy.RETAIN)
    return made
