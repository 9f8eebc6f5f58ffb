"""Which files make up each function."""

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from infra.code import FUNCTIONS, ROOT, FunctionCode, Layer, Target, layer_folder
from tests.infra.assembly import Assembly


def names(function: str) -> set[str]:
    return {path.as_posix() for path in FUNCTIONS[function].files()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_holds_its_entry_point_and_the_shared_nouns(function: str) -> None:
    module, _, _ = FUNCTIONS[function].handler.rpartition(".")
    assert f"{module.replace('.', '/')}.py" in names(function)
    assert {"citylake/catalog.py", "citylake/lake/read.py", "lambdas/__init__.py"} <= names(
        function
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_neighbours_are_not_in_its_zip(function: str) -> None:
    folders = ("citylake/", *(f"{folder}/" for folder in FUNCTIONS[function].folders))
    others = {name for name in names(function) if not name.startswith(folders)}
    assert others == {"lambdas/__init__.py"}
    assert not any("__pycache__" in name for name in names(function))


def test_the_bundled_figures_are_in_the_harvest_alone() -> None:
    holders = {name for name in FUNCTIONS if "lambdas/harvest/bundle/places.parquet" in names(name)}
    assert holders == {"harvest", "plan"}


def test_pages_have_their_words_and_templates() -> None:
    assert "lambdas/portal/locale/es.po" in names("read")
    assert any(fnmatch(name, "lambdas/portal/templates/*.html") for name in names("read"))


def tree(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


SMALL = FunctionCode(
    handler="lambdas.harvest.landings.handler",
    layer=Layer.LAND,
    folders=("lambdas/harvest",),
    without=("lambdas/harvest/bundle",),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tree(
        tmp_path,
        "citylake/tiers.py",
        "citylake/__pycache__/tiers.pyc",
        "lambdas/__init__.py",
        "lambdas/harvest/landings.py",
        "lambdas/harvest/bundle/places.parquet",
        "lambdas/query/search.py",
        "lambdas/portal/static/.built",
        "uv.lock",
    )
    return tmp_path


def test_files_come_in_order_and_without_what_is_left_out(project: Path) -> None:
    found = [path.as_posix() for path in SMALL.files(project)]
    assert found == ["citylake/tiers.py", "lambdas/__init__.py", "lambdas/harvest/landings.py"]
    assert SMALL.size(project) == sum(len(name) for name in found)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    tree(tmp_path, "lambdas/__init__.py", "citylake/tiers.py")
    with pytest.raises(FileNotFoundError, match="lambdas/harvest: no such folder"):
        list(SMALL.files(tmp_path))


def test_a_layer_lies_where_the_build_puts_it() -> None:
    assert layer_folder(Layer.READ, Target.ARM64) == ROOT / "build" / "layers" / "arm64" / "read"


def test_what_is_weighed_is_what_is_deployed(assembly: Assembly) -> None:
    """The CDK reads the table by Docker's rules, and ``files`` by its own: they must agree."""
    zips = {
        frozenset(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        for folder in assembly.folder.glob("asset.*")
        if (folder / "citylake").is_dir()
    }
    assert zips == {frozenset(names(function)) for function in FUNCTIONS}


def test_the_table_loads_neither_the_cdk_nor_what_it_describes() -> None:
    loaded = "import infra.code, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"aws_cdk", "jsii", "lambdas", "citylake"} & set(done.stdout.split())
