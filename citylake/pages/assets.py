"""What ``web/`` built: styles, scripts, letters and outlines, under addresses that never change.

There is one build, which the portal's folder holds; the marketplace's pages are served from it too.
"""

import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from citylake.errors import PageNotFound, PortalError

_BUILT = Path(__file__).parents[2] / "lambdas" / "portal" / "static"
"""Where the build lies, in the project and in every function's zip that has it."""

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


class AssetsMissing(PortalError):
    """The portal's styles and scripts were never built."""


class _Manifest(msgspec.Struct, frozen=True):
    build: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent.

    Attributes:
        body: its bytes.
        content_type: with the charset for text.
    """

    body: bytes
    content_type: str


class Assets:
    """The files of one build, by their names.

    Args:
        folder: what ``npm run build`` wrote.

    Raises:
        AssetsMissing: there is no build in the folder.
    """

    def __init__(self, folder: Path = _BUILT) -> None:
        try:
            held = (folder / "manifest.json").read_bytes()
        except FileNotFoundError as error:
            raise AssetsMissing(
                f"the portal's styles are not built: {folder} has no manifest.json; run make web"
            ) from error
        self._manifest = msgspec.json.decode(held, type=_Manifest)
        self._folder = folder
        self._names = frozenset(self._manifest.files)

    def address(self, name: str) -> str:
        """Where a browser finds a file.

        Raises:
            PageNotFound: this build has no such file.
        """
        self._check(name)
        return f"/assets/{self._manifest.build}/{name}"

    def has(self, name: str) -> bool:
        """Whether this build has a file of this name."""
        return name in self._names

    def read(self, name: str) -> bytes:
        """Read a file.

        Raises:
            PageNotFound: this build has no such file.
        """
        self._check(name)
        return _read(self._folder / name)

    def serve(self, path: str) -> Asset:
        """Answer a browser that asks for ``{build}/{name}``.

        Raises:
            PageNotFound: another build's file, or none.
        """
        build, _, name = path.partition("/")
        if build != self._manifest.build:
            raise PageNotFound(f"There is no file /assets/{path[:80]}.")
        suffix = Path(name).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Asset(self.read(name), kind)

    def _check(self, name: str) -> None:
        """Only names of the manifest are opened, so no path leaves the folder."""
        if name not in self._names:
            raise PageNotFound(f"There is no file /assets/{self._manifest.build}/{name[:80]}.")


@lru_cache(maxsize=128)
def _read(path: Path) -> bytes:
    return path.read_bytes()
