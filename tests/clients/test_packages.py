"""Packages from PyPI that speak this API, or read its files, unmodified.

Each is told our address by its own setting. ``elia-opendata`` has it in an attribute of its class,
which a subclass sets; ``openpolicedata`` knows https alone, so it gets a server with a certificate.
"""

import asyncio
import io
import json
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import duckdb
import pytest

from tests.clients.serving import serving
from tests.query.api_samples import publish_samples
from tests.query.key_samples import DURHAM, KeyBox, publish_private

pytestmark = [
    pytest.mark.clients,
    # What the packages warn of is their own affair.
    pytest.mark.filterwarnings("ignore"),
]

DURHAM_PEOPLE = [283_506, 285_527, 291_928]


@pytest.fixture(scope="module")
def durham(address: str) -> str:
    return f"{address}/nc/durham"


def export(address: str, dataset: str, form: str, **query: str) -> str:
    base = f"{address}/api/explore/v2.1/catalog/datasets/{dataset}/exports/{form}"
    return f"{base}?{urlencode(query, quote_via=quote)}"


# ukpyn: the client of UK Power Networks


@pytest.fixture(scope="module")
def ukpyn() -> Any:
    return pytest.importorskip("ukpyn")


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server that has a dataset for holders of a key alone, and a key: ukpyn demands one."""
    home = tmp_path_factory.mktemp("keys") / "lake"
    publish_samples(home)
    lake = publish_private(home)
    secret = KeyBox(lake).make("client", DURHAM, datasets=("wages",))
    with serving(lake) as address:
        yield f"{address}/nc/durham", secret


def test_ukpyn_lists_describes_reads_and_exports(ukpyn: Any, keyed: tuple[str, str]) -> None:
    async def asked() -> None:
        async with ukpyn.UKPNClient(base_url=keyed[0], api_key=keyed[1]) as client:
            listed = await client.list_datasets(limit=10, order_by="dataset_id")
            assert listed.total_count == 4
            wages = await client.get_dataset("wages")
            assert wages.dataset_id == "wages"
            facets = await client.get_facets("population")
            assert [group.name for group in facets.facets] == ["state", "series"]
            records = await client.get_records(
                "population",
                columns=["year", "population"],
                where="year > 2020",
                order_by="-year",
                refine={"series": "estimate"},
            )
            assert records.total_count == 2
            assert [record.fields for record in records.records] == [
                {"year": 2022, "population": 291_928},
                {"year": 2021, "population": 285_527},
            ]
            whole = await client.export_data("population", format="json", select="population")
            assert json.loads(whole) == [{"population": people} for people in DURHAM_PEOPLE]

    asyncio.run(asked())


def test_ukpyn_knows_our_errors_for_what_they_are(ukpyn: Any, keyed: tuple[str, str]) -> None:
    async def asked(dataset: str, secret: str, **query: Any) -> None:
        async with ukpyn.UKPNClient(base_url=keyed[0], api_key=secret) as client:
            await client.get_records(dataset, **query)

    for error, dataset, secret, query in (
        (ukpyn.exceptions.NotFoundError, "no-such", keyed[1], {}),
        (ukpyn.exceptions.UnrecognisedFieldError, "population", keyed[1], {"where": "no = 1"}),
        (ukpyn.exceptions.ValidationError, "population", keyed[1], {"limit": 101}),
        (ukpyn.exceptions.AuthenticationError, "population", "wrong", {}),
    ):
        with pytest.raises(error):
            asyncio.run(asked(dataset, secret, **query))


# elia-opendata: the client of the Belgian grid


@pytest.fixture(scope="module")
def elia(durham: str) -> Any:
    package = pytest.importorskip("elia_opendata.client")

    class Client(package.EliaClient):  # type: ignore[name-defined, misc] # known when it is installed
        BASE_URL = f"{durham}/api/explore/v2.1/"

    return Client()


def test_elia_opendata_reads_records(elia: Any) -> None:
    records = elia.get_records(
        "population",
        limit=2,
        offset=1,
        where="year >= 2020",
        order_by="year",
        select="year, series",
    )
    assert records == [
        {"year": 2021, "series": "estimate"},
        {"year": 2022, "series": "estimate"},
    ]


def test_elia_opendata_exports(elia: Any) -> None:
    whole = elia.export("population", where="year > 2020", select="population")
    assert whole == [{"population": people} for people in DURHAM_PEOPLE[1:]]
    text = elia.export("population", export_format="csv", use_labels="true", select="year", limit=1)
    assert text.lstrip("\ufeff").splitlines() == ["Year", "2020"]
    parquet = elia.export("population", export_format="parquet")
    assert parquet[:4] == b"PAR1"


def test_elia_opendata_tells_what_was_refused(elia: Any) -> None:
    error = pytest.importorskip("elia_opendata.error").APIError
    with pytest.raises(error, match="400"):
        elia.get_records("population", where="no_such = 1")


# portalkit: Socrata, CKAN, ArcGIS and this API, into pandas


@pytest.fixture(scope="module")
def portal(durham: str) -> Any:
    return pytest.importorskip("portalkit").open(durham, cache=False)


def test_portalkit_finds_out_which_api_it_is(portal: Any) -> None:
    assert portal.name == "opendatasoft"


def test_portalkit_searches_and_describes(portal: Any) -> None:
    (found,) = portal.search("street")
    assert (found.id, found.name, found.rows) == ("trees", "Street trees", 4)
    described = portal.describe("trees")
    assert {field.name: field.dtype for field in described.fields}["location"] == "geo_point_2d"
    missing = pytest.importorskip("portalkit.errors").DatasetNotFound
    with pytest.raises(missing):
        portal.describe("no-such-dataset")


def test_portalkit_makes_frames_with_types(portal: Any) -> None:
    dataset = portal.dataset("trees")
    frame = dataset.to_pandas(where="number < 10", order="-number", limit=2)
    assert frame["number"].tolist() == [3, 2]
    assert str(frame["number"].dtype) == "Int64"
    assert str(frame["planted_date"].dtype) == "datetime64[ns]"
    whole = dataset.to_pandas()  # by the export, which has no ceiling
    assert len(whole) == 4
    places = dataset.to_geopandas(where="location is not null")
    assert [point.wkt for point in places.geometry][:1] == ["POINT (-78.9 36)"]
    assert places.crs.to_epsg() == 4326


# openpolicedata: the figures of US police departments


@pytest.fixture(scope="module")
def secured(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with a certificate: its address without a scheme, and what vouches for it."""
    trustme = pytest.importorskip("trustme")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    with serving(sample_home, context) as address:
        yield address.removeprefix("https://"), bundle


