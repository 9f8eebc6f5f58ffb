"""The fields that a connector declares, held against those that a publisher sent."""

from collections.abc import Iterable, Mapping

from citylake.errors import SourceChanged


def positions(fields: Mapping[str, str], header: Iterable[str], address: str) -> Mapping[str, int]:
    """Say where each declared field stands.

    Args:
        fields: the publisher's name of each field, by our own.
        header: the names that were sent, in order.
        address: where from, for the error.

    Raises:
        SourceChanged: a declared field is not there, or is there twice.
    """
    sent = list(header)
    missing = [name for name in fields.values() if name not in sent]
    if missing:
        raise SourceChanged(
            f"{address} no longer has {', '.join(missing)}; it has {', '.join(sent[:40])}"
        )
    twice = sorted({name for name in fields.values() if sent.count(name) > 1})
    if twice:
        raise SourceChanged(f"{address} has {', '.join(twice)} more than once")
    return {ours: sent.index(theirs) for ours, theirs in fields.items()}
