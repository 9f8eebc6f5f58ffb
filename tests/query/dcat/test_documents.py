"""The catalog as files for other catalogs: read back by the libraries that harvesters use."""

import json
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from rdflib import DC, DCAT, DCTERMS, RDF, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from citylake.datasets import Dataset, Field, FieldType, Theme
from tests.lakes import publish
from tests.query.api_samples import publish_samples
from tests.query.conftest import Ask, api_over
from tests.query.events import body, header, json_of

EXPORTS = "/api/explore/v2.1/catalog/exports"
PAGE = URIRef("http://127.0.0.1:8000/datasets/population/")

ODD = Dataset(
    id="odd",
    title="Odd \x0b<titles> & «more»",
    description=']]> \x00 "quoted" \\ and\nlines',
    theme=Theme.BUDGET,
    publisher="Bureau \x1b of oddities",
    key=("name",),
    keywords=("a & b",),
    source_url="https://example.gov/a b<c>",
    fields=(Field(name="name", type=FieldType.TEXT, label="Name"),),
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    home: Path = tmp_path_factory.mktemp("documents") / "lake"
    publish_samples(home)
    publish(home, ODD, [{"name": "one"}])
    return api_over(home, origin="http://127.0.0.1:8000")


def graph(ask: Ask, target: str, form: str = "xml") -> Graph:
    answer = ask(f"{EXPORTS}/{target}")
    assert answer["statusCode"] == 200, body(answer)
    return Graph().parse(data=body(answer), format=form)


def test_dcat_names_the_catalog_its_datasets_and_their_files(asked: Ask) -> None:
    found = graph(asked, "dcat")
    home = URIRef("http://127.0.0.1:8000/")
    assert (home, RDF.type, DCAT.Catalog) in found
    assert {str(page).rpartition("datasets/")[2] for page in found.objects(home, DCAT.dataset)} == {
        "notes/", "odd/", "places/", "population/",
    }  # fmt: skip
    assert (PAGE, DCTERMS.title, Literal("Population by year", lang="en")) in found
    files = {str(each) for each in found.objects(PAGE, DCAT.distribution)}
    base = "http://127.0.0.1:8000/api/explore/v2.1/catalog/datasets/population"
    assert f"{base}/exports/csv?use_labels=true" in files
    assert f"{base}/records" in files
    for node in found.subjects(RDF.type, DCAT.Distribution):
        assert (node, DCAT.accessURL, node) in found


def test_rdf_and_turtle_are_the_same_graph(asked: Ask) -> None:
    dcat, rdf, turtle = graph(asked, "dcat"), graph(asked, "rdf"), graph(asked, "ttl", "turtle")
    assert isomorphic(dcat, rdf)
    assert isomorphic(dcat, turtle)


def test_only_the_exports_that_were_asked_for_are_told_of(asked: Ask) -> None:
    query = "include_exports=json,csv,shapes&use_labels_in_exports=false&lang=fr"
    found = graph(asked, f"dcat/?{query}")
    files = {str(each).rpartition("/")[2] for each in found.objects(PAGE, DCAT.distribution)}
    assert files == {"csv", "json"}
    told = json_of(asked(f"{EXPORTS}/data.json?include_exports=csv"))["dataset"]
    assert [[each["format"] for each in one["distribution"]] for one in told] == [["CSV"]] * 4


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("where=records_count > 6 and dataset_id != 'places'", ["Population by year"]),
        ("refine=theme:people", ["Population by year"]),
        ("exclude=theme:places&exclude=theme:budget", ["Population by year"]),
        ("order_by=title desc&limit=1&where=has_records&exclude=theme:budget",
         ["Population by year"]),
        ("order_by=-dataset_id&limit=1&offset=1", ["Places"]),
        ("where=dataset_id = 'nothing'", []),
    ],
)  # fmt: skip
def test_a_question_chooses_the_datasets_and_their_order(
    asked: Ask, query: str, titles: list[str]
) -> None:
    query = quote(query, safe="=&")
    feed = ET.fromstring(body(asked(f"{EXPORTS}/rss?{query}")))
    assert [title.text for title in feed.iterfind("channel/item/title")] == titles
    told = json_of(asked(f"{EXPORTS}/data.json?{query}"))
    assert [each["title"] for each in told["dataset"]] == titles
    rdf = graph(asked, f"dcat?{query}")
    assert {str(rdf.value(page, DCTERMS.title)) for page in rdf.subjects(RDF.type, DCAT.Dataset)} \
        == set(titles)  # fmt: skip


def test_what_xml_cannot_hold_is_left_out(asked: Ask) -> None:
    page = URIRef("http://127.0.0.1:8000/datasets/odd/")
    for target, form in (("dcat", "xml"), ("ttl", "turtle")):
        found = graph(asked, target, form)
        assert str(found.value(page, DCTERMS.title)) == "Odd <titles> & «more»"
        assert (page, DCTERMS.source, URIRef("https://example.gov/a%20b%3Cc%3E")) in found
    simple = graph(asked, "dublin_core")
    assert str(simple.value(page, DC.publisher)) == "Bureau  of oddities"
    assert {str(subject) for subject in simple.objects(page, DC.subject)} == {"a & b"}
    feed = ET.fromstring(body(asked(f"{EXPORTS}/rss")))
    assert "Odd <titles> & «more»" in {each.text for each in feed.iterfind("channel/item/title")}


def test_a_document_of_a_place_speaks_of_the_place(asked: Ask) -> None:
    found = Graph().parse(data=body(asked(f"/nc/durham{EXPORTS}/ttl")), format="turtle")
    page = URIRef("http://127.0.0.1:8000/nc/durham/datasets/population/")
    assert str(found.value(page, DCTERMS.title)) == "Population by year: Durham, NC"
    assert (page, DCTERMS.isPartOf, PAGE) in found


def test_a_name_that_is_not_written_names_those_that_are(asked: Ask) -> None:
    answer = asked(f"{EXPORTS}/dcat_ap_ch")
    assert (answer["statusCode"], json_of(answer)["message"]) == (
        404,
        (
            "The requested export format dcat_ap_ch does not exist; there are csv, json, jsonl, "
            "xlsx, rss, dcat, rdf, ttl, dublin_core, data.json, dcat-us-3.json."
        ),
    )
    listed = json.loads(body(asked(EXPORTS)))["links"]
    assert [link["href"].rpartition("/")[2] for link in listed][-2:] == [
        "data.json", "dcat-us-3.json",
    ]  # fmt: skip
    assert [link["rel"] for link in listed][-2:] == ["data.json", "dcat-us-3.json"]


@pytest.mark.parametrize("query", ["select=title", "group_by=theme"])
def test_parts_of_datasets_are_refused(asked: Ask, query: str) -> None:
    answer = asked(f"{EXPORTS}/dcat?{query}")
    name = query.partition("=")[0]
    assert (answer["statusCode"], json_of(answer)["message"]) == (
        400,
        (
            f"Invalid value for {name} API parameter: dcat tells of whole datasets, "
            "and nothing is expected."
        ),
    )


def test_a_document_travels_as_every_export_does(asked: Ask) -> None:
    answer = asked(f"{EXPORTS}/ttl", headers={"accept-encoding": "gzip"})
    assert header(answer, "content-type") == "text/turtle; charset=utf-8"
    assert header(answer, "content-disposition") == 'attachment; filename="datasets.ttl"'
    assert header(answer, "content-encoding") == "gzip"
    again = asked(f"{EXPORTS}/ttl", headers={"if-none-match": header(answer, "etag")})
    assert again["statusCode"] == 304
