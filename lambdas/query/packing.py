"""Packing: gzip, by the piece."""

import zlib
from collections.abc import Generator, Iterable

_GZIP = zlib.MAX_WBITS | 16


def packed(chunks: Iterable[bytes], level: int = 6) -> Generator[bytes, None, None]:
    """Gzip what comes, as it comes."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    for chunk in chunks:
        if piece := packer.compress(chunk):
            yield piece
    yield packer.flush()


def accepts_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` names gzip and does not refuse it (``gzip;q=0``)."""
    for coding in accepted.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        if name in {"gzip", "x-gzip"}:
            return not weight or weight.strip("0.") != ""
    return False
