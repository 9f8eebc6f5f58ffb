"""The table's filters live in the address, and come back from it unchanged."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from citylake.lake.read import Lake
from citylake.lake.store import FolderStore
from citylake.pages.assets import Assets
from lambdas.portal import table
from lambdas.portal.handler import build
from lambdas.portal.table import Filters
from tests.lakes import publish
from tests.portal.conftest import visitor
from tests.portal.samples import PLACES, place

_TEXT = st.text(min_size=1, max_size=20).map(str.strip)
_FIELDS = st.sampled_from([field.name for field in PLACES.fields])


@given(
    st.builds(
        Filters,
        text=_TEXT,
        where=_TEXT,
        refine=st.dictionaries(_FIELDS, st.text(min_size=1, max_size=20)),
        order_by=_FIELDS,
        descending=st.booleans(),
        page=st.integers(1, 400),
    )
)
def test_an_address_gives_back_the_filters_that_made_it(filters: Filters) -> None:
    sent = {name: [value] for name, value in filters.address.items() if value}
    assert table.read_filters(PLACES, sent) == filters


def test_what_an_address_cannot_mean_is_left_out() -> None:
    sent = {"order_by": ["-zebra"], "page": ["-3"], "refine.zebra": ["x"], "limit": ["5000"]}
    filters = table.read_filters(PLACES, sent)
    assert (filters.order_by, filters.page, filters.refine) == ("", 1, {})


def test_a_second_click_on_a_heading_turns_the_order_round() -> None:
    once = Filters(refine={}, page=3).sorted_by("name")
    assert (once.address["order_by"], once.page) == ("name", 1)
    assert once.sorted_by("name").address["order_by"] == "-name"
    assert once.sorted_by("name").sorted_by("name").address["order_by"] == "name"


def test_pages_follow_each_other(tmp_path: Path, assets: Assets) -> None:
    rows = [place(f"37{number:05}", f"Town{number:03}", number) for number in range(60)]
    publish(tmp_path / "lake", PLACES, rows)
    visit = visitor(build(Lake(FolderStore(tmp_path / "lake")), assets=assets))
    first = visit("/datasets/places/?tab=table&order_by=name")
    assert "Page 1 of 3" in first.words
    assert "Town000" in first.words
    assert "Town025" not in first.words
    last = visit("/datasets/places/?tab=table&order_by=name&page=3")
    assert "Town059" in last.words
    assert "Next" not in last.words
