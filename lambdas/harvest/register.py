"""Raw landings as a table of AWS Glue: what was fetched from whom, and when, for whoever operates.

``SELECT source, max(retrieved_on), sum(bytes) FROM national_raw.landings GROUP BY source`` in
Athena. awswrangler and pandas are loaded here and nowhere else; they have a layer of their own.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

import awswrangler as wr
import boto3
import pandas as pd

from lambdas.harvest.landed import Landing

DATABASE = "national_raw"
TABLE = "landings"
FOLDER = "landings"
"""Where the table's files lie in the lake's bucket."""

_TYPES = {
    "address": "string",
    "key": "string",
    "sha256": "string",
    "bytes": "bigint",
    "content_type": "string",
    "last_modified": "string",
    "retrieved_on": "date",
    "source": "string",
}

_COMMENTS = {
    "address": "What was asked, without secrets",
    "key": "Where the lake's bucket keeps the bytes",
    "sha256": "Checksum of the bytes",
    "bytes": "How many there are",
    "content_type": "Media type, as the publisher declared it",
    "last_modified": "The publisher's date for them, as sent",
    "retrieved_on": "Day on which they first came, in UTC",
    "source": "Id of the source",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration wrote: rows, and partitions of them."""

    landings: int
    sources: int


def register(
    landings: Iterable[Landing], *, bucket: str, session: boto3.Session | None = None
) -> Registered:
    """Write the table anew, a partition a source; the same landings give the same table.

    A query that runs meanwhile may miss a source: awswrangler removes a partition's file before it
    writes the next. What serves the public does not read this table.

    Args:
        landings: all there are.
        bucket: name of the lake's bucket.
        session: credentials and region; the environment's unless told.
    """
    rows = [
        asdict(each) | {"retrieved_on": date.fromisoformat(each.retrieved_on)} for each in landings
    ]
    if not rows:
        return Registered(0, 0)
    frame = pd.DataFrame(rows, columns=list(_TYPES))
    wr.s3.to_parquet(
        frame,
        path=f"s3://{bucket}/{FOLDER}/",
        dataset=True,
        database=DATABASE,
        table=TABLE,
        partition_cols=["source"],
        mode="overwrite_partitions",
        dtype=_TYPES,
        compression="zstd",
        glue_table_settings={
            "table_type": "EXTERNAL_TABLE",
            "description": "What publishers sent, unchanged in raw/, and when it first came",
            "columns_comments": _COMMENTS,
        },
        boto3_session=session,
    )
    return Registered(len(rows), frame["source"].nunique())
