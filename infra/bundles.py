"""Layers from the lock: what functions import beside our own code, ready for ``cdk deploy``.

``python -m infra.bundles --target arm64`` makes ``build/layers/arm64/{layer}/python/`` for each
layer from the dependency group of its name, in four steps and without Docker: uv exports the lock's
pins, uv unpacks the wheels of the target's platform, what a function never opens is trimmed, and
what would differ from one build to the next is evened out. The same lock gives the same bytes, so
the hash of a CDK asset changes only when a layer does. A layer whose lock and recipe have not
changed is left as it is.
"""

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import msgspec

from citylake.errors import PortalError
from infra import elf
from infra.code import FUNCTIONS, ROOT, Layer, Target, layer_folder

LIMIT = 262_144_000
"""Bytes that a function and its layers may have unzipped: Lambda's quota of 250 MB."""

LARGEST = 240_000_000
"""Bytes that ours may have: what is missing to ``LIMIT`` is the room for a dependency to grow."""

PYTHON = "3.13"
"""The runtime of every function."""

PLATFORM = "aarch64-manylinux_2_28"
"""Lambda's machine (Amazon Linux 2023 has glibc 2.34). ``manylinux2014`` would not fail: it would
quietly resolve to versions of years ago."""

GIVEN = ("boto3", "botocore", "s3transfer")
"""Packages of the Lambda runtime itself, left out of every layer."""

UNUSED = ("click", "fsspec", "markdown-it-py", "mdurl", "pygments", "setuptools")
"""Required by packages of ours for what no function does: pyiceberg's command line and its other
way to S3, colours and prose of rich's (whose tables pyiceberg words mismatches with), and
awswrangler's old ways of installing."""

COMPILED = frozenset(Layer) - {Layer.WRITE}
"""Layers whose Python is compiled beforehand, since a function cannot write beside its code and
would compile it at every start. Nobody waits for the write layer's functions as for a page, and
it has no room for the files."""


@dataclass(frozen=True, slots=True)
class Trim:
    """What is taken out of a layer.

    Attributes:
        pattern: of the path below ``python/``; ``*`` crosses folders. What fits goes with all that
            is in it.
        why: what it is for, which no function does.
        but: names of files that stay all the same.
    """

    pattern: str
    why: str
    but: tuple[str, ...] = ()


TRIMS = (
    Trim("bin", "commands, whose first line names the machine that they were made on"),
    Trim(".lock", "what uv leaves behind"),
    Trim("*.dist-info/RECORD", "lists of installed files, which trimming makes untrue"),
    Trim("*.dist-info/INSTALLER", "who installed"),
    Trim("*.dist-info/REQUESTED", "who asked for it"),
    Trim("*/tests", "tests of dependencies"),
    Trim("*/__pycache__", "made anew for the runtime's Python"),
    Trim("*.pyi", "types, for checkers"),
    Trim("_duckdb-stubs", "types, for checkers"),
    Trim("*.py[xd]", "sources of what is compiled"),
    Trim("*.pxi", "sources of what is compiled"),
    Trim("*.c", "sources of what is compiled"),
    Trim("*.cpp", "sources of what is compiled"),
    Trim("*.h", "headers"),
    Trim("*.hpp", "headers"),
    Trim("*.a", "libraries for linking"),
    Trim("*/include", "headers"),
    Trim(
        "babel/locale-data/*",
        "languages that no page is written in",
        but=("root.dat", "en.dat", "en_US.dat", "es.dat", "es_419.dat", "es_US.dat"),
    ),
    Trim("*/swagger_ui/*.js", "pages that describe an API, which ours makes itself"),
    Trim("*/swagger_ui/*.css", "pages that describe an API, which ours makes itself"),
    Trim("adbc_driver_duckdb", "another way to speak to DuckDB"),
    Trim("hive_metastore", "catalogs in Hive"),
    Trim("fb303", "catalogs in Hive"),
    Trim("numpy/f2py", "compiling Fortran"),
    Trim("pydantic/v1", "the library's former self, beside it"),
    # libarrow_substrait stays: pyarrow 25 does not load without it.
    Trim("pyarrow/libarrow_flight*", "Arrow's own servers"),
    Trim("pyarrow/libarrow_python_flight*", "Arrow's own servers"),
    Trim("pyarrow/_flight*", "Arrow's own servers"),
    Trim("pyarrow/_pyarrow_cpp_tests*", "tests of dependencies"),
    Trim("pyarrow/_azurefs*", "other clouds"),
    Trim("pyarrow/_gcsfs*", "other clouds"),
    Trim("pyarrow/_hdfs*", "other clouds"),
    Trim("pyarrow/libarrow_python*.so", "second names of a library, for linking"),
    Trim("pyarrow/libarrow_python*.so.*.*", "third names of a library"),
    Trim("zstandard/_cffi*", "a second build of the same library, for PyPy"),
    Trim("zstandard/backend_cffi.py", "a second build of the same library, for PyPy"),
)

