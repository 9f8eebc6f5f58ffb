"""What every fact has, and how licences are named."""

import re
from datetime import UTC, datetime

import msgspec

from citylake.errors import FactInvalid

_LICENCE = re.compile(r"\bl-[0-9a-f]+\b")
_SUBJECTS = ("agreement", "licence", "previous", "initial")
_ARN = re.compile(r"arn:aws[a-zA-Z-]*:license-manager:[\w.-]*:[\w.-]*:[\w:/+=,@.-]+")


class BaseFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What every fact has.

    Attributes:
        id: by which a second delivery of the same is known.
        at: when it happened, by the clock of where it happened; in UTC.
    """

    id: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.id:
            raise FactInvalid(f"a {type(self).__name__} without an id: it could be kept twice")
        if self.at.tzinfo is None:
            raise FactInvalid(f"{self.id} happened at {self.at}: expected a time with its zone")

    @property
    def subjects(self) -> tuple[str, ...]:
        """The agreements and licences that it is about, without repetition."""
        named = (getattr(self, field, "") for field in _SUBJECTS)
        return tuple(dict.fromkeys(name for name in named if name))


def licence_id(text: str) -> str:
    """Find a licence's id in an ARN, however the ARN is written.

    Raises:
        FactInvalid: there is none in it, or more than one.
    """
    found: list[str] = _LICENCE.findall(text)
    if len(found) != 1:
        raise FactInvalid(
            f"{text[:200]!r} names {len(found)} licences; expected one like l-0123abcd"
        )
    return found[0]


def is_arn(text: str) -> bool:
    """Whether a licence is written as the metering service takes it."""
    return _ARN.fullmatch(text) is not None


def on_the_hour(moment: datetime) -> bool:
    """Whether a time is the start of an hour in UTC."""
    return moment.utcoffset() is not None and moment.astimezone(UTC) == moment.astimezone(
        UTC
    ).replace(minute=0, second=0, microsecond=0)
