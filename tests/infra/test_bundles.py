"""Layers from the lock: what is taken out, what makes them anew, and what is too large."""

import os
from pathlib import Path

import pytest

from citylake.errors import PortalError
from infra import bundles
from infra.bundles import (
    LARGEST,
    LIMIT,
    BundleFailed,
    BundleTooLarge,
    Made,
    Tools,
    Weight,
    make_layer,
    require_fit,
    table,
    trim,
    weigh,
)
from infra.code import FUNCTIONS, Layer, Target, layer_folder
from tests.infra.test_elf import library

PINS = "duckdb==1.5.5\nmsgspec==0.22.0"

FILES: dict[str, bytes] = {
    "duckdb/__init__.py": b"VERSION = '1.5.5'\n",
    "duckdb/_core.so": library(),
    "duckdb/tests/test_it.py": b"assert False\n",
    "duckdb/__init__.pyi": b"VERSION: str\n",
    "duckdb-1.5.5.dist-info/METADATA": b"Name: duckdb\nVersion: 1.5.5\n",
    "duckdb-1.5.5.dist-info/RECORD": b"duckdb/__init__.py,,\n",
    "bin/duckdb": b"#!/home/somebody/python\n",
    ".lock": b"",
}


class Wheels(Tools):
    """Tools that unpack files of ours and note what they were asked for."""

    def __init__(self, files: dict[str, bytes] | None = None, pins: str = PINS) -> None:
        self.files = FILES if files is None else files
        self.pins = pins
        self.installed: list[str] = []
        self.compiled: list[Path] = []

    def requirements(self, layer: Layer) -> str:
        return self.pins

    def install(self, requirements: Path, target: Target, folder: Path) -> None:
        self.installed.append(requirements.read_text())
        for name, body in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)

    def python(self, target: Target) -> str | None:
        return "python3.13"

    def compile(self, python: str, folder: Path) -> None:
        self.compiled.append(folder)
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / "all.cpython-313.pyc").write_bytes(b"compiled")


def content(root: Path, layer: Layer = Layer.BASE) -> dict[str, bytes]:
    """The files of a layer that was made, as a function finds them below ``/opt``."""
    folder = layer_folder(layer, Target.ARM64, root)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def make(root: Path, tools: Tools, layer: Layer = Layer.BASE) -> Made:
    return make_layer(layer, Target.ARM64, tools=tools, root=root)


def test_a_layer_holds_what_a_function_opens_and_nothing_else(tmp_path: Path) -> None:
    tools = Wheels()
    made = make(tmp_path, tools)
    assert content(tmp_path) == {
        "python/duckdb/__init__.py": FILES["duckdb/__init__.py"],
        "python/__pycache__/all.cpython-313.pyc": b"compiled",
        "python/duckdb/_core.so": content(tmp_path)["python/duckdb/_core.so"],
        "python/duckdb-1.5.5.dist-info/METADATA": b"Name: duckdb\nVersion: 1.5.5\n",
    }
    assert made.size == sum(len(body) for body in content(tmp_path).values())
    assert made.zipped > 0
    assert (made.compiled, tools.installed) == (True, [PINS])


def test_only_what_people_wait_for_is_compiled(tmp_path: Path) -> None:
    tools = Wheels()
    assert make(tmp_path, tools, Layer.READ).compiled
    assert not make(tmp_path, tools, Layer.WRITE).compiled
    assert len(tools.compiled) == 1


def test_times_and_rights_are_the_same_whenever_it_was_made(tmp_path: Path) -> None:
    make(tmp_path, Wheels())
    folder = layer_folder(Layer.BASE, Target.ARM64, tmp_path)
    found = {(path.is_dir(), path.stat().st_mode & 0o777) for path in folder.rglob("*")}
    assert found == {(True, 0o755), (False, 0o644)}
    assert {path.stat().st_mtime for path in folder.rglob("*")} == {315_532_800}


def test_what_has_not_changed_is_not_made_again(tmp_path: Path) -> None:
    tools = Wheels()
    first = make(tmp_path, tools)
    second = make(tmp_path, tools)
    assert len(tools.installed) == 1
    assert second.seconds == 0
    assert (second.size, second.zipped) == (first.size, first.zipped)


def test_another_pin_makes_it_anew_and_leaves_nothing_of_the_last(tmp_path: Path) -> None:
    make(tmp_path, Wheels())
    make(tmp_path, Wheels({"other.py": b""}, pins="other==1"))
    assert "python/duckdb/__init__.py" not in content(tmp_path)
    assert "python/other.py" in content(tmp_path)


