"""The marketplace on one machine: a month is played, billed and listed."""

import csv
import io
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from citylake.errors import InputInvalid, NotFound
from citylake.tiers import TIERS, Tier
from local.cli import app
from local.market import listing
from local.market.demo import MONTH, Outcome, Play, Told
from marketplace.alarms import Trouble
from marketplace.memory import MemoryBooks

Played = tuple[Outcome, list[Told], MemoryBooks]


def run_cli(*words: str) -> str:
    """What a command prints; what it raises is raised."""
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def played() -> Played:
    """The play, once for all tests."""
    told: list[Told] = []
    books = MemoryBooks()
    return Play(told.append, books).run(), told, books


class TestThePlay:
    def test_its_books_and_those_of_aws_are_the_same(self, played: Played) -> None:
        outcome, _, _ = played

        assert outcome.agreed
        assert outcome.metered == sum(line.hours for line in outcome.statement.lines)

    def test_each_city_is_billed_for_the_full_hours_that_it_had(self, played: Played) -> None:
        lines = [
            (line.geoid, line.dimension, f"{line.first:%d-%H}", f"{line.last:%d-%H}", line.hours)
            for line in played[0].statement.lines
        ]

        assert lines == [
            ("3719000", "pop_t11", "01-00", "30-23", 720),
            ("0807850", "pop_t08", "03-10", "17-10", 337),  # until a private offer at 11:47
            ("3638077", "pop_t02", "05-17", "20-18", 361),  # cancelled at 19:12, one hour refused
            ("0807850", "pop_t08", "17-12", "30-23", 324),
        ]
        assert played[0].statement.total_usd == Decimal("1538.10")

    def test_only_the_poisoned_hour_is_lost(self, played: Played) -> None:
        sums: Counter[str] = Counter()
        for each in played[0].statement.reconciliations:
            for name in ("late", "refused", "expired", "conflicts", "pending", "in_doubt"):
                sums[name] += getattr(each, name)

        assert sums["refused"] == 1
        assert sums["late"] == 9  # three licences, for the three hours of the outage's beginning
        assert not {"expired", "conflicts", "pending", "in_doubt"} & {
            name for name, count in sums.items() if count
        }
        assert set(played[0].alarms) == {Trouble.UNBILLED, Trouble.REJECTED}

    def test_what_it_tells_is_what_happened(self, played: Played) -> None:
        words = "\n".join(told.words for told in played[1])

        assert "2 requests for the hour, the very same records" in words
        assert "in requests of [3, 2, 1]" in words
        assert "21 hours that waited are accepted" in words
        assert "hears ProvisionRequested for 2511000" in words
        assert "hears SuspendRequested for 3638077" in words
        assert [told.at for told in played[1]] == sorted(told.at for told in played[1])


class TestTheBill:
    @pytest.fixture
    def books(self, played: Played, tmp_path: Path) -> Path:
        path = tmp_path / "books.json"
        played[2].save(path)
        return path

    def test_a_month_is_printed_with_what_became_of_its_hours(self, books: Path) -> None:
        printed = run_cli("bill", "--month", MONTH, "--books", str(books))

        assert "1,538.10" in printed
        assert "What became of the hours" in printed

    def test_a_city_is_billed_alone(self, books: Path) -> None:
        printed = run_cli(
            "bill",
            "--month",
            MONTH,
            "--books",
            str(books),
            "--city",
            "0807850",
            "--csv",
            "statement",
        )

        rows = list(csv.DictReader(io.StringIO(printed)))
        assert {row["geoid"] for row in rows} == {"0807850"}
        assert [row["hours"] for row in rows] == ["337", "324"]

    def test_the_reconciliation_is_a_table_for_programs_too(self, books: Path) -> None:
        printed = run_cli(
            "bill", "--month", MONTH, "--books", str(books), "--csv", "reconciliation"
        )

        rows = {row["geoid"]: row for row in csv.DictReader(io.StringIO(printed))}
        assert (rows["3638077"]["expected"], rows["3638077"]["refused"]) == ("362", "1")

    @pytest.mark.parametrize("month", ["2026-13", "november", "2026-1"])
    def test_a_month_that_is_none_is_named(self, books: Path, month: str) -> None:
        with pytest.raises(InputInvalid, match=f"the month is '{month}'"):
            run_cli("bill", "--month", month, "--books", str(books))

    def test_books_that_are_not_there_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="there are no books in"):
            run_cli("bill", "--home", str(tmp_path))

    def test_an_account_without_the_marketplace_is_told(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        with mock_aws(), pytest.raises(NotFound, match="no stack Citylake-Marketplace"):
            run_cli("bill", "--aws")

    def test_the_books_of_an_account_are_found_by_its_stack(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        with mock_aws():
            template = {
                "Resources": {"Books": _BOOKS},
                "Outputs": {"BooksTable": {"Value": {"Ref": "Books"}}},
            }
            boto3.client("cloudformation", "us-east-1").create_stack(
                StackName="Citylake-Marketplace", TemplateBody=json.dumps(template)
            )
            printed = run_cli("bill", "--aws", "--month", MONTH, "--csv", "statement")

        assert printed.startswith("month,licence,geoid,dimension")


_BOOKS = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    },
}


class TestTheListing:
    @pytest.mark.parametrize("name", listing.FILES)
    def test_its_files_are_what_tiers_and_prices_say(self, name: str) -> None:
        held = (listing.FOLDER / name).read_text(encoding="utf-8")

        assert held == listing.FILES[name](), "run: citylake market dimensions --write"

    @pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.code)
    def test_aws_takes_every_dimension(self, tier: Tier) -> None:
        assert len(tier.code) <= listing.LONGEST_CONTRACT_CODE
        assert len(listing.name_of(tier)) <= listing.LONGEST_NAME
        assert len(listing.description_of(tier)) <= listing.LONGEST_DESCRIPTION
        assert listing.price_of(tier) == round(listing.price_of(tier), 3)

    def test_both_products_have_all_tiers_and_their_own_kind(self) -> None:
        said = json.loads(listing.dimensions_json())

        codes = [tier.code for tier in TIERS]
        assert {kind: [each["Key"] for each in held] for kind, held in said.items()} == {
            "hourly": codes,
            "yearly": codes,
        }
        assert {each["Types"][0] for each in said["hourly"]} == {"ExternallyMetered"}
        assert {each["Types"][0] for each in said["yearly"]} == {"Entitled"}

    def test_a_year_is_never_dearer_than_its_hours(self) -> None:
        for tier in TIERS:
            assert abs(listing.yearly_price_of(tier) - listing.price_of(tier) * 8_760) < 1
