"""Which files make up a function's zip, and which layer stands under it: the one table of both.

A zip holds our own code only: ``citylake/`` and the function's folders. What it imports beside that
is in its layer or in the Lambda runtime (boto3). ``infra/function.py`` makes assets from this table
and ``infra/bundles.py`` weighs them, so that what is measured is what is deployed.

This module is data: it imports neither the CDK nor what it describes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder."""


class Layer(StrEnum):
    """A set of dependencies: one Lambda layer, and one dependency group of its name."""

    READ = "read"
    EXPORT = "export"
    WRITE = "write"
    LAND = "land"
    BASE = "base"


class Target(StrEnum):
    """The machine that a layer is made for.

    Attributes:
        ARM64: Lambda's runtime.
        HOST: this machine and its Python, for an emulator that runs functions on it.
    """

    ARM64 = "arm64"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCode:
    """What a function is made of.

    Attributes:
        handler: the entry point, as Lambda names it.
        layer: the dependencies under it.
        folders: what its zip holds beside ``citylake/``, from the project's folder.
        without: folders that are left out of those.
    """

    handler: str
    layer: Layer
    folders: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def exclude(self) -> list[str]:
        """The choice of files as CDK's ``Code.from_asset(ROOT, exclude=…)`` takes it.

        To be read by Docker's rules (``IgnoreMode.DOCKER``): everything is left out, then some is
        taken back in, and the last pattern that fits a file decides.
        """
        return [
            "**",
            *(f"!{folder}/**" for folder in ("citylake", *self.folders)),
            "!lambdas/__init__.py",
            *(f"{folder}/**" for folder in self.without),
            "**/__pycache__",
        ]

    def files(self, root: Path = ROOT) -> Iterator[Path]:
        """The same choice as paths below ``root``, in order.

        Raises:
            FileNotFoundError: a folder of the table is not there.
        """
        held = [root / "lambdas" / "__init__.py"]
        for folder in ("citylake", *self.folders):
            if not (root / folder).is_dir():
                raise FileNotFoundError(f"a function's code needs {root / folder}: no such folder")
            held += [path for path in (root / folder).rglob("*") if path.is_file()]
        left_out = tuple(root / folder for folder in self.without)
        yield from sorted(
            path.relative_to(root)
            for path in held
            if "__pycache__" not in path.parts
            and not any(path.is_relative_to(folder) for folder in left_out)
        )

    def size(self, root: Path = ROOT) -> int:
        """Bytes of the files, unzipped."""
        return sum((root / path).stat().st_size for path in self.files(root))


_READ = ("lambdas/query", "lambdas/portal")
_HARVEST = ("lambdas/harvest",)
_MARKET = ("marketplace",)

FUNCTIONS: Mapping[str, FunctionCode] = {
    "read": FunctionCode(handler="lambdas.portal.function.read", layer=Layer.READ, folders=_READ),
    "export": FunctionCode(
        handler="lambdas.portal.function.export", layer=Layer.EXPORT, folders=_READ
    ),
    "publish": FunctionCode(
        handler="lambdas.publish.function.handler",
        layer=Layer.WRITE,
        folders=("lambdas/publish",),
    ),
    "harvest": FunctionCode(
        handler="lambdas.harvest.function.harvest", layer=Layer.WRITE, folders=_HARVEST
    ),
    "plan": FunctionCode(
        handler="lambdas.harvest.function.plan", layer=Layer.WRITE, folders=_HARVEST
    ),
    "landings": FunctionCode(
        handler="lambdas.harvest.landings.handler",
        layer=Layer.LAND,
        folders=_HARVEST,
        without=("lambdas/harvest/bundle",),
    ),
    "fleet": FunctionCode(
        handler="lambdas.fleet.function.handler", layer=Layer.BASE, folders=("lambdas/fleet",)
    ),
    "market-web": FunctionCode(
        handler="marketplace.functions.web.handler",
        layer=Layer.READ,
        folders=(*_MARKET, "lambdas/portal/static"),
    ),
    **{
        f"market-{name}": FunctionCode(
            handler=f"marketplace.functions.{name}.handler", layer=Layer.BASE, folders=_MARKET
        )
        for name in ("events", "clock", "sweep")
    },
}
"""Every function of the product, by its name."""


def layer_folder(layer: Layer, target: Target, root: Path = ROOT) -> Path:
    """Where ``make bundles`` puts a layer: the folder above its ``python/``."""
    return root / "build" / "layers" / target / layer
