from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citylake.errors import ParameterInvalid
from lambdas.query.parameters import ALL, PARAMETERS, Endpoint, Request, read


def test_absent_and_empty_parameters_have_defaults() -> None:
    page = read(Endpoint.RECORDS, {"where": [""], "limit": [""], "select": []})
    assert page == Request(limit=10, timezone=ZoneInfo("UTC"))
    assert read(Endpoint.EXPORT, {}).limit == ALL


def test_every_parameter_is_read_by_its_kind() -> None:
    asked = read(
        Endpoint.RECORDS,
        {
            "select": ["a", "b"],
            "where": ["x", " ", "y"],
            "limit": ["5", "7"],
            "include_links": ["True"],
            "timezone": ["US/Eastern"],
            "lang": ["fr"],
            "unknown": ["1"],
        },
    )
    assert asked == Request(
        select="a,b",
        where=("x", "y"),
        limit=7,
        include_links=True,
        timezone=ZoneInfo("US/Eastern"),
        lang="fr",
    )


@pytest.mark.parametrize(
    ("endpoint", "parameters", "message"),
    [
        ("records", {"limit": "1486"}, "limit API parameter: 1486 was found but -1 <= limit <= 10"),
        ("records", {"limit": "-2"}, "limit API parameter: -2 was found but -1 <= limit <= 100"),
        ("records", {"limit": "ten"}, "limit API parameter: ten was found but -1 <= limit <= 100"),
        ("records", {"limit": "20001", "group_by": "a"},
         "limit API parameter: 20001 was found but -1 <= limit <= 20000"),
        ("records", {"limit": "100", "offset": "10000"},
         "sum of offset + limit API parameter: 10100 was found but <= 10000"),
        ("records", {"limit": "1", "offset": "20000", "group_by": "a"},
         "sum of offset + limit API parameter: 20001 was found but <= 20000"),
        ("datasets", {"offset": "-1"}, "offset API parameter: -1 was found but 0 <= offset"),
        ("export", {"limit": "-2"}, "limit API parameter: -2 was found but -1 <= limit"),
        ("export", {"with_bom": "yes"}, "with_bom API parameter: yes was found but true or false"),
        ("export", {"delimiter": "::"}, "delimiter API parameter: :: was found but one of"),
        ("records", {"lang": "xx"}, "lang API parameter: xx was found but one of 'en', 'fr'"),
        ("records", {"timezone": "Mars/Base"}, "timezone API parameter: Mars/Base was found but"),
        ("records", {"timezone": "../../etc/passwd"}, "timezone API parameter: ../../etc/passwd"),
    ],
)  # fmt: skip
def test_a_value_outside_of_its_range_is_refused(
    endpoint: str, parameters: dict[str, str], message: str
) -> None:
    with pytest.raises(ParameterInvalid) as refused:
        read(Endpoint(endpoint), {name: [value] for name, value in parameters.items()})
    assert f"Invalid value for {message}" in str(refused.value)


def test_the_furthest_page_is_reached() -> None:
    assert read(Endpoint.RECORDS, {"limit": ["100"], "offset": ["9900"]}).offset == 9900
    assert read(Endpoint.RECORDS, {"limit": ["20000"], "group_by": ["a"]}).limit == 20000
    assert read(Endpoint.EXPORT, {"limit": ["5000000"], "offset": ["10"]}).limit == 5_000_000


def test_a_tab_delimits_though_it_is_blank() -> None:
    assert read(Endpoint.EXPORT, {"delimiter": ["\t"]}).delimiter == "\t"


def test_the_table_names_what_a_request_has_and_each_once_per_endpoint() -> None:
    assert {parameter.name for parameter in PARAMETERS} == set(Request.__dataclass_fields__)
    for endpoint in Endpoint:
        names = [item.name for item in PARAMETERS if endpoint in item.accepted]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda item: item.name)
def test_every_parameter_is_documented_and_its_default_is_one_of_its_values(
    parameter: object,
) -> None:
    item = next(known for known in PARAMETERS if known is parameter)
    assert item.description.endswith((".", "`"))
    for endpoint in item.accepted:
        read(endpoint, {item.name: [item.default]})
        if item.example:
            read(endpoint, {item.name: [item.example]})


@given(st.dictionaries(st.sampled_from([item.name for item in PARAMETERS]), st.lists(st.text())))
def test_any_values_are_read_or_refused(parameters: dict[str, list[str]]) -> None:
    for endpoint in Endpoint:
        try:
            read(endpoint, parameters)
        except ParameterInvalid as refused:
            assert "is expected." in str(refused)  # noqa: PT017 - a refusal is one of two answers
