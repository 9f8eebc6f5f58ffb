"""Names of places as the Census Bureau writes them, taken apart into name and legal kind."""

import re

from citylake.places import fold

CDP = "CDP"
"""Census designated place: an area that people know by a name, without a government of its own."""

_BALANCE = " (balance)"

# The longest first: «Kearns metro township» is no township. «city» stands after the kinds that end
# with it, and before none.
_KINDS = (
    "metropolitan government",
    "consolidated government",
    "unified government",
    "metro government",
    "city and borough",
    "metro township",
    "urban county",
    "zona urbana",
    "municipality",
    "corporation",
    "comunidad",
    "borough",
    "village",
    "city",
    "town",
    CDP,
)

WITHOUT_KIND = "municipality"
"""What the Census Bureau's handful of places without a legal description are: ``Carson City``."""

_TOWN_IN_NAME = " Town"
_SMALL_WORDS = frozenset({"and", "at", "by", "de", "in", "of", "on", "the", "to", "upon", "with"})
_SON_OF = re.compile(r"mc(\w{2,})$")
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def split_name(census_name: str, state: str) -> tuple[str, str]:
    """Take a place's name and its legal kind apart: ``Durham city`` → ``Durham``, ``city``.

    ``(balance)`` goes: it says that smaller governments inside a consolidated one are counted on
    their own, which matters to statistics, not to the name. In Massachusetts the Census Bureau
    writes ``Amherst Town city`` for a city that calls itself a town; people know it as Amherst.

    Args:
        census_name: name with kind, without the state.
        state: postal abbreviation.
    """
    name = census_name.removesuffix(_BALANCE)
    for kind in _KINDS:
        if name.endswith(f" {kind}"):
            name = name.removesuffix(f" {kind}").rstrip(",")
            if state == "MA" and kind == "city":
                name = name.removesuffix(_TOWN_IN_NAME)
            return name, kind
    return name, WITHOUT_KIND


def title_case(name: str) -> str:
    """Give capitals to a name that was published without: ``o'hara`` → ``O'Hara``.

    Capitals inside a word that only its bearers know (``DeWitt``) are beyond it.
    """
    words = name.split()
    return " ".join(
        word if place and word in _SMALL_WORDS else _capital(word)
        for place, word in enumerate(words)
    )


def _capital(word: str) -> str:
    parts = re.split(r"([-/'.])", word)
    for place, part in enumerate(parts):
        after_apostrophe = place > 1 and parts[place - 1] == "'"
        if after_apostrophe and len(part) == 1:
            continue
        scottish = _SON_OF.match(part)
        parts[place] = f"Mc{scottish[1].capitalize()}" if scottish else part.capitalize()
    return "".join(parts)


def bare(name: str) -> str:
    """Reduce a name to what different writers agree on: ``St. Mary's`` and ``Saint Marys``.

    Case, accents, blanks and punctuation go; ``saint``, ``sainte``, ``mount`` and ``fort`` are
    abbreviated.
    """
    words = _NOT_A_LETTER.sub(" ", fold(name).replace("'", "").replace(".", " ")).split()
    short = {"saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft"}
    return "".join(short.get(word, word) for word in words)
