"""``citylake up`` from the figures that come with the project, asked as its users ask."""

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.local.running import Running
from tests.local.running import run as run_command

API = "/api/explore/v2.1/catalog/datasets"
Run = Callable[..., Running]


@pytest.fixture(scope="module")
def showcase(run: Run) -> Running:
    return run()


def test_the_front_page_finds_a_city(showcase: Running) -> None:
    assert 'href="/nc/durham/"' in showcase.get("/?q=durham").text


def test_a_city_has_its_page_and_its_api(showcase: Running) -> None:
    assert "Durham" in showcase.get("/nc/durham/").text
    newest = showcase.get(f"/nc/durham{API}/population/records?order_by=-year&limit=1").json()
    assert newest["results"] == [
        {
            "geoid": "3719000",
            "place_name": "Durham",
            "state": "NC",
            "series": "Estimate, vintage 2023",
            "year": 2023,
            "population": 296186,
        }
    ]


def test_the_nation_has_every_incorporated_place_of_the_target_size(showcase: Running) -> None:
    where = "series='Estimate, vintage 2019' and year=2019 and population in [60000..130000]"
    query = f"{API}/population/records?limit=0&where={where.replace(' ', '%20')}"
    # 412 of the estimates' own file, and the balance of Athens-Clarke County, which another has.
    assert showcase.get(query).json()["total_count"] == 413


def test_an_export_streams_every_record(showcase: Running) -> None:
    answer = showcase.get(f"{API}/places/exports/jsonl?select=geoid")
    count = showcase.get(f"{API}/places/records?limit=0").json()["total_count"]
    assert answer.body.count(b"\n") == count > 30_000


def test_two_durhams_are_two_places(showcase: Running) -> None:
    assert "New Hampshire" in showcase.get("/nh/durham/").text
    assert "North Carolina" in showcase.get("/nc/durham/").text


def test_an_address_that_no_place_has_names_the_nearest(showcase: Running) -> None:
    answer = showcase.get("/nc/durhm/")
    assert answer.status == 404
    assert "/nc/durham/" in answer.text


def test_a_pinned_city_stands_at_the_root(run: Run) -> None:
    boulder = run("--place", "0807850")
    assert "Boulder" in boulder.get("/").text
    records = boulder.get(f"{API}/population/records?select=geoid&group_by=geoid").json()
    assert records["results"] == [{"geoid": "0807850"}]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_second_start_publishes_nothing_and_ends_cleanly(
    run: Run, home: Path, how: signal.Signals
) -> None:
    assert run().end(how) == 0
    listed = json.loads(run_command("datasets", "--json", "--home", str(home)).stdout)
    assert {entry["releases"] for entry in listed} == {1}


def test_an_unknown_place_is_named_with_the_nearest(home: Path, showcase: Running) -> None:
    ended = run_command("up", "--home", str(home), "--port", "0", "--place", "durhm nc")
    assert ended.returncode == 1
    assert "Durham" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_taken_port_says_what_to_do(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = run_command("up", "--home", str(home), "--port", port)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "--port" in ended.stderr


def test_doctor_finds_a_filled_lake_well(home: Path, showcase: Running) -> None:
    ended = run_command("doctor", "--home", str(home))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_doctor_names_a_damaged_file_and_its_remedy(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    assert run_command("harvest", "places", "--home", str(home)).returncode == 0
    damaged = next(home.glob("warehouse/**/data/*.parquet"))
    damaged.write_bytes(b"")
    ended = run_command("doctor", "--home", str(home))
    assert ended.returncode == 1
    assert damaged.name in ended.stdout
    assert "--anew" in ended.stdout
    assert run_command("harvest", "places", "--anew", "--home", str(home)).returncode == 0
    assert run_command("doctor", "--home", str(home)).returncode == 0


@pytest.mark.parametrize("command", ["up", "harvest", "datasets", "doctor"])
def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("")
    ended = run_command(command, "--home", str(tmp_path / "file" / "lake"))
    assert ended.returncode == 1
    assert "file/lake" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_lake_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lake.json").write_text('{"format": 99, "written_by": "9.0.0"}')
    ended = run_command("up", "--home", str(tmp_path), "--port", "0")
    assert ended.returncode == 1
    assert "update Citylake" in ended.stderr


@pytest.mark.parametrize("command", ["up", "harvest", "datasets", "doctor"])
def test_help_has_examples(command: str) -> None:
    assert f"citylake {command}" in run_command(command, "--help").stdout
