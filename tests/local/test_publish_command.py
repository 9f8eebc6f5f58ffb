"""``citylake publish``, ``releases`` and ``restore`` as a person runs them."""

import json
from pathlib import Path

import pytest

from tests.lakes import publish
from tests.local.running import run
from tests.query.api_samples import PLACES, PLACES_ROWS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that knows the places."""
    home = tmp_path_factory.mktemp("publish") / "lake"
    publish(home, PLACES, PLACES_ROWS)
    return home


def test_a_file_is_published_again_listed_and_restored(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "speeds.csv"
    path.write_text("street,speed\nElm,30\nOak,fast\n")
    first = run(
        "publish", str(path), "--id", "speeds", "--place", "3719000", "--home", str(home),
        "--field", "speed=int", "--title", "Speed limits",
    )  # fmt: skip
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout.splitlines()[-1])
    assert told == {
        "dataset": "speeds",
        "place": "3719000",
        "release": told["release"],
        "rows": 1,
        "quarantined": 1,
        "fields": [
            {"name": "street", "type": "text", "label": "street"},
            {"name": "speed", "type": "int", "label": "speed"},
        ],
        "attachments": [],
        "notes": [],
    }
    path.write_text("street,speed\nElm,25\n")
    again = run("publish", str(path), "--id", "speeds", "--place", "nc/durham", "--home", str(home))
    newest = json.loads(again.stdout.splitlines()[-1])["release"]
    options = ("--place", "3719000", "--home", str(home))
    restored = run("restore", "speeds", told["release"], *options)
    assert restored.stdout == f"speeds is at {told['release']} again: 1 records\n"
    listed = json.loads(run("releases", "speeds", *options, "--json").stdout)
    assert [line["release"] for line in listed] == [told["release"], newest]
    held = json.loads(run("datasets", "--json", "--home", str(home)).stdout)
    assert [(each["owner"], each["dataset_id"]) for each in held] == [
        ("national", "places"),
        ("3719000", "speeds"),
    ]
    for file in home.glob("warehouse/city_3719000/**/data/*.parquet"):
        file.write_bytes(b"")
    examined = run("doctor", "--home", str(home))
    assert examined.returncode == 1
    assert "speeds of 3719000: release" in examined.stdout
    assert "publish its file again" in examined.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("publish", "nothing.csv", "--id", "x", "--place", "3719000"), 1, "there is no file"),
        (("publish", "x", "--id", "x", "--place", "3719000", "--field", "a"), 1, "NAME=TYPE"),
        (("publish", "x", "--id", "x"), 2, "--place"),
        (("restore", "places", "2019"), 1, "has no release 2019"),
        (
            ("publish", "x", "--id", "x", "--place", "3719000", "--attach", "a", "--detach"),
            1,
            "--attach and --detach contradict each other",
        ),
    ],
)
def test_what_cannot_be_done_is_said(
    home: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = run(*arguments, "--home", str(home))
    assert ended.returncode == code
    assert said in ended.stderr


def test_releases_of_the_nation_are_listed_without_a_place(home: Path) -> None:
    assert "current" in run("releases", "places", "--home", str(home)).stdout


def test_documents_beside_a_dataset_stay_until_others_come(home: Path, tmp_path: Path) -> None:
    path, codes, terms = tmp_path / "signs.csv", tmp_path / "codes.pdf", tmp_path / "the_terms.txt"
    path.write_text("street,sign\nElm,stop\n")
    codes.write_bytes(b"%PDF-1.7")
    terms.write_text("Free for all.")

    def attachments(*more: str) -> list[str]:
        options = ("--id", "signs", "--place", "3719000", "--home", str(home))
        ended = run("publish", str(path), *options, *more)
        assert ended.returncode == 0, ended.stderr
        told: list[str] = json.loads(ended.stdout.splitlines()[-1])["attachments"]
        return told

    assert attachments("--attach", f"What signs mean={codes}", "--attach", str(terms)) == [
        "codes-pdf", "the-terms-txt",
    ]  # fmt: skip
    assert attachments() == ["codes-pdf", "the-terms-txt"]
    assert attachments("--attach", str(terms)) == ["the-terms-txt"]
    assert attachments("--detach") == []
    for file in home.glob("releases/3719000/signs/attachments/*"):
        file.unlink()
    first = json.loads(
        run("releases", "signs", "--place", "3719000", "--home", str(home), "--json").stdout
    )[-1]["release"]
    run("restore", "signs", first, "--place", "3719000", "--home", str(home))
    examined = run("doctor", "--home", str(home))
    assert "signs of 3719000: release" in examined.stdout
