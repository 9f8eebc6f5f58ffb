"""A city that comes back from its archive: what docs/operations.md tells operators to do."""

import shutil
from pathlib import Path

from tests.publish.conftest import City


def test_a_copy_of_a_lakes_objects_is_a_lake_that_can_be_read_and_published_to(
    city: City, tmp_path: Path
) -> None:
    first = city.publish("id,name\n1,Oak\n")
    restored = tmp_path / "restored"
    # What says which Iceberg metadata is current lies beside the objects, in Glue or in this file.
    shutil.copytree(city.home, restored, ignore=shutil.ignore_patterns("iceberg.db*"))
    files = tmp_path / "files"
    files.mkdir()
    back = City(restored, files)

    assert back.records("trees") == [{"id": 1, "name": "Oak"}]

    back.publish("id,name\n1,Oak\n2,Elm\n")

    assert back.records("trees") == [{"id": 1, "name": "Oak"}, {"id": 2, "name": "Elm"}]
    assert back.records("trees", version=first.release) == [{"id": 1, "name": "Oak"}]
