from pathlib import Path

import pytest

from citylake.attachments import LARGEST, MOST, attach, read_attachment
from citylake.errors import DatasetInvalid, ParameterInvalid

NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def file(folder: Path, name: str, size: int = 1) -> Path:
    path = folder / name
    with path.open("wb") as opened:
        opened.truncate(size)
    return path


@pytest.mark.parametrize(
    ("text", "title", "name"),
    [
        ("dictionary.pdf", "Dictionary", "dictionary.pdf"),
        ("a/data_dictionary-2024.pdf", "Data dictionary 2024", "data_dictionary-2024.pdf"),
        ("Data dictionary=a/b.pdf", "Data dictionary", "b.pdf"),
        (" Terms = b.txt ", "Terms", "b.txt"),
    ],
)
def test_a_document_is_a_file_with_a_title_or_without(text: str, title: str, name: str) -> None:
    found, path = read_attachment(text)
    assert (found, path.name) == (title, name)


def test_a_file_whose_name_holds_an_equals_sign_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path, "a=b.txt")
    assert read_attachment("a=b.txt") == ("A=b", Path("a=b.txt"))


@pytest.mark.parametrize(
    ("name", "known_as", "filename", "media_type"),
    [
        ("dictionary.pdf", "dictionary-pdf", "dictionary.pdf", "application/pdf"),
        ("Guía de códigos.PDF", "guia-de-codigos-pdf", "Guia-de-codigos.PDF", "application/pdf"),
        (
            'x"; evil=".html', "x-evil-html", "x-evil-.html", "text/html",
        ),
        ("notes.md", "notes-md", "notes.md", "text/markdown"),
        (
            "codes.xlsx", "codes-xlsx", "codes.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("README", "readme", "README", "application/octet-stream"),
        ("…", "attachment", "attachment", "application/octet-stream"),
    ],
)  # fmt: skip
def test_a_documents_name_becomes_safe_for_addresses_and_headers(
    tmp_path: Path, name: str, known_as: str, filename: str, media_type: str
) -> None:
    (attached,) = attach([("Title", file(tmp_path, name))])
    made = attached.attachment
    assert (made.id, made.filename, made.media_type) == (known_as, filename, media_type)
    assert (made.title, made.size, attached.path.name) == ("Title", 1, name)


def test_two_documents_of_one_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first, second = file(tmp_path, "a.pdf"), file(tmp_path / "other", "a.pdf")
    found = attach([("One", first), ("Two", second)])
    assert [each.attachment.id for each in found] == ["a-pdf", "a-pdf-2"]


def test_documents_are_few_and_small(tmp_path: Path) -> None:
    largest = file(tmp_path, "large.pdf", LARGEST)
    assert attach([("", largest)] * MOST)[0].attachment.title == "large.pdf"
    with pytest.raises(DatasetInvalid, match="21 attachments; a release may have 20"):
        attach([("", largest)] * (MOST + 1))
    with pytest.raises(DatasetInvalid, match="25,000,001 bytes; expected 1 to 25,000,000"):
        attach([("", file(tmp_path, "larger.pdf", LARGEST + 1))])
    with pytest.raises(DatasetInvalid, match=r"empty\.pdf has 0 bytes"):
        attach([("", file(tmp_path, "empty.pdf", 0))])
    with pytest.raises(ParameterInvalid, match=r"there is no file nothing\.pdf to attach"):
        attach([("", Path("nothing.pdf"))])
