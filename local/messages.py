"""The catalog of messages, brought up to date: ``python -m local.messages``.

What pages say is found in templates and code; what datasets say (titles, labels, sentences, and the
few values that their facets have) is found in the connectors and the bundled figures. The portal's
stand in one file per language, ``lambdas/portal/locale/es.po``, those of the marketplace's pages in
``marketplace/web/locale/es.po``. A message of a page must be translated, and a test sees to it; a
text of a dataset may wait: it stays English and is marked as such.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import duckdb
from babel.messages import Catalog as Messages
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from rich.console import Console

from citylake.datasets import Dataset, Field, FieldType
from citylake.pages.languages import ENGLISH, LANGUAGES, Language
from citylake.pages.messages import Catalog
from citylake.places import PLACES_DATASET
from lambdas.harvest.bundle import open_file, read_manifest
from lambdas.harvest.connectors import CONNECTORS, LIVE_CONNECTORS
from lambdas.portal import city, wording
from lambdas.portal.translations import CATALOG as PORTAL
from lambdas.portal.translations import UNIT, one_of
from lambdas.query.exports.formats import FORMATS
from marketplace.web.translations import CATALOG as MARKETPLACE

CATALOGS = (PORTAL, MARKETPLACE)
"""Every set of pages."""

_ROOT = Path(__file__).parents[1]
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_KEYWORDS = {"_": None, "noted": None, "ngettext": (1, 2)}
_MOST_VALUES = 60
"""A facet with more values than this holds names, which are not translated."""

_WORD = re.compile(r"[a-z]{3}")
_CODE_OR_NAME = re.compile(r"_|, [A-Z]{2}\b")
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|<[^>]+>")
_HEADER = """\
msgid ""
msgstr ""
"Language: {locale}\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass(frozen=True, slots=True)
class Text:
    """One message to translate.

    Attributes:
        id: the English text, or its forms for one and for more.
        where: the file, or ``datasets/{id}``, that says it.
        context: what tells it from a message of the same text.
        is_ours: whether a page says it, so that it must be translated.
    """

    id: str | tuple[str, str]
    where: str
    context: str | None = None
    is_ours: bool = False


def read(catalog: Catalog, language: Language) -> Messages:
    """Read a language's messages as they stand."""
    with catalog.path_of(language).open("rb") as file:
        return read_po(file, locale=language.locale)


def texts(catalog: Catalog) -> Iterator[Text]:
    """Everything that pages may say, once for each place where it is said."""
    yield from page_texts(catalog)
    if catalog is not PORTAL:
        return
    for connector in (*CONNECTORS, *LIVE_CONNECTORS):
        yield from dataset_texts(connector.dataset)
    yield from value_texts()
    for form in FORMATS:
        yield Text(form.description, "formats")


def page_texts(catalog: Catalog) -> Iterator[Text]:
    """The messages that templates and code mark."""
    pages = catalog.folder.parent
    found = extract_from_dir(pages, _METHODS, keywords=_KEYWORDS, strip_comment_tags=True)
    for name, _, message, _, _ in found:
        where = f"{pages.relative_to(_ROOT).as_posix()}/{name}"
        text = message if isinstance(message, str) else (message[0], message[1])
        yield Text(text, where, is_ours=True)


def dataset_texts(dataset: Dataset) -> Iterator[Text]:
    """What a dataset says of itself."""
    where = f"datasets/{dataset.id}"
    said = [
        dataset.title,
        dataset.description,
        dataset.publisher,
        dataset.vintage,
        dataset.license.name,
        dataset.attribution,
        dataset.absence,
        dataset.update_frequency,
        *dataset.notes,
        *dataset.keywords,
    ]
    if dataset.chart:
        said.append(dataset.chart.title)
    for figure in dataset.figures:
        said += [figure.label, figure.sentence, figure.no_change_because]
    for field in dataset.fields:
        said += [field.label, field.description]
    yield from (Text(text, where) for text in said if text)
    for field in dataset.fields:
        if field.unit and field.unit != wording.PERCENT:
            yield Text((one_of(field.unit), field.unit), where, context=UNIT)


def value_texts() -> Iterator[Text]:
    """The values of facets and series that are words, as the bundled figures have them."""
    datasets = {connector.dataset.id: connector.dataset for connector in CONNECTORS}
    with ExitStack() as stack:
        for entry in read_manifest().datasets:
            dataset = datasets[entry.id]
            path = stack.enter_context(open_file(entry))
            for field in dataset.fields:
                if _is_worded(field, dataset):
                    yield from _values(path, field, dataset)


def _is_worded(field: Field, dataset: Dataset) -> bool:
    is_bound = field.name.endswith("_bound")
    return (
        field.type is FieldType.TEXT
        and not field.multivalued
        and (field.facet or is_bound or field.name == dataset.series_field)
    )


def _values(path: Path, field: Field, dataset: Dataset) -> Iterator[Text]:
    where = f"datasets/{dataset.id}"
    relation = duckdb.read_parquet(str(path)).select(duckdb.ColumnExpression(field.name))
    values = [value for (value,) in relation.distinct().fetchall() if value]
    if len(values) > _MOST_VALUES:
        return
    for value in sorted(values):
        if field.name == "kind" and dataset.id == PLACES_DATASET:
            yield Text(city.kind_phrase(value), where)
        if _WORD.search(value) and not _CODE_OR_NAME.search(value):
            yield Text(value, where)


def update(catalog: Catalog, language: Language) -> Messages:
    """Write a language's messages anew: what is said, with the translations there are."""
    held, renewed = read(catalog, language), Messages(locale=language.locale)
    for text in texts(catalog):
        known = held.get(text.id if isinstance(text.id, str) else text.id[0], text.context)
        said = known.string if known and known.id == text.id else None
        renewed.add(text.id, said, locations=[(text.where, 0)], context=text.context)
    body = BytesIO()
    write_po(body, renewed, width=100, omit_header=True, include_lineno=False, sort_by_file=True)
    header = _HEADER.format(locale=language.locale)
    catalog.path_of(language).write_bytes(header.encode() + body.getvalue())
    return renewed


def placeholders(text: str) -> list[str]:
    """What a translation must hold as its original does: placeholders and tags."""
    return sorted(_PLACEHOLDER.findall(text))


def main() -> None:
    """Bring every language up to date, and say what is not yet translated."""
    out = Console(highlight=False, soft_wrap=True)
    for catalog in CATALOGS:
        for language in LANGUAGES:
            if language is ENGLISH:
                continue
            held = update(catalog, language)
            missing = [message for message in held if message.id and not message.string]
            file = catalog.path_of(language).relative_to(_ROOT)
            out.print(f"{file}: {len(held)} messages, {len(missing)} not translated")
            for message in missing:
                where = ", ".join(name for name, _ in message.locations)
                out.print(f"  {where}: {message.id!r}", markup=False)


if __name__ == "__main__":
    main()
