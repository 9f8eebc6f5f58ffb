"""What an examination found, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at.
        ok: whether it is as it should be.
        found: what was found.
        remedy: what to do about it; empty if nothing.
    """

    subject: str
    ok: bool
    found: str
    remedy: str = ""
