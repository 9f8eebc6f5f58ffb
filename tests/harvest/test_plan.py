"""In which order datasets are harvested, and what from."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import DatasetNotFound
from lambdas.harvest.connectors import CONNECTORS, LIVE_CONNECTORS
from lambdas.harvest.model import Connector
from lambdas.harvest.plan import Order, answers, plan_run

BY_ID = {each.dataset.id: each for each in (*CONNECTORS, *LIVE_CONNECTORS)}


def named(dataset: str, *needs: str, fetchable: bool = True) -> Connector:
    """A connector of our own making: only its name, its needs and its sources count."""
    model = BY_ID["ages"]
    (source, *_) = model.sources
    return replace(
        model,
        dataset=replace(model.dataset, id=dataset),
        needs=needs,
        sources=(replace(source, fetchable=fetchable),),
    )


def ids(stages: tuple[tuple[Order, ...], ...]) -> list[list[str]]:
    return [[order.dataset for order in stage] for stage in stages]


def test_places_come_first_and_each_dataset_after_those_that_it_needs() -> None:
    connectors = [
        named("counts", "schools"),
        named("schools", "places", "shapes"),
        named("weather"),
        named("shapes", "places"),
        named("places"),
    ]
    assert ids(plan_run("bundle", connectors=connectors)) == [
        ["places"],
        ["weather", "shapes"],
        ["schools"],
        ["counts"],
    ]


def test_what_is_not_harvested_now_is_not_waited_for() -> None:
    connectors = [named("places"), named("shapes", "places"), named("schools", "places", "shapes")]
    assert ids(plan_run("bundle", ["schools"], connectors=connectors)) == [["schools"]]
    assert ids(plan_run("bundle", ["schools", "places"], connectors=connectors)) == [
        ["places"],
        ["schools"],
    ]


def test_who_does_not_answer_a_program_is_taken_from_the_bundle_by_a_live_run() -> None:
    connectors = [named("places", fetchable=False), named("weather")]
    assert plan_run("live", connectors=connectors) == (
        (Order("places", "bundle"),),
        (Order("weather", "live"),),
    )


def test_what_is_named_is_taken_as_it_was_said() -> None:
    connectors = [named("places", fetchable=False)]
    assert plan_run("live", ["places"], connectors=connectors) == ((Order("places", "live"),),)


def test_what_can_be_had_live_only_must_be_named() -> None:
    found = ids(plan_run("live", connectors=CONNECTORS, live_connectors=LIVE_CONNECTORS))
    assert "families" not in [dataset for stage in found for dataset in stage]
    named_ones = plan_run(
        "live", ["families"], connectors=CONNECTORS, live_connectors=LIVE_CONNECTORS
    )
    assert named_ones == ((Order("families", "live"),),)


def test_an_unknown_dataset_is_refused() -> None:
    with pytest.raises(DatasetNotFound, match="no connector makes dataset wether; there are"):
        plan_run("live", ["wether"], connectors=CONNECTORS)


@given(
    st.sampled_from(["bundle", "live"]),
    st.none() | st.lists(st.sampled_from([each.dataset.id for each in CONNECTORS]), min_size=1),
)
def test_every_dataset_comes_once_and_after_all_that_it_needs(
    feed: str, datasets: list[str] | None
) -> None:
    stages = ids(plan_run(feed, datasets, connectors=CONNECTORS))
    wanted = {each.dataset.id for each in CONNECTORS} if datasets is None else set(datasets)
    flat = [dataset for stage in stages for dataset in stage]
    assert sorted(flat) == sorted(wanted)
    done: set[str] = set()
    for stage in stages:
        for dataset in stage:
            assert (wanted & {"places", *BY_ID[dataset].needs}) - {dataset} <= done
        done |= set(stage)


def test_a_whole_live_run_asks_each_publisher_that_answers() -> None:
    feeds = {
        order.dataset: order.feed
        for stage in plan_run("live", connectors=CONNECTORS)
        for order in stage
    }
    assert feeds == {name: "live" if answers(BY_ID[name]) else "bundle" for name in feeds}
    assert set(feeds.values()) == {"bundle", "live"}
