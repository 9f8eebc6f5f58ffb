"""What would keep the portal from running on this machine, and how to mend it."""

import sys
from collections.abc import Iterator
from pathlib import Path

from citylake.attachments import attachment_key
from citylake.datasets import NATIONAL
from citylake.errors import PortalError
from citylake.lake.read import Lake
from citylake.lake.store import FolderStore, folder_lock
from citylake.pages.assets import Assets
from local.doctor.finding import Finding

OLDEST_PYTHON = (3, 11)


def examine_machine(home: Path) -> list[Finding]:
    """Look at Python, the portal's assets, the lake's folder and every current release."""
    lake = Lake(FolderStore(home))
    return [_python(), _assets(), _folder(home), *_lake(home, lake)]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= OLDEST_PYTHON
    remedy = "" if ok else f"use Python {'.'.join(map(str, OLDEST_PYTHON))} or newer"
    return Finding("python", ok, found, remedy)


def _assets() -> Finding:
    subject = "portal's scripts and styles"
    try:
        Assets()
    except PortalError as error:
        return Finding(subject, ok=False, found=str(error), remedy="run make web")
    return Finding(subject, ok=True, found="built")


def _folder(home: Path) -> Finding:
    try:
        with folder_lock(home):
            return Finding("folder", ok=True, found=f"{home.absolute()} can be written")
    except PortalError as error:
        return Finding("folder", ok=False, found=str(error), remedy="choose another with --home")


def _lake(home: Path, lake: Lake) -> Iterator[Finding]:
    fill = f"run citylake harvest --home {home}"
    try:
        begun = lake.check_format()
        catalogs = [lake.catalog(namespace).catalog for namespace in lake.namespaces()]
    except PortalError as error:
        yield Finding("lake", ok=False, found=str(error), remedy="see the message")
        return
    count = sum(len(catalog.datasets) for catalog in catalogs)
    if not begun or not count:
        yield Finding("lake", ok=False, found="empty", remedy=fill)
        return
    yield Finding("lake", ok=True, found=f"{count} datasets")
    for catalog in catalogs:
        for dataset_id in catalog.datasets:
            if catalog.namespace == NATIONAL:
                yield _dataset(lake, dataset_id, NATIONAL, f"{fill} --anew")
            else:
                again = f"publish its file again, or citylake restore {dataset_id} an older release"
                yield _dataset(lake, dataset_id, catalog.namespace, again)


def _dataset(lake: Lake, dataset_id: str, namespace: str, remedy: str) -> Finding:
    subject = dataset_id if namespace == NATIONAL else f"{dataset_id} of {namespace}"
    try:
        release = lake.release(dataset_id, namespace=namespace)
    except PortalError as error:
        return Finding(subject, ok=False, found=str(error), remedy=remedy)
    expected = {file.key: file.size for file in release.files} | {
        attachment_key(namespace, dataset_id, attachment.sha256): attachment.size
        for attachment in release.attachments
    }
    wrong = [
        key
        for key, size in expected.items()
        if not (path := Path(lake.store.root) / key).is_file() or path.stat().st_size != size
    ]
    if wrong:
        found = f"release {release.id} lacks or has damaged {', '.join(wrong)}"
        return Finding(subject, ok=False, found=found, remedy=remedy)
    found = f"release {release.id}, {release.records_count:,} records"
    return Finding(subject, ok=True, found=found)
