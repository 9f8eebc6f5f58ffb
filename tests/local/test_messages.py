"""The catalog of messages: nothing that pages say is missing, and no translation breaks."""

import re
from functools import cache

import pytest

from citylake.pages.languages import ENGLISH, LANGUAGES, Language
from citylake.pages.messages import Catalog
from local import messages
from local.messages import Text, placeholders

TRANSLATED = [language for language in LANGUAGES if language is not ENGLISH]


@cache
def page_texts(catalog: Catalog) -> tuple[Text, ...]:
    return tuple(messages.page_texts(catalog))


every_catalog = pytest.mark.parametrize(
    "catalog", messages.CATALOGS, ids=lambda catalog: catalog.folder.parent.name
)
every_language = pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.name)


@every_catalog
@every_language
def test_all_that_pages_say_is_translated(language: Language, catalog: Catalog) -> None:
    held = messages.read(catalog, language)
    missing = []
    for text in page_texts(catalog):
        found = held.get(text.id if isinstance(text.id, str) else text.id[0])
        if found is None or found.id != text.id or not found.string or found.fuzzy:
            missing.append((text.where, text.id))
    assert missing == []  # python -m local.messages adds them; then translate them


@every_catalog
@every_language
def test_a_translation_holds_what_its_original_holds(language: Language, catalog: Catalog) -> None:
    different = []
    for message in messages.read(catalog, language):
        if not message.id or not message.string:
            continue
        original = message.id if isinstance(message.id, str) else message.id[-1]
        forms = [message.string] if isinstance(message.string, str) else message.string
        different += [form for form in forms if placeholders(form) != placeholders(original)]
    assert different == []


@every_catalog
def test_a_message_may_be_formatted(catalog: Catalog) -> None:
    """A percent sign that begins no placeholder would break the page that says it."""
    forms = [
        form
        for text in page_texts(catalog)
        for form in ([text.id] if isinstance(text.id, str) else text.id)
    ]
    names = re.compile(r"%\(\w+\)s|%%")
    assert [form for form in forms if "%" in names.sub("", form)] == []


def test_placeholders_and_tags_are_told_from_text() -> None:
    assert placeholders('<a href="%(at)s">100%% of {place}</a>') == [
        "</a>",
        '<a href="%(at)s">',
        "{place}",
    ]


def test_a_dataset_gives_its_texts_once_each_with_its_units() -> None:
    texts = [
        text for text in messages.texts(messages.CATALOGS[0]) if text.where == "datasets/population"
    ]
    assert Text("Population by year", "datasets/population") in texts
    assert Text(("person", "people"), "datasets/population", context="unit") in texts
    assert Text("Census count", "datasets/population") in texts
    assert not any(text.is_ours for text in texts)
