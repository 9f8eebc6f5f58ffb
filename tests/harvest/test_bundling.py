"""Making the bundle: the same files give the same bytes, and a mishap changes nothing."""

import shutil
from pathlib import Path

import pytest

from citylake.errors import DatasetInvalid, SourceChanged, SourceUnreachable
from lambdas.harvest import bundling
from lambdas.harvest.bundle import read_manifest
from lambdas.harvest.bundling import build, main
from lambdas.harvest.connectors import CONNECTORS


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_files_give_the_same_bytes(raw: Path, bundle: Path, tmp_path: Path) -> None:
    build(raw, tmp_path)
    assert contents(tmp_path) == contents(bundle)


def test_making_it_again_says_that_nothing_changed(
    raw: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    assert main([str(raw), str(out)]) == 0
    assert capsys.readouterr().out.count("  new\n") == len(CONNECTORS)
    assert main([str(raw), str(out)]) == 0
    assert capsys.readouterr().out.count("  unchanged\n") == len(CONNECTORS)


def test_what_changed_is_counted(raw: Path, bundle: Path, tmp_path: Path) -> None:
    more, out = tmp_path / "raw", tmp_path / "bundle"
    shutil.copytree(raw, more)
    shutil.copytree(bundle, out)
    with (more / "places/place_populations_2014_2023.csv").open("a") as file:
        file.write("2022,21,48006,Kentucky,Louisville,623630\n")
    told = {change.dataset: str(change) for change in build(more, out)}
    assert told["population"].endswith("changed (+1 records)")
    assert told["air-quality"].endswith("unchanged")


def test_a_missing_file_leaves_the_bundle_as_it_was(
    raw: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    less, out = tmp_path / "raw", tmp_path / "bundle"
    shutil.copytree(raw, less)
    shutil.copytree(bundle, out)
    (less / "crime/fbi_table8_2019.xls").unlink()
    with pytest.raises(SourceUnreachable, match=r"fbi_table8_2019\.xls cannot be read"):
        build(less, out)
    assert contents(out) == contents(bundle)
    assert main([str(less), str(out)]) == 1
    assert "the bundle was not made: crime/fbi_table8_2019.xls" in capsys.readouterr().err


def test_a_file_that_grew_too_large_is_refused(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "LARGEST_FILE", 100)
    with pytest.raises(DatasetInvalid, match="expected 100 at most"):
        build(raw, tmp_path)


def test_a_dataset_that_is_no_longer_made_goes(raw: Path, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    shutil.copytree(bundle, out)
    build(raw, out, CONNECTORS[:1])
    assert list(contents(out)) == ["bundle.json", "places.parquet"]


def test_two_folders_are_expected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["raw"]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_manifest_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("{")
    with pytest.raises(SourceChanged, match="no manifest of a bundle"):
        read_manifest(tmp_path)
