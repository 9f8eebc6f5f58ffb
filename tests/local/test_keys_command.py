"""``citylake share`` and ``citylake keys`` as a person runs them, and a client with the key."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from citylake.keys import KeyRing
from citylake.lake.store import FolderStore
from tests.lakes import publish
from tests.local.running import run
from tests.query.api_samples import PLACES, PLACES_ROWS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that knows the places."""
    home = tmp_path_factory.mktemp("keys") / "lake"
    publish(home, PLACES, PLACES_ROWS)
    return home


def test_a_city_hides_shares_and_opens_its_data(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "wages.csv"
    path.write_text("job,wage\nclerk,40000\n")
    options = ("--place", "nc/durham", "--home", str(home))
    published = run("publish", str(path), "--id", "wages", "--private", *options)
    assert published.returncode == 0, published.stderr
    held = json.loads(run("datasets", "--json", "--home", str(home)).stdout)
    assert [each["visibility"] for each in held] == ["public", "private"]
    shared = run("share", "wages", "--visibility", "shared", "--with", "nc/raleigh", *options)
    assert shared.stdout == "wages is shared with 3755000\n"
    made = run("keys", "create", "Raleigh", "--for", "3755000", "--calls", "7", *options)
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert secret not in made.stderr
    key = KeyRing(lambda _: FolderStore(home)).find("3719000", secret, datetime.now(UTC))
    assert (key.daily_calls, key.rights.party) == (7, "3755000")
    revoked = run("keys", "revoke", key.id, *options)
    assert revoked.stdout.startswith(f"{key.id} (Raleigh) was revoked at ")
    listed = json.loads(run("keys", "list", "--json", *options).stdout)
    assert [(each["id"], bool(each["revoked_at"])) for each in listed] == [(key.id, True)]
    assert "sha256" not in listed[0]
    assert "revoked" in run("keys", "list", *options).stdout
    refused = run("keys", "create", "nothing", *options)
    assert refused.returncode == 1
    assert "what a key opens" in refused.stderr
