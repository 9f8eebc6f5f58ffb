"""The catalog of messages: nothing that pages say is missing, and no translation breaks."""

import re
from functools import cache

import pytest

from lambdas.portal.languages import ENGLISH, LANGUAGES, Language
from local import messages
from local.messages import Text, placeholders

TRANSLATED = [language for language in LANGUAGES if language is not ENGLISH]


@cache
def page_texts() -> tuple[Text, ...]:
    return tuple(messages.page_texts())


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.name)
def test_all_that_pages_say_is_translated(language: Language) -> None:
    catalog = messages.read(language)
    missing = []
    for text in page_texts():
        found = catalog.get(text.id if isinstance(text.id, str) else text.id[0])
        if found is None or found.id != text.id or not found.string or found.fuzzy:
            missing.append((text.where, text.id))
    assert missing == []  # python -m local.messages adds them; then translate them


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.name)
def test_a_translation_holds_what_its_original_holds(language: Language) -> None:
    different = []
    for message in messages.read(language):
        if not message.id or not message.string:
            continue
        original = message.id if isinstance(message.id, str) else message.id[-1]
        forms = [message.string] if isinstance(message.string, str) else message.string
        different += [form for form in forms if placeholders(form) != placeholders(original)]
    assert different == []


def test_a_message_may_be_formatted() -> None:
    """A percent sign that begins no placeholder would break the page that says it."""
    forms = [
        form
        for text in page_texts()
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
    texts = [text for text in messages.texts() if text.where == "datasets/population"]
    assert Text("Population by year", "datasets/population") in texts
    assert Text(("person", "people"), "datasets/population", context="unit") in texts
    assert Text("Census count", "datasets/population") in texts
    assert not any(text.is_ours for text in texts)
