"""An upgrade that would replace or delete what holds data is stopped, and says what."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.rehearsal import RECORD, losses, record, released, templates_of, text_of
from tests.infra.assembly import Assembly


def stack(**resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "Resources": {
            name: {"Type": kind, "Properties": properties}
            for name, (kind, properties) in resources.items()
        }
    }


WAS = {
    "Lake": stack(
        Bucket1=("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}),
        Table1=("AWS::DynamoDB::Table", {"KeySchema": [{"AttributeName": "geoid"}]}),
        Function1=("AWS::Lambda::Function", {"MemorySize": 128}),
    )
}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        pytest.param(WAS, [], id="nothing changed"),
        pytest.param(
            {
                "Lake": stack(
                    Bucket1=("AWS::S3::Bucket", {}),
                    Bucket2=("AWS::S3::Bucket", {}),
                    Table1=("AWS::DynamoDB::Table", {"KeySchema": [{"AttributeName": "geoid"}]}),
                )
            },
            [],
            id="more of it, and a function less",
        ),
        pytest.param(
            {"Lake": stack(Bucket1=("AWS::S3::Bucket", {}))},
            ["Lake/Table1 (AWS::DynamoDB::Table) would be deleted"],
            id="a table is gone",
        ),
        pytest.param(
            {
                "Lake": stack(
                    Bucket1=("AWS::S3::Bucket", {"BucketName": "x"}),
                    Table1=("AWS::DynamoDB::Table", {"KeySchema": [{"AttributeName": "id"}]}),
                )
            },
            [
                'Lake/Bucket1 (AWS::S3::Bucket) would be replaced: BucketName was null, is "x"',
                (
                    "Lake/Table1 (AWS::DynamoDB::Table) would be replaced: KeySchema was "
                    '[{"AttributeName": "geoid"}], is [{"AttributeName": "id"}]'
                ),
            ],
            id="a name and a key",
        ),
        pytest.param(
            {},
            [
                "Lake/Bucket1 (AWS::S3::Bucket) would be deleted",
                "Lake/Table1 (AWS::DynamoDB::Table) would be deleted",
            ],
            id="a stack is gone",
        ),
    ],
)
def test_what_would_be_lost_is_named(now: dict[str, Any], said: list[str]) -> None:
    assert [str(loss) for loss in losses(record(WAS), record(now))] == said


def test_nothing_that_was_released_would_be_lost(assembly: Assembly) -> None:
    _, before = released()

    assert list(losses(before, record(templates_of(assembly.folder)))) == []


def test_the_record_is_that_of_todays_templates(assembly: Assembly) -> None:
    """What is new is written down with the change: ``make rehearse ARGS=--accept``."""
    assert text_of(record(templates_of(assembly.folder))) == RECORD.read_text()


def test_the_last_tag_is_what_counts(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True)

    kept = tmp_path / "infra" / "stateful.json"
    kept.parent.mkdir()
    kept.write_text(text_of(record(WAS)))
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    git("tag", "v1")
    kept.write_text(json.dumps({}))

    assert released(tmp_path) == ("v1", record(WAS))
