"""What a city may do, and what is believed when nobody can tell."""

from pathlib import Path

import pytest

from citylake.entitlements import (
    ACTIVE,
    ENTITLEMENT_KEY,
    Entitlement,
    Gate,
    Status,
    read_entitlement,
    write_entitlement,
)
from citylake.errors import Suspended
from citylake.lake.store import FolderStore

SUSPENDED = Entitlement(
    status=Status.SUSPENDED, reason="the invoice of October is unpaid", since="2026-11-23T06:00:00Z"
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    write_entitlement(store, SUSPENDED)
    assert read_entitlement(store) == SUSPENDED


def test_a_city_that_nobody_suspended_is_active(tmp_path: Path) -> None:
    assert read_entitlement(FolderStore(tmp_path)) == ACTIVE


@pytest.mark.parametrize("body", [b"", b"{", b'{"status":"unheard"}', b'{"reason":"x"}', b"[]"])
def test_what_cannot_be_read_opens_nothing(
    tmp_path: Path, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store = FolderStore(tmp_path)
    store.put(ENTITLEMENT_KEY, body)
    with pytest.raises(Suspended, match="cannot be read"):
        Gate(store).check_writable()
    assert ENTITLEMENT_KEY in caplog.text


def test_a_suspended_city_is_told_why_and_since_when(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    write_entitlement(store, SUSPENDED)
    with pytest.raises(
        Suspended,
        match=r"suspended since 2026-11-23T06:00:00Z: the invoice of October is unpaid\. Its data",
    ):
        Gate(store).check_writable()


def test_a_gate_asks_again_after_a_minute(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    clock = [0.0]
    gate = Gate(store, now=lambda: clock[0])
    gate.check_writable()
    write_entitlement(store, SUSPENDED)
    clock[0] = 59.9
    gate.check_writable()
    clock[0] = 60.0
    with pytest.raises(Suspended):
        gate.check_writable()
