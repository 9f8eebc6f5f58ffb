import stat
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citylake.errors import LakeUnusable, PreconditionFailed
from citylake.lake.store import ABSENT, FolderStore, Store, StoredObject, Unchanged, address
from tests.citylake.places import Place


@pytest.fixture
def store(place: Place) -> Store:
    """An empty store, in a folder or in a bucket."""
    return place.store()


def test_what_was_put_is_read_back_with_its_etag(store: Store) -> None:
    etag = store.put("catalog/national.json", b"{}")
    held = store.get("catalog/national.json")
    assert held is not None
    assert (held.body, held.etag) == (b"{}", etag)


def test_what_was_never_put_is_none(store: Store) -> None:
    assert store.get("catalog/national.json") is None
    assert store.get_changed("catalog/national.json", '"an etag"') is None


def test_what_is_known_is_not_sent_again(store: Store) -> None:
    etag = store.put("a", b"1")
    assert store.get_changed("a", etag) == Unchanged()
    other = store.put("a", b"2")
    assert store.get_changed("a", etag) == StoredObject(b"2", other)


def test_a_file_becomes_an_object(tmp_path: Path, store: Store) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_bytes(b"{}\n" * 100_000)
    store.put_file("quarantine/a.jsonl", source)
    held = store.get("quarantine/a.jsonl")
    assert held is not None
    assert held.body == source.read_bytes()
    assert list(store.keys("quarantine/")) == ["quarantine/a.jsonl"]


def test_a_file_that_is_not_there_becomes_nothing(tmp_path: Path, store: Store) -> None:
    with pytest.raises(LakeUnusable):
        store.put_file("a", tmp_path / "nothing")
    assert list(store.keys("")) == []


def test_an_object_is_created_only_once(store: Store) -> None:
    store.put("a", b"1", if_match=ABSENT)
    with pytest.raises(PreconditionFailed, match="expected no object"):
        store.put("a", b"2", if_match=ABSENT)
    assert store.get("a").body == b"1"  # type: ignore[union-attr] # it was just put


def test_a_stale_etag_replaces_nothing(store: Store) -> None:
    first = store.put("a", b"1")
    store.put("a", b"2", if_match=first)
    with pytest.raises(PreconditionFailed, match="is not as it was read"):
        store.put("a", b"3", if_match=first)
    assert store.get("a").body == b"2"  # type: ignore[union-attr] # it was just put


def test_what_is_gone_cannot_be_replaced(store: Store) -> None:
    etag = store.put("a", b"1")
    store.delete("a")
    with pytest.raises(PreconditionFailed, match="is not as it was read"):
        store.put("a", b"2", if_match=etag)
    assert store.get("a") is None


def test_of_many_conditional_puts_at_once_one_wins_each_round(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("n", b"0")

    def increment() -> None:
        while True:
            held = store.get("n")
            assert held is not None
            try:
                store.put("n", str(int(held.body) + 1).encode(), if_match=held.etag)
            except PreconditionFailed:
                continue
            return

    threads = [threading.Thread(target=increment) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("n").body == b"16"  # type: ignore[union-attr] # it was just put


def test_keys_are_listed_in_order(store: Store) -> None:
    for key in ("runs/b.json", "runs/a.json", "runs-other/c.json"):
        store.put(key, b"")
    assert list(store.keys("runs/")) == ["runs/a.json", "runs/b.json"]
    assert list(store.keys("runs")) == ["runs-other/c.json", "runs/a.json", "runs/b.json"]
    assert list(store.keys("runs/b")) == ["runs/b.json"]
    assert len(list(store.keys(""))) == 3
    assert list(store.keys("nothing/")) == []


def test_half_written_files_are_no_objects(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("runs/a.json", b"")
    (tmp_path / "runs" / ".put-x").write_bytes(b"half")
    assert list(store.keys("")) == ["runs/a.json"]


def test_deleting_twice_is_no_error(store: Store) -> None:
    store.put("a", b"1")
    store.delete("a")
    store.delete("a")
    assert store.get("a") is None


@pytest.mark.parametrize(
    "key", ["", "../outside", "a/../../outside", "/etc/passwd", "a//b", "a/./b", "a/", "a\0", "a\n"]
)
def test_a_key_never_leaves_the_lake_and_has_one_spelling(store: Store, key: str) -> None:
    for act in (store.get, store.delete, lambda key: store.put(key, b"")):
        with pytest.raises(LakeUnusable, match="leaves the lake or is no path"):
            act(key)
    assert list(store.keys("")) == []


@pytest.mark.parametrize(
    "key", ["a b.csv", "ä/é.json", "a%20b", "a+b&c=d?e#f*", "20261123T061442Z"]
)
def test_a_key_may_be_any_other_text(store: Store, key: str) -> None:
    store.put(key, b"1")
    assert list(store.keys("")) == [key]
    assert store.get(key) is not None


def test_a_place_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LakeUnusable, match="choose a folder that can be written"):
        FolderStore(tmp_path / "file").put("a", b"1")


def test_engines_find_an_object_at_its_address(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("raw/x", b"bytes")
    assert Path(address(store, "raw/x")).read_bytes() == b"bytes"


def test_objects_are_no_more_open_than_the_user_wants(tmp_path: Path) -> None:
    FolderStore(tmp_path).put("a", b"1")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o022 == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(), st.binary())
def test_the_etag_tells_two_bodies_apart(store: Store, one: bytes, other: bytes) -> None:
    assert (store.put("a", one) == store.put("a", other)) == (one == other)
