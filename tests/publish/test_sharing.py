"""Who may read a city's dataset, and the keys that say so, as its staff make them."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from citylake.catalog import update_catalog
from citylake.datasets import Visibility
from citylake.errors import (
    DatasetInvalid,
    DatasetNotFound,
    KeyNotFound,
    LimitReached,
    ParameterInvalid,
    PlaceInvalid,
    PlaceNotFound,
    PortalError,
)
from citylake.keys import KeyRing, Rights, hash_of
from lambdas.publish import keys
from lambdas.publish.keys import Wanted, create_key, list_keys, revoke_key
from lambdas.publish.sharing import share
from tests.publish.conftest import DURHAM, RALEIGH, City
from tests.publish.test_uploads import Office, office  # noqa: F401  # the fixture

TREES = "tree,species\n1,Oak\n2,Elm\n"
NOW = datetime(2026, 11, 23, 6, 14, 42, 987_000, tzinfo=UTC)
ADMIN = f"[{DURHAM}:admin]"
AT = f"keys/{DURHAM}.json"


def now() -> datetime:
    return NOW


# Datasets


def test_a_private_dataset_was_never_public(city: City) -> None:
    city.publish(TREES, private=True)
    assert city.lake.entry("trees", DURHAM).visibility is Visibility.PRIVATE
    assert "trees" not in city.catalog(DURHAM)
    city.publish(TREES, private=True)
    city.publish(TREES)
    entry = city.lake.entry("trees", DURHAM)
    assert (entry.visibility, len(entry.releases)) == (Visibility.PRIVATE, 3)


def test_what_others_may_read_is_not_published_as_private(city: City) -> None:
    city.publish(TREES)
    with pytest.raises(DatasetInvalid, match=r"trees is public; expected a private dataset"):
        city.publish(TREES, private=True)
    assert len(city.lake.entry("trees", DURHAM).releases) == 1


def test_sharing_changes_who_may_read_and_nothing_else(city: City) -> None:
    city.publish(TREES)
    before = city.lake.entry("trees", DURHAM)
    shared = share(city.lake, DURHAM, "trees", Visibility.SHARED, ["nc/raleigh", RALEIGH])
    assert (shared.visibility, shared.grants) == (Visibility.SHARED, (RALEIGH,))
    assert "trees" not in city.catalog(DURHAM)
    again = share(city.lake, DURHAM, "trees", Visibility.PUBLIC)
    assert again == before == city.lake.entry("trees", DURHAM)
    assert "trees" in city.catalog(DURHAM)


def test_a_new_release_of_a_shared_dataset_is_shared_with_the_same(city: City) -> None:
    city.publish(TREES)
    share(city.lake, DURHAM, "trees", Visibility.SHARED, [RALEIGH])
    city.publish(TREES + "3,Ash\n")
    entry = city.lake.entry("trees", DURHAM)
    assert (entry.visibility, entry.grants) == (Visibility.SHARED, (RALEIGH,))


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        (("bushes", "private", []), DatasetNotFound, "bushes does not exist"),
        (("population", "private", []), DatasetNotFound, "population does not exist"),
        (("trees", "shared", []), ParameterInvalid, "expected with whom, found nobody"),
        (("trees", "private", [RALEIGH]), ParameterInvalid, f"nobody to share it with.*{RALEIGH}"),
        (("trees", "public", [RALEIGH]), ParameterInvalid, f"nobody to share it with.*{RALEIGH}"),
        (("trees", "shared", [DURHAM]), ParameterInvalid, "owns trees"),
        (("trees", "shared", ["nc/nowhere"]), PlaceNotFound, "nc/nowhere"),
        (("trees", "shared", ["0836410"]), PlaceInvalid, "no government"),
    ],
)
def test_a_sharing_that_cannot_be_says_why_and_changes_nothing(
    city: City, asked: tuple[str, str, list[str]], error: type[PortalError], message: str
) -> None:
    city.publish(TREES)
    before = city.lake.catalog(DURHAM)
    dataset_id, visibility, parties = asked
    with pytest.raises(error, match=message):
        share(city.lake, DURHAM, dataset_id, Visibility(visibility), parties)
    assert city.lake.catalog(DURHAM) == before


# Keys


def test_a_key_is_kept_as_its_hash_and_found_by_itself(city: City) -> None:
    city.publish(TREES)
    ends = NOW + timedelta(days=30)
    key, secret = create_key(
        city.lake,
        DURHAM,
        Wanted(
            name=" Raleigh planning ",
            datasets=("trees", "trees"),
            party="nc/raleigh",
            daily_calls=500,
            expires_at=ends,
        ),
        now=now,
    )
    assert re.fullmatch(r"clk_[\w-]{43}", secret, re.ASCII)
    assert re.fullmatch(r"[0-9a-f]{8}", key.id)
    assert (key.name, key.created_at, key.expires_at) == (
        "Raleigh planning",
        NOW.replace(microsecond=0),
        ends,
    )
    assert key.rights == Rights(owner=DURHAM, datasets=("trees",), party=RALEIGH)
    held = city.lake.store.get(AT)
    assert held is not None
    assert secret.encode() not in held.body
    assert hash_of(secret).encode() in held.body
    assert KeyRing(city.lake.store_of).find(DURHAM, secret, NOW) == key
    assert list_keys(city.lake, DURHAM) == (key,)
    assert list_keys(city.lake, RALEIGH) == ()


def test_no_two_keys_are_alike(city: City) -> None:
    made = [create_key(city.lake, DURHAM, Wanted(name="k", everything=True)) for _ in range(20)]
    assert len({secret for _, secret in made}) == len({key.id for key, _ in made}) == 20
    assert [key.id for key in list_keys(city.lake, DURHAM)] == [key.id for key, _ in made]


def test_a_key_taken_back_twice_was_taken_back_the_first_time(city: City) -> None:
    key, _ = create_key(city.lake, DURHAM, Wanted(name="k", everything=True), now=now)
    first = revoke_key(city.lake, DURHAM, key.id, now=now)
    second = revoke_key(city.lake, DURHAM, key.id)
    assert first == second
    assert first.revoked_at == NOW.replace(microsecond=0)
    with pytest.raises(KeyNotFound, match=rf"{RALEIGH} has no key '{key.id}'"):
        revoke_key(city.lake, RALEIGH, key.id)


def test_a_city_has_so_many_keys_and_those_that_ended_do_not_count(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MOST_KEYS", 2)
    wanted = Wanted(name="k", everything=True)
    made = [create_key(city.lake, DURHAM, wanted)[0] for _ in range(2)]
    with pytest.raises(LimitReached, match="has 2 keys; at most 2"):
        create_key(city.lake, DURHAM, wanted)
    revoke_key(city.lake, DURHAM, made[0].id)
    create_key(city.lake, DURHAM, wanted)
    assert len(list_keys(city.lake, DURHAM)) == 3


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        ({"name": "", "everything": True}, ParameterInvalid, "name is ''"),
        ({"name": "x" * 101, "everything": True}, ParameterInvalid, "1 to 100 characters"),
        ({"name": "a\nb", "everything": True}, ParameterInvalid, "name is"),
        ({}, ParameterInvalid, "what a key opens"),
        ({"everything": True, "party": RALEIGH}, ParameterInvalid, "what a key opens"),
        ({"datasets": ("bushes",)}, DatasetNotFound, "bushes"),
        ({"datasets": ("population",)}, DatasetNotFound, "population"),
        ({"party": "nc/nowhere"}, PlaceNotFound, "nc/nowhere"),
        ({"everything": True, "daily_calls": 0}, ParameterInvalid, "calls a day are 0"),
        ({"everything": True, "daily_calls": 10**8}, ParameterInvalid, "expected 1 to 10000000"),
        ({"everything": True, "expires_at": NOW - timedelta(1)}, ParameterInvalid, "later"),
        ({"everything": True, "expires_at": datetime(2027, 1, 1)}, ParameterInvalid, "offset"),  # noqa: DTZ001
    ],
)
def test_a_key_that_cannot_be_is_not_made(
    city: City, wanted: dict[str, Any], error: type[PortalError], message: str
) -> None:
    with pytest.raises(error, match=message):
        create_key(city.lake, DURHAM, Wanted(**{"name": "k", **wanted}), now=now)
    assert city.lake.store.get(AT) is None


# The staff's API


def test_staff_share_a_dataset_and_an_admin_makes_and_revokes_keys(
    office: Office,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    office.send(office.announce(private=True))
    asked = {"visibility": "shared", "shared_with": [RALEIGH]}
    answer = office.call("POST", "/api/publish/v1/datasets/trees/share", asked)
    assert answer == (200, {"dataset_id": "trees", **asked})
    with caplog.at_level(logging.INFO):
        status, made = office.call(
            "POST",
            "/api/publish/v1/keys",
            {"name": "Raleigh", "shared_with": RALEIGH, "expires_at": "2099-01-01T00:00:00Z"},
            ADMIN,
        )
    assert status == 201
    secret = made.pop("key")
    assert secret not in caplog.text
    assert made["id"] in caplog.text
    status, listed = office.call("GET", "/api/publish/v1/keys")
    assert listed == {"total_count": 1, "results": [made]}
    assert made == {
        "id": made["id"],
        "name": "Raleigh",
        "everything": False,
        "datasets": [],
        "shared_with": RALEIGH,
        "daily_calls": 10_000,
        "created_at": made["created_at"],
        "expires_at": "2099-01-01T00:00:00Z",
        "revoked_at": None,
    }
    assert hash_of(secret) not in json.dumps(listed)
    key = KeyRing(office.city.lake.store_of).find(DURHAM, secret, NOW)
    assert key.rights.include(office.city.lake.entry("trees", DURHAM))
    status, revoked = office.call("POST", f"/api/publish/v1/keys/{made['id']}/revoke")
    assert status == 200
    assert revoked["revoked_at"]


def test_an_editor_makes_no_keys(office: Office) -> None:  # noqa: F811
    status, told = office.call("POST", "/api/publish/v1/keys", {"name": "all", "everything": True})
    assert (status, told["error_code"]) == (403, "AccessRefused")
    assert f"{DURHAM}:admin" in told["message"]
    assert office.city.lake.store.get(AT) is None


def test_what_others_may_read_is_not_announced_as_private(office: Office) -> None:  # noqa: F811
    office.send(office.announce())
    asked = {"dataset_id": "trees", "filename": "t.csv", "size": 1, "private": True}
    status, told = office.call("POST", "/api/publish/v1/uploads", asked)
    assert status == 400
    assert "trees is public" in told["message"]


def test_an_upload_that_became_public_before_it_arrived_fails(office: Office) -> None:  # noqa: F811
    waiting = office.announce(private=True)
    office.send(office.announce())
    told = office.send(waiting)
    assert (told["status"], "trees is public" in told["reason"]) == ("failed", True)


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("datasets/trees/share", {"visibility": "hidden"}, 400, "Invalid enum value"),
        ("datasets/trees/share", {"visibility": "shared"}, 400, "found nobody"),
        ("datasets/none/share", {"visibility": "private"}, 404, "none does not exist"),
        ("keys", {"name": "k", "everything": True, "sha256": "x"}, 400, "unknown field"),
        ("keys", {"name": "k"}, 400, "what a key opens"),
        ("keys/5f3a9c1e/revoke", None, 404, "has no key"),
        ("keys/..%2f..%2fcatalog/revoke", None, 404, "has no key"),
    ],
)
def test_staff_are_told_what_is_wrong(
    office: Office,  # noqa: F811
    path: str,
    body: Any,
    status: int,
    message: str,
) -> None:
    office.send(office.announce())
    answer = office.call("POST", f"/api/publish/v1/{path}", body, ADMIN)
    assert (answer[0], message in answer[1]["message"]) == (status, True), answer


def test_a_catalog_replaced_meanwhile_is_read_anew(city: City) -> None:
    """Of two who share at once, both stand: the conditional put is the catalog's own."""
    city.publish(TREES)
    city.publish(TREES, "bushes")
    update_catalog(city.lake.store, DURHAM, lambda catalog: catalog)
    share(city.lake, DURHAM, "trees", Visibility.PRIVATE)
    share(city.lake, DURHAM, "bushes", Visibility.SHARED, [RALEIGH])
    held = city.lake.catalog(DURHAM).catalog.datasets
    assert [entry.visibility for entry in held.values()] == [
        Visibility.SHARED,
        Visibility.PRIVATE,
    ]
