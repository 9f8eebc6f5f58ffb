"""Shared libraries: whose they are, and what is cut off of them."""

import ctypes
import struct
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra import elf

PROGRAM = b"program"
SYMBOLS = b"symbols and sections"


def library(*, machine: int = elf.AARCH64, tail: bytes = SYMBOLS) -> bytes:
    """The smallest library with one segment, and what debuggers read behind it."""
    segment_at = 64 + 56
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01", 3, machine, 1, 0, 64, segment_at + len(PROGRAM), 0,
        64, 56, 1, 64, 7, 6,
    )  # fmt: skip
    segment = struct.pack("<IIQQQQQQ", 1, 5, segment_at, 0, 0, len(PROGRAM), len(PROGRAM), 8)
    return header + segment + PROGRAM + tail


def test_what_lies_behind_the_last_segment_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "library.so"
    path.write_bytes(library())
    assert elf.strip(path) == len(SYMBOLS)
    stripped = path.read_bytes()
    assert stripped.endswith(PROGRAM)
    assert stripped[64:] == library(tail=b"")[64:]
    assert struct.unpack_from("<Q", stripped, 40) == (0,)  # where sections are described
    assert struct.unpack_from("<HH", stripped, 60) == (0, 0)  # how many there are
    assert elf.machine(path) == elf.AARCH64


def test_a_library_without_such_a_tail_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "library.so"
    path.write_bytes(library(tail=b""))
    assert elf.strip(path) == 0
    assert path.read_bytes() == library(tail=b"")


@pytest.mark.parametrize("body", [b"", b"\x7fELF", b"#!/bin/sh\n" + b"x" * 100])
def test_what_is_no_library_is_left_alone(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "other.so"
    path.write_bytes(body)
    assert (elf.machine(path), elf.strip(path)) == (None, 0)
    assert path.read_bytes() == body


def test_a_library_of_this_machine_loads_when_it_was_stripped(tmp_path: Path) -> None:
    spec = find_spec("msgspec._core")
    assert spec is not None
    assert spec.origin is not None
    path = tmp_path / "library.so"
    path.write_bytes(Path(spec.origin).read_bytes())
    assert elf.strip(path) > 0
    assert ctypes.CDLL(str(path)).PyInit__core
