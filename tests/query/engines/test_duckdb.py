import threading
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from citylake.errors import QueryInvalid, QueryTooCostly, Throttled
from citylake.settings import QueryLimits
from lambdas.query.engines.duckdb import BATCH_BYTES, BATCH_ROWS, DuckDBEngine


@pytest.fixture
def engine(tmp_path: Path) -> DuckDBEngine:
    (tmp_path / "lake").mkdir()
    return DuckDBEngine((str(tmp_path / "lake"),))


def select(text: str) -> exp.Query:
    tree = parse_one(text, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return tree


def refused(engine: DuckDBEngine, text: str) -> str:
    """What DuckDB itself says of a statement that no tree of ours would ever hold."""
    with pytest.raises(Exception, match=r".") as error:
        engine.run(parse_one(text, dialect="duckdb"))  # type: ignore[arg-type] # no query, on purpose
    return str(error.value)


def test_an_answer_has_names_types_and_rows(engine: DuckDBEngine) -> None:
    result = engine.run(select("SELECT 1::BIGINT AS a, 'x' AS b UNION ALL SELECT NULL, 'y'"))
    assert (result.columns, result.types) == (("a", "b"), ("BIGINT", "VARCHAR"))
    assert result.rows == [(1, "x"), (None, "y")]


def test_a_stream_comes_in_batches_that_may_be_left(engine: DuckDBEngine) -> None:
    with engine.stream(select("SELECT i FROM range(100000) AS r(i)")) as stream:
        assert 0 < len(next(stream.batches)) < BATCH_ROWS
        assert len(next(stream.batches)) == BATCH_ROWS
    with engine.stream(select("SELECT i FROM range(100000) AS r(i)")) as stream:
        assert sum(len(batch) for batch in stream.batches) == 100_000


@pytest.mark.parametrize("address", ["{outside}", "{inside}/../secret.csv", "/etc/passwd"])
def test_a_file_outside_of_the_lake_cannot_be_read(
    engine: DuckDBEngine, tmp_path: Path, address: str
) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_text("a\n1\n")
    path = address.format(outside=outside, inside=tmp_path / "lake")
    assert "disabled by configuration" in refused(engine, f"SELECT * FROM read_csv('{path}')")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('https://example.com/a.csv')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH 'other.db'",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
    ],
)
def test_the_lock_cannot_be_opened(engine: DuckDBEngine, statement: str) -> None:
    assert refused(engine, statement)


def test_what_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    engine = DuckDBEngine((str(tmp_path),), QueryLimits(seconds=0.05))
    endless = "SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)"
    with pytest.raises(QueryTooCostly, match=r"took more than 0\.05 seconds"):
        engine.run(select(endless))
    with pytest.raises(QueryTooCostly), engine.stream(select(endless)) as stream:
        list(stream.batches)
    assert engine.run(select("SELECT 1")).rows == [(1,)]


def test_making_a_file_has_a_limit_of_time_of_its_own(tmp_path: Path) -> None:
    engine = DuckDBEngine((str(tmp_path),), QueryLimits(seconds=1e-9, file_seconds=0.05))
    endless = "SELECT sum(a.i * b.i) AS s FROM range(1000000) a(i), range(1000000) b(i)"
    with (
        pytest.raises(QueryTooCostly, match=r"took more than 0\.05 seconds"),
        engine.parquet(select(endless), "zstd"),
    ):
        pass


def test_files_are_made_in_a_folder_of_the_engines_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = DuckDBEngine((str(tmp_path / "lake"),))
    (scratch,) = tmp_path.iterdir()
    assert scratch.stat().st_mode & 0o077 == 0
    with engine.parquet(select("SELECT 1 AS a"), "snappy") as file:
        assert list(scratch.iterdir()) == []
        assert file.read(4) == b"PAR1"
    with (
        pytest.raises(QueryInvalid),
        engine.parquet(
            select("SELECT 9223372036854775807::BIGINT + i AS a FROM range(1, 2) r(i)"), "snappy"
        ),
    ):
        pass
    assert list(scratch.iterdir()) == []
    del engine
    assert list(tmp_path.iterdir()) == []


