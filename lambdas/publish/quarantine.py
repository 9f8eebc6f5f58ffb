"""Rows that cannot be published: each is kept as it was found, with its line and the reason."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from citylake.catalog import LeftOut

_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that fails alone.

    Attributes:
        line: line of the file on which it begins, from 1; for GeoJSON the feature's number, for
            Parquet the row's.
        reason: what is wrong, in words that people read.
        row: the row as it was found: its text, or its cells.
        column: header of the column that is wrong; empty where it is the row.
        value: what stands there.
    """

    line: int
    reason: str
    row: str | Sequence[str | None]
    column: str = ""
    value: str = ""


@dataclass(slots=True)
class _Tally:
    count: int = 0
    lines: list[int] = field(default_factory=list)


class Quarantine:
    """Writes bad rows to a file, one JSON object a line, and counts them by reason.

    Args:
        path: the file, which is made anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("w", encoding="utf-8")
        self._tallies: dict[str, _Tally] = defaultdict(_Tally)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, bad: BadRow) -> None:
        """Keep a row."""
        told = {
            "line": bad.line,
            "column": bad.column or None,
            "value": bad.value or None,
            "reason": bad.reason,
            "row": bad.row if isinstance(bad.row, str) else list(bad.row),
        }
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        tally = self._tallies[f"{bad.column}: {bad.reason}" if bad.column else bad.reason]
        tally.count += 1
        if len(tally.lines) < _EXAMPLES:
            tally.lines.append(bad.line)

    def close(self) -> None:
        """End writing; what was counted stays."""
        self._file.close()

    @property
    def count(self) -> int:
        """How many rows are kept."""
        return sum(tally.count for tally in self._tallies.values())

    def left_out(self) -> tuple[LeftOut, ...]:
        """The reasons, the most frequent first, as a release's manifest tells them."""
        ranked = sorted(self._tallies.items(), key=lambda item: (-item[1].count, item[0]))
        return tuple(
            LeftOut(
                reason=reason,
                count=tally.count,
                examples=tuple(f"line {line}" for line in tally.lines),
            )
            for reason, tally in ranked
        )