def test_openpolicedata_counts_and_loads_a_span_of_dates(
    secured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, bundle = secured
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a table of its sources, on the network
        loaders = pytest.importorskip("openpolicedata.data_loaders.opendatasoft")
    loader = loaders.Opendatasoft(f"{address}/nc/durham", "trees", date_field="planted_date")
    assert loader.get_count() == 4
    assert loader.get_count(date=2020) == 1
    assert loader.get_count(date=[2020, "2021-06-01"]) == 2
    frame = loader.load(date=[2020, 2021], sortby="date", pbar=False)
    assert frame["number"].tolist() == [1, 2, 10]
    assert frame["planted_date"].tolist() == ["2020-03-01", "2021-03-05", "2021-12-31"]
    assert loader.load(nrows=1, offset=1, pbar=False)["number"].tolist() == [2]


# pandas, GeoPandas and DuckDB on the files


def test_pandas_reads_every_form_with_its_types(durham: str) -> None:
    pandas = pytest.importorskip("pandas")
    csv = pandas.read_csv(
        export(durham, "trees", "csv"),
        sep=";",
        dtype={"geoid": str},
        parse_dates=["seen_at"],
        date_format="ISO8601",
    )
    assert csv["geoid"].tolist() == ["3719000"] * 4
    assert csv["number"].tolist() == [1, 2, 3, 10]
    assert str(csv["number"].dtype) == "int64"
    assert str(csv["height_m"].dtype) == "float64"
    assert str(csv["seen_at"].dtype) == "datetime64[ns, UTC]"
    assert csv["name"].fillna("").tolist() == ["White oak", "Élan_maple", "Oak's end", ""]
    listed = pandas.read_json(export(durham, "trees", "json"), dtype={"geoid": str})
    assert listed["is_alive"].tolist()[:2] == [True, False]
    assert listed["location"].tolist()[0] == {"lon": -78.9, "lat": 36.0}
    lines = pandas.read_json(export(durham, "trees", "jsonl"), lines=True, dtype={"geoid": str})
    assert lines["tags"].tolist()[0] == ["big"]
    parquet = pandas.read_parquet(export(durham, "trees", "parquet"))
    assert str(parquet["number"].dtype) == "int64"
    assert str(parquet["seen_at"].dtype) == "datetime64[us, UTC]"
    assert parquet["tags"].tolist()[0].tolist() == ["big"]
    sheet = pandas.read_excel(export(durham, "trees", "xlsx"), dtype={"geoid": str})
    assert sheet["number"].tolist() == [1, 2, 3, 10]
    assert str(sheet["planted_date"].dtype) == "datetime64[ns]"


def test_geopandas_and_pyogrio_read_places(durham: str) -> None:
    geopandas, pyogrio = pytest.importorskip("geopandas"), pytest.importorskip("pyogrio")
    requests = pytest.importorskip("requests")
    geojson = requests.get(export(durham, "trees", "geojson"), timeout=30).content
    frame = pyogrio.read_dataframe(geojson)
    assert frame.crs.to_epsg() == 4326
    assert frame["number"].tolist() == [1, 2, 3, 10]
    assert [frame.geometry.iloc[0].x, frame.geometry.iloc[0].y] == [-78.9, 36.0]
    assert frame.geometry.isna().tolist() == [False, False, True, False]
    parquet = requests.get(export(durham, "trees", "parquet"), timeout=30).content
    same = geopandas.read_parquet(io.BytesIO(parquet))
    assert same.geometry.iloc[0].equals(frame.geometry.iloc[0])


def test_duckdb_reads_files_with_their_types(durham: str, tmp_path: Path) -> None:
    requests = pytest.importorskip("requests")
    for form in ("csv", "parquet"):
        answer = requests.get(export(durham, "trees", form), timeout=30)
        (tmp_path / f"trees.{form}").write_bytes(answer.content)
    with duckdb.connect() as database:
        csv = database.sql(f"SELECT number, height_m, seen_at FROM '{tmp_path}/trees.csv'")
        assert [str(kind) for kind in csv.types] == [
            "BIGINT",
            "DOUBLE",
            "TIMESTAMP WITH TIME ZONE",
        ]
        parquet = database.sql(f"SELECT number, tags, seen_at FROM '{tmp_path}/trees.parquet'")
        assert [str(kind) for kind in parquet.types] == [
            "BIGINT",
            "VARCHAR[]",
            "TIMESTAMP WITH TIME ZONE",
        ]
        assert parquet.order("number").fetchall()[0][:2] == (1, ["big"])