def test_a_build_that_fails_leaves_the_last_layer_in_place(tmp_path: Path) -> None:
    make(tmp_path, Wheels())
    before = content(tmp_path)

    class Broken(Wheels):
        def install(self, requirements: Path, target: Target, folder: Path) -> None:
            super().install(requirements, target, folder)
            raise BundleFailed("no wheel of duckdb 2 for aarch64")

    with pytest.raises(BundleFailed, match="no wheel"):
        make(tmp_path, Broken(pins="duckdb==2"))
    assert content(tmp_path) == before
    assert {
        path.name for path in layer_folder(Layer.BASE, Target.ARM64, tmp_path).parent.iterdir()
    } == {
        "base",
        "base.json",
    }


def test_a_library_for_another_machine_is_refused(tmp_path: Path) -> None:
    foreign = {"duckdb/_core.so": library(machine=62)}
    with pytest.raises(BundleFailed, match=r"duckdb/_core\.so is for machine 62; expected 183"):
        make(tmp_path, Wheels(foreign))


def test_every_rule_of_trimming_has_its_reason() -> None:
    assert all(rule.why for rule in bundles.TRIMS)
    assert len({rule.pattern for rule in bundles.TRIMS}) == len(bundles.TRIMS)


def test_languages_of_the_pages_stay_and_others_go(tmp_path: Path) -> None:
    data = tmp_path / "babel" / "locale-data"
    data.mkdir(parents=True)
    for name in ("root", "en", "en_US", "es", "es_419", "es_US", "de", "es_MX"):
        (data / f"{name}.dat").touch()
    trim(tmp_path)
    assert {path.stem for path in data.iterdir()} == {
        "root",
        "en",
        "en_US",
        "es",
        "es_419",
        "es_US",
    }


def made(layer: Layer, size: int) -> Made:
    return Made(layer=layer, size=size, zipped=1, compiled=True, seconds=2.0)


def test_a_function_is_weighed_with_its_own_code(tmp_path: Path) -> None:
    for folder in ("citylake", "lambdas/fleet", "marketplace"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "citylake" / "a.py").write_bytes(b"x" * 10)
    (tmp_path / "lambdas" / "__init__.py").write_bytes(b"x")
    (tmp_path / "lambdas" / "fleet" / "b.py").write_bytes(b"x" * 100)
    found = {
        each.function: each for each in weigh([made(FUNCTIONS["fleet"].layer, 1_000)], tmp_path)
    }
    assert found["fleet"] == Weight(
        function="fleet", code=111, layer=FUNCTIONS["fleet"].layer, layer_size=1_000
    )
    assert found["fleet"].total == 1_111
    assert found["market-clock"].code == 11


def test_what_lambda_might_refuse_soon_stops_the_build() -> None:
    fits = Weight(function="read", code=1, layer=Layer.READ, layer_size=LARGEST - 1)
    over = Weight(function="harvest", code=2, layer=Layer.WRITE, layer_size=LARGEST - 1)
    require_fit([fits])
    with pytest.raises(BundleTooLarge, match="harvest has 240,000,001 bytes") as raised:
        require_fit([fits, over])
    assert "read has" not in str(raised.value)
    assert (LIMIT - LARGEST) / LIMIT >= 0.08


def test_the_table_shows_bytes_limit_and_margin() -> None:
    weight = Weight(function="read", code=44_000, layer=Layer.READ, layer_size=131_028_000)
    shown = table([made(Layer.READ, 131_028_000)], [weight]).splitlines()
    assert shown[1].split() == ["read", "131,028,000", "1", "yes", "2.0", "s"]
    assert shown[4].split() == ["read", "44,000", "131,072,000", "262,144,000", "50.0", "%"]


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_uv_is_asked_for_the_locks_pins_and_the_targets_wheels(tmp_path: Path) -> None:
    uv = script(tmp_path / "uv", f'echo "$@" >> {tmp_path}/asked; echo "pin==1"')
    tools = Tools(tmp_path, uv)
    assert tools.requirements(Layer.READ) == "pin==1"
    tools.install(tmp_path / "pins.txt", Target.ARM64, tmp_path / "out")
    exported, installed = (tmp_path / "asked").read_text().splitlines()
    assert exported.startswith("export --frozen --only-group read ")
    assert "--prune boto3" in exported
    assert "--python-version 3.13 --python-platform aarch64-manylinux_2_28" in installed
    assert "--only-binary :all:" in installed


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    tools = Tools(tmp_path, script(tmp_path / "uv", "echo 'no such group' >&2; exit 2"))
    with pytest.raises(BundleFailed, match="no such group"):
        tools.requirements(Layer.READ)
    assert tools.python(Target.ARM64) is None


def test_without_uv_there_is_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.delenv("UV", raising=False)
    with pytest.raises(PortalError, match="run make bundles"):
        Tools()