def test_what_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    engine = DuckDBEngine((str(tmp_path),), QueryLimits(memory_mb=32))
    with pytest.raises(QueryTooCostly, match="more than 32 MB"):
        engine.run(select("SELECT md5(i::VARCHAR) AS m FROM range(3000000) r(i) ORDER BY m"))
    assert engine.run(select("SELECT 1")).rows == [(1,)]


def test_an_overflow_is_the_questions_fault(engine: DuckDBEngine) -> None:
    with pytest.raises(QueryInvalid, match="cannot be computed"):
        engine.run(select("SELECT 9223372036854775807::BIGINT + i FROM range(1, 2) r(i)"))


def test_a_slow_question_does_not_hold_up_another(engine: DuckDBEngine) -> None:
    begun, left = threading.Event(), threading.Event()

    def slow() -> None:
        with engine.stream(select("SELECT i FROM range(10000000) r(i)")) as stream:
            next(stream.batches)
            begun.set()
            left.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(10)
    assert engine.run(select("SELECT 42")).rows == [(42,)]
    left.set()
    thread.join()


def test_rows_of_long_texts_come_fewer_at_a_time(engine: DuckDBEngine) -> None:
    long = select("SELECT repeat('x', 100000) AS t FROM range(2000) r(i)")
    with engine.stream(long) as stream:
        sizes = [len(batch) for batch in stream.batches]
    assert sum(sizes) == 2_000
    assert max(sizes[1:]) * 100_000 <= BATCH_BYTES


ENDLESS = "SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)"


def test_only_so_many_questions_are_slow_at_once_and_quick_ones_are_answered(
    tmp_path: Path,
) -> None:
    engine = DuckDBEngine(
        (str(tmp_path),), QueryLimits(seconds=1.0, slow_seconds=0.05, slow_at_once=2)
    )
    refused: list[type[Exception]] = []

    def ask() -> None:
        try:
            engine.run(select(ENDLESS))
        except (QueryTooCostly, Throttled) as error:
            refused.append(type(error))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert engine.run(select("SELECT 42")).rows == [(42,)]
    for thread in threads:
        thread.join()
    assert sorted(kind.__name__ for kind in refused) == ["QueryTooCostly"] * 2 + ["Throttled"] * 6


def test_only_so_many_streams_are_read_at_once(tmp_path: Path) -> None:
    engine = DuckDBEngine((str(tmp_path),), QueryLimits(streams=1))
    with engine.stream(select("SELECT 1")) as stream:
        with pytest.raises(Throttled, match="1 exports"), engine.stream(select("SELECT 1")):
            pass
        assert list(stream.batches) == [[(1,)]]
    with engine.stream(select("SELECT 2")) as stream:
        assert list(stream.batches) == [[(2,)]]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("%b%", True),
        ("a%", True),
        ("%c", False),
        ("a_b.\nc%", True),
        ("_\\_b%", True),
        ("a%.%", True),
        ("a\\%b", False),
        ("a\\_b.\nc\\%", True),
    ],
)
def test_a_pattern_means_what_it_means_in_sql(
    engine: DuckDBEngine, pattern: str, fits: bool
) -> None:
    like = exp.Like(
        this=exp.Literal.string("a_b.\nc%"),
        expression=exp.Escape(
            this=exp.Literal.string(pattern), expression=exp.Literal.string("\\")
        ),
    )
    assert engine.run(exp.select(like)).rows == [(fits,)]


def test_a_pattern_that_fits_in_many_ways_takes_no_longer(engine: DuckDBEngine) -> None:
    like = exp.Like(
        this=exp.func("repeat", exp.Literal.string("a"), exp.Literal.number(3000)),
        expression=exp.Escape(
            this=exp.Literal.string("%a" * 30 + "%b"), expression=exp.Literal.string("\\")
        ),
    )
    assert engine.run(exp.select(like)).rows == [(False,)]
