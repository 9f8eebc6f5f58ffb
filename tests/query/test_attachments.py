"""Documents beside a dataset: listed, given out as they are, and never run on the portal's host."""

from pathlib import Path
from typing import NamedTuple

import pytest

from citylake.attachments import attach
from citylake.catalog import Release
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.lake.write import Staged, Writer, open_folder_tables
from tests.lakes import stage
from tests.query.api_samples import POPULATION, POPULATION_ROWS, publish_samples
from tests.query.conftest import Ask, api_over
from tests.query.events import body, header, json_of

API = "/api/explore/v2.1/catalog/datasets/population"
HOSTILE = b"<script>fetch('/api/')</script>" * 100


class Beside(NamedTuple):
    """A lake whose dataset has had documents, then others."""

    ask: Ask
    home: Path
    before: Release
    now: Release


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Beside:
    folder = tmp_path_factory.mktemp("beside")
    home, codes, page = folder / "lake", folder / "codes.pdf", folder / "page.html"
    publish_samples(home)
    codes.write_bytes(b"%PDF-1.7 of codes")
    page.write_bytes(HOSTILE)
    writer = Writer(Lake(FolderStore(home)), open_folder_tables(home))
    staged = stage(folder / "staging", POPULATION, POPULATION_ROWS)

    def publish(*documents: tuple[str, Path]) -> Release:
        return writer.publish(POPULATION, Staged(parquet=staged, attachments=attach(documents)))

    before = publish(("What codes mean", codes))
    return Beside(api_over(home), home, before, publish(("A page", page), ("Codes", codes)))


def test_they_are_listed_with_what_is_known_of_them(beside: Beside) -> None:
    assert json_of(beside.ask(f"/nc/durham{API}/attachments/")) == {
        "attachments": [
            {
                "href": f"/nc/durham{API}/attachments/page-html",
                "metas": {
                    "mime-type": "text/html",
                    "title": "A page",
                    "url": f"/nc/durham{API}/attachments/page-html",
                    "id": "page-html",
                },
            },
            {
                "href": f"/nc/durham{API}/attachments/codes-pdf",
                "metas": {
                    "mime-type": "application/pdf",
                    "title": "Codes",
                    "url": f"/nc/durham{API}/attachments/codes-pdf",
                    "id": "codes-pdf",
                },
            },
        ]
    }
    assert json_of(beside.ask(API))["attachments"] == [
        {
            "id": "page-html",
            "mimetype": "text/html",
            "title": "A page",
            "url": f"{API}/attachments/page-html",
        },
        {
            "id": "codes-pdf",
            "mimetype": "application/pdf",
            "title": "Codes",
            "url": f"{API}/attachments/codes-pdf",
        },
    ]


@pytest.mark.parametrize("below", ["attachments/codes-pdf", "files/codes-pdf/"])
def test_one_is_given_out_as_it_was_published(beside: Beside, below: str) -> None:
    answer = beside.ask(f"{API}/{below}")
    assert (answer["statusCode"], body(answer)) == (200, b"%PDF-1.7 of codes")
    assert header(answer, "content-type") == "application/pdf"
    assert header(answer, "content-disposition") == 'attachment; filename="codes.pdf"'
    assert header(answer, "access-control-allow-origin") == "*"
    again = beside.ask(f"{API}/{below}", headers={"if-none-match": header(answer, "etag")})
    assert again["statusCode"] == 304


def test_a_hostile_page_runs_nothing_on_our_host(beside: Beside) -> None:
    for method, packing in (("GET", "identity"), ("GET", "gzip"), ("HEAD", "gzip")):
        answer = beside.ask(f"{API}/attachments/page-html", method, {"accept-encoding": packing})
        assert header(answer, "content-security-policy") == "sandbox; default-src 'none'"
        assert header(answer, "x-content-type-options") == "nosniff"
        assert (header(answer, "content-disposition") or "").startswith("attachment;")
        assert body(answer) == (HOSTILE if method == "GET" else b"")


def test_an_old_release_has_its_own(beside: Beside) -> None:
    version = f"?version={beside.before.id}"
    listed = json_of(beside.ask(f"{API}/attachments{version}"))["attachments"]
    assert [(each["metas"]["title"], each["href"]) for each in listed] == [
        ("What codes mean", f"{API}/attachments/codes-pdf{version}")
    ]
    assert body(beside.ask(listed[0]["href"])) == b"%PDF-1.7 of codes"
    described = json_of(beside.ask(f"{API}{version}"))["attachments"]
    assert [each["url"] for each in described] == [f"{API}/attachments/codes-pdf{version}"]
    answer = beside.ask(f"{API}/attachments/page-html{version}")
    assert (answer["statusCode"], json_of(answer)) == (
        404,
        {
            "error_code": "NotFoundResource",
            "message": "The requested attachment page-html of dataset population does not exist.",
        },
    )


def test_a_document_is_kept_once_and_missed_if_it_is_gone_or_changed(beside: Beside) -> None:
    kept = sorted((beside.home / "releases/national/population/attachments").iterdir())
    assert len(kept) == 2
    (page,) = [file for file in kept if file.read_bytes() == HOSTILE]
    page.write_bytes(b"<p>changed</p>")
    answers = [beside.ask(f"{API}/attachments/page-html")]
    page.unlink()
    answers.append(beside.ask(f"{API}/attachments/page-html"))
    page.write_bytes(HOSTILE)
    assert [answer["statusCode"] for answer in answers] == [503, 503]
    assert all(str(beside.home).encode() not in body(answer) for answer in answers)
