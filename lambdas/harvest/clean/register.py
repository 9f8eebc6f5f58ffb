"""Finding a place by what people call it: certain, or not at all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from lambdas.harvest.clean.codes import is_subdivision
from lambdas.harvest.clean.names import bare
from lambdas.harvest.model import Row


class PlaceNames:
    """The places of the register by name and state.

    A name means the only incorporated place that bears it in the state; where none does, the only
    place at all (a town, a township, a census designated place). A name that several bear with the
    same right means none of them.

    Args:
        places: records of the register.
    """

    def __init__(self, places: Iterable[Row]) -> None:
        incorporated: dict[tuple[str, str], list[Row]] = defaultdict(list)
        others: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for place in places:
            is_incorporated = place["has_government"] and not is_subdivision(str(place["geoid"]))
            bearers = incorporated if is_incorporated else others
            bearers[str(place["state"]), bare(str(place["name"]))].append(place)
        self._incorporated: Mapping[tuple[str, str], list[Row]] = incorporated
        self._others: Mapping[tuple[str, str], list[Row]] = others

    def bearers(self, state: str, name: str) -> list[Row]:
        """The places that a name may mean: one where it is certain, none where nobody bears it.

        Args:
            state: postal abbreviation.
            name: as anybody writes it; see ``bare``.
        """
        key = state, bare(name)
        return self._incorporated.get(key) or self._others.get(key) or []

    def the_one(self, state: str, name: str) -> Row | None:
        """The place that a name means; ``None`` where that is not certain."""
        bearers = self.bearers(state, name)
        return bearers[0] if len(bearers) == 1 else None
