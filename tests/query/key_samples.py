"""A lake in which two cities keep datasets to themselves, and the keys to them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from citylake.datasets import Dataset, Field, FieldType, Theme, Visibility
from citylake.keys import Key
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import Staged, Writer, open_folder_tables
from lambdas.publish.keys import Wanted, create_key, revoke_key
from lambdas.publish.sharing import share
from tests.lakes import stage

DURHAM, RALEIGH, AURORA = "3719000", "3755000", "0804000"
SECRET = "Zanzibar"
MADE = datetime(2026, 11, 23, 6, 14, 42, tzinfo=UTC)

PRIVATE = {"wages": DURHAM, "permits": DURHAM, "budget": RALEIGH}
"""What is not public, and whose it is; permits are shared with Raleigh."""


def city_dataset(dataset_id: str, owner: str) -> Dataset:
    """A dataset whose title, text and facet hold the word."""
    return Dataset(
        id=dataset_id,
        title=f"{SECRET} {dataset_id}",
        description=f"Where {SECRET} is.",
        theme=Theme.CITY,
        owner=owner,
        publisher=SECRET,
        key=("name",),
        fields=(
            Field(name="name", type=FieldType.TEXT, label="Name", facet=True),
            Field(name="amount", type=FieldType.INT, label="Amount"),
        ),
    )


def publish_private(home: Path) -> Lake:
    """Publish to a lake that knows the places what Durham and Raleigh do not show to everyone."""
    lake = Lake(FolderStore(home))
    writer = Writer(lake, open_folder_tables(home))
    for dataset_id, owner in PRIVATE.items():
        dataset = city_dataset(dataset_id, owner)
        rows = [{"name": f"{SECRET} {number}", "amount": number} for number in range(3)]
        staged = Staged(parquet=stage(home.parent / "staging", dataset, rows))
        writer.publish(dataset, staged, begins=Visibility.PRIVATE)
    share(lake, DURHAM, "permits", Visibility.SHARED, [RALEIGH])
    return lake


@dataclass
class KeyBox:
    """Keys by what they are; ``secrets`` are what is sent."""

    lake: Lake
    secrets: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Key] = field(default_factory=dict)

    def make(self, called: str, owner: str, *, made_at: datetime = MADE, **wanted: object) -> str:
        """Make a key and keep it under a name."""
        key, secret = create_key(
            self.lake,
            owner,
            Wanted(name=called, **wanted),  # type: ignore[arg-type]
            now=lambda: made_at,
        )
        self.kept[called], self.secrets[called] = key, secret
        return secret


def make_keys(lake: Lake, *, stranger: str = AURORA) -> KeyBox:
    """One key of every kind; the stranger is a place with which nothing is shared."""
    box = KeyBox(lake)
    box.make("all", DURHAM, everything=True)
    box.make("wages", DURHAM, datasets=("wages",))
    box.make("for Raleigh", DURHAM, party="nc/raleigh")
    box.make("for a stranger", DURHAM, party=stranger)
    box.make("Raleigh's", RALEIGH, everything=True)
    box.make("expired", DURHAM, everything=True, expires_at=MADE + timedelta(seconds=1))
    box.make("revoked", DURHAM, everything=True)
    revoke_key(lake, DURHAM, box.kept["revoked"].id, now=lambda: MADE + timedelta(days=1))
    return box