_SECONDS = 315_532_800
"""1980-01-01 in UTC, the first instant that a zip can write down."""


class BundleFailed(PortalError):
    """A layer could not be made."""


class BundleTooLarge(PortalError):
    """A function and its layer together would pass what Lambda takes, less our margin."""


class Tools:
    """The programs that make a layer; the seam for tests.

    Args:
        root: the project's folder, where ``uv.lock`` lies.
        uv: path of uv.
    """

    def __init__(self, root: Path = ROOT, uv: str | None = None) -> None:
        self._root = root
        self._uv = uv or os.environ.get("UV") or shutil.which("uv") or ""
        if not self._uv:
            raise BundleFailed("uv is not on the PATH; run make bundles, which fetches it")

    def requirements(self, layer: Layer) -> str:
        """The lock's pins of a layer's dependency group, one a line, with their markers."""
        pruned = [word for name in (*GIVEN, *UNUSED) for word in ("--prune", name)]
        return self._run(
            "export", "--frozen", "--only-group", layer, "--no-emit-project",
            "--no-hashes", "--no-annotate", "--no-header", *pruned,
        )  # fmt: skip

    def install(self, requirements: Path, target: Target, folder: Path) -> None:
        """Unpack the wheels of a target's platform into a folder."""
        where = ["--python-version", PYTHON, "--python-platform", PLATFORM]
        if target is Target.HOST:
            where = ["--python", sys.executable]
        # Copies, not links: what is evened out here must not change uv's own cache.
        self._run(
            "pip", "install", "--quiet", "--requirement", str(requirements), "--no-deps",
            "--only-binary", ":all:", "--link-mode", "copy", "--target", str(folder), *where,
        )  # fmt: skip

    def python(self, target: Target) -> str | None:
        """A Python of this machine that has the target's version; ``None`` if there is none."""
        if target is Target.HOST:
            return sys.executable
        try:
            return self._run("python", "find", "--no-project", "--no-python-downloads", PYTHON)
        except BundleFailed:
            return None

    def compile(self, python: str, folder: Path) -> None:
        """Compile what is in a folder for good, since no function can write beside its code.

        The compiled files are bound to the sources' bytes and not to their times, and hold no path
        of this machine.
        """
        command = [
            python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
            "-s", str(folder), "-p", "/opt/python", str(folder),
        ]  # fmt: skip
        # Hashes of texts order sets of constants, which would differ from one build to the next.
        self._call(command, {**os.environ, "PYTHONHASHSEED": "0"})

    def _run(self, *arguments: str) -> str:
        return self._call([self._uv, *arguments], None).strip()

    def _call(self, command: Sequence[str], environment: dict[str, str] | None) -> str:
        done = subprocess.run(  # noqa: S603 - uv and Python, with arguments of this module
            command,
            cwd=self._root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BundleFailed(f"{' '.join(command[:4])} … failed: {done.stderr.strip()}")
        return done.stdout


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a layer that was made, beside it.

    Attributes:
        recipe: what differs when the layer would.
        size: bytes of its files.
        zipped: bytes of them as a zip.
        compiled: whether the files were compiled for the runtime's Python.
    """

    recipe: str
    size: int
    zipped: int
    compiled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A layer as a build left it.

    Attributes:
        seconds: how long it took; 0 where nothing had changed.
    """

    layer: Layer
    size: int
    zipped: int
    compiled: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a function weighs, in bytes, unzipped."""

    function: str
    code: int
    layer: Layer
    layer_size: int

    @property
    def total(self) -> int:
        """Its own code and its layer."""
        return self.code + self.layer_size

    @property
    def margin_pct(self) -> float:
        """What is left to Lambda's limit, as a share of that limit."""
        return 100 * (LIMIT - self.total) / LIMIT


def make_layer(
    layer: Layer,
    target: Target,
    *,
    tools: Tools,
    root: Path = ROOT,
    tell: Callable[[str], None] = lambda _: None,
) -> Made:
    """Make a layer, unless it stands there as the lock and the recipe would make it.

    Args:
        layer: which.
        target: the machine that it is for.
        tools: the programs that do it.
        root: the project's folder; the layer goes below its ``build/``.
        tell: told each step as it begins.

    Raises:
        BundleFailed: a wheel is not to be had, or a program failed.
    """
    began = time.monotonic()
    folder = layer_folder(layer, target, root)
    stamp_file = folder.with_name(f"{layer}.json")
    pins = tools.requirements(layer)
    python = tools.python(target) if layer in COMPILED else None
    recipe = _recipe(pins, target, compiled=python is not None)
    held = _read_stamp(stamp_file)
    if held and held.recipe == recipe and folder.is_dir():
        return Made(
            layer=layer, size=held.size, zipped=held.zipped, compiled=held.compiled, seconds=0.0
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{layer}-") as made:
        content = Path(made) / layer / "python"
        requirements = Path(made) / "requirements.txt"
        requirements.write_text(pins)
        tell("unpack the wheels")
        tools.install(requirements, target, content)
        check_machine(content, target)
        tell("trim")
        trim(content)
        strip(content)
        if python is not None:
            tell("compile")
            tools.compile(python, content)
        even_out(content.parent)
        tell("weigh")
        stamp = Stamp(
            recipe=recipe,
            size=sum(path.stat().st_size for path in _files(content)),
            zipped=zipped_size(content),
            compiled=python is not None,
        )
        stamp_file.unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        content.parent.rename(folder)
    stamp_file.write_bytes(msgspec.json.encode(stamp))
    return Made(
        layer=layer,
        size=stamp.size,
        zipped=stamp.zipped,
        compiled=stamp.compiled,
        seconds=time.monotonic() - began,
    )


def trim(folder: Path, trims: Iterable[Trim] = TRIMS) -> None:
    """Take out of a layer's ``python/`` what no function opens."""
    rules = tuple(trims)
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        name = path.relative_to(folder).as_posix()
        if any(fnmatch(name, rule.pattern) and path.name not in rule.but for rule in rules):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def strip(folder: Path) -> None:
    """Cut off of shared libraries what only debuggers and linkers read: a sixth of some layers.

    DuckDB's extensions are left alone, since their signature stands at the end.
    """
    for path in folder.rglob("*.so*"):
        elf.strip(path)


def check_machine(folder: Path, target: Target) -> None:
    """Make sure that whatever is compiled in a layer is compiled for its target.

    Raises:
        BundleFailed: with the first file that is for another machine.
    """
    expected = elf.AARCH64 if target is Target.ARM64 else elf.machine(Path(sys.executable))
    for path in _files(folder):
        found = elf.machine(path)
        if found not in (None, expected):
            raise BundleFailed(
                f"{path.relative_to(folder)} is for machine {found}; expected {expected} "
                f"(ELF's e_machine) for target {target}"
            )


def even_out(folder: Path) -> None:
    """Give every file and folder the same time and rights: the same lock makes the same zip."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (_SECONDS, _SECONDS))


def zipped_size(folder: Path) -> int:
    """Bytes that a folder has as a zip, as Lambda keeps it."""
    sink = _Counter()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            archive.write(path, path.relative_to(folder))
    return sink.count


def weigh(layers: Iterable[Made], root: Path = ROOT) -> list[Weight]:
    """Weigh every function whose layer was made."""
    sizes = {made.layer: made.size for made in layers}
    return [
        Weight(
            function=name,
            code=function.size(root),
            layer=function.layer,
            layer_size=sizes[function.layer],
        )
        for name, function in FUNCTIONS.items()
        if function.layer in sizes
    ]


def require_fit(weights: Iterable[Weight]) -> None:
    """Stop what Lambda would refuse, and what soon might be.

    Raises:
        BundleTooLarge: with each function that has more than ``LARGEST`` bytes.
    """
    over = [weight for weight in weights if weight.total > LARGEST]
    if over:
        found = "; ".join(
            f"{each.function} has {each.total:,} bytes ({each.code:,} of its own, "
            f"{each.layer_size:,} in layer {each.layer})"
            for each in over
        )
        raise BundleTooLarge(
            f"{found}; expected at most {LARGEST:,} (Lambda takes {LIMIT:,}): trim the layer in "
            "infra/bundles.py, or give the function one of its own"
        )


def table(layers: Sequence[Made], weights: Sequence[Weight]) -> str:
    """What was made and what it weighs, as text for people."""
    lines = [f"{'layer':<10}{'unzipped':>14}{'zipped':>14}{'compiled':>10}{'took':>9}"]
    lines += [
        f"{each.layer:<10}{each.size:>14,}{each.zipped:>14,}"
        f"{'yes' if each.compiled else 'no':>10}"
        + (f"{each.seconds:>7.1f} s" if each.seconds else f"{'as it was':>11}")
        for each in layers
    ]
    lines += ["", f"{'function':<10}{'own code':>14}{'with layer':>14}{'limit':>14}{'margin':>9}"]
    lines += [
        f"{each.function:<10}{each.code:>14,}{each.total:>14,}{LIMIT:>14,}{each.margin_pct:>7.1f} %"
        for each in weights
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make every layer for a target and print what each weighs; 1 if one fails or is too large."""
    parser = argparse.ArgumentParser(prog="python -m infra.bundles", description=main.__doc__)
    parser.add_argument("--target", type=Target, choices=list(Target), default=Target.ARM64)
    target: Target = parser.parse_args(arguments).target
    try:
        tools = Tools()
        layers = []
        for layer in Layer:

            def tell(step: str, layer: Layer = layer) -> None:
                print(f"{target} {layer}: {step}", flush=True)

            layers.append(make_layer(layer, target, tools=tools, tell=tell))
        weights = weigh(layers)
        print(f"\n{table(layers, weights)}", flush=True)
        if not all(made.compiled for made in layers if made.layer in COMPILED):
            print(
                f"not compiled, since this machine has no Python {PYTHON}: functions start later; "
                f"mend it with uv python install {PYTHON}"
            )
        if target is not Target.HOST:  # an emulator takes what it is given
            require_fit(weights)
    except PortalError as error:
        print(f"bundles: {error}", file=sys.stderr)
        return 1
    return 0


class _Counter(io.RawIOBase):
    """A file that only counts the bytes that are written to it."""

    count = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # all that zipfile hands over
        self.count += len(data)
        return len(data)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _recipe(pins: str, target: Target, *, compiled: bool) -> str:
    """What differs when the layer would: pins, this module, and for this machine its Python."""
    machine = f"{sys.version} {sys.platform}" if target is Target.HOST else ""
    sources = (Path(module).read_text() for module in (__file__, elf.__file__))
    parts = (pins, target, str(compiled), machine, *sources)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read_stamp(path: Path) -> Stamp | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Stamp)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None  # never made, or by another version: made anew, which is always safe


if __name__ == "__main__":
    sys.exit(main())
