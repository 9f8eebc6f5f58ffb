"""The page that says where the bundled figures come from, written from the bundle itself."""

from lambdas.harvest.bundle import Bundled, Manifest, read_manifest

_HEAD = """\
# Where do the figures come from, and what was left out?

Made by `make bundle` from `lambdas/harvest/bundle/bundle.json`; a test keeps it in step. Each
original was read on the day given, from the public copy named beside it; its checksum (SHA-256,
first twelve digits here) stands for the bytes. A figure that cannot be attributed with certainty
is left out, counted and listed, never guessed.
"""


def describe(manifest: Manifest) -> str:
    """Word the bundle's lineage as a page of Markdown: a section per dataset."""
    total = sum(entry.records for entry in manifest.datasets)
    head = f"{_HEAD}\n{len(manifest.datasets)} datasets, {total:,} records.\n"
    return "\n".join([head, *(_section(entry) for entry in manifest.datasets)])


def _section(entry: Bundled) -> str:
    lines = [
        f"## {entry.id}\n",
        f"{entry.records:,} records from {entry.records_in:,} published ones.\n",
        "| publisher | vintage | original | read | checksum | copy |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {receipt.publisher} | {receipt.vintage} | <{receipt.address}> | {receipt.retrieved_on} "
        f"| `{receipt.sha256[:12]}` | {_cell(receipt.copied_from)} |"
        for receipt in entry.receipts
    ]
    notes = [
        f"* {receipt.publisher}, {receipt.vintage}: {receipt.note}"
        for receipt in entry.receipts
        if receipt.note
    ]
    if notes:
        lines += ["\nWhat is odd about them:\n", *notes]
    if entry.left_out:
        lines += ["\n| left out | why | for example |", "| ---: | --- | --- |"]
        lines += [
            f"| {left.count:,} | {_cell(left.reason)} | {_cell('; '.join(left.examples[:3]))} |"
            for left in entry.left_out
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    # The page goes where the caller says.
    print(describe(read_manifest()), end="")
