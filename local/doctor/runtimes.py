"""How long AWS still keeps the runtimes that the functions run on."""

from collections.abc import Iterator, Mapping
from datetime import date

from local.doctor.clients import Clients
from local.doctor.finding import Finding

ENDS: Mapping[str, date] = {
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
}
"""When a runtime is deprecated: no security updates from then on, and no changes two months later.

Source: AWS, "Lambda runtimes", as listed by endoflife.date/aws-lambda in February 2026.
"""

DEPLOYED = "python3.13"
"""The runtime that the stacks name."""

WARN_DAYS = 365


def examine_runtimes(clients: Clients, today: date) -> Iterator[Finding]:
    """Look at the runtime that is deployed with, and at those of the functions that are there."""
    found: dict[str, int] = {DEPLOYED: 0}
    for page in clients.lambdas.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            runtime = function.get("Runtime", "")
            if runtime and function["FunctionName"].lower().startswith("citylake-"):
                found[runtime] = found.get(runtime, 0) + 1
    for runtime, functions in sorted(found.items()):
        yield _runtime(runtime, functions, today)


def _runtime(runtime: str, functions: int, today: date) -> Finding:
    subject = f"runtime {runtime}"
    held = f"{functions} functions"
    end = ENDS.get(runtime)
    if end is None:
        remedy = "look it up in AWS's «Lambda runtimes», or deploy again with a newer Citylake"
        return Finding(subject, ok=False, found=f"{held}; its end is not known here", remedy=remedy)
    left = (end - today).days
    if left > WARN_DAYS:
        return Finding(subject, ok=True, found=f"{held}; AWS keeps it until {end}")
    when = f"ends on {end}, in {left} days" if left >= 0 else f"ended on {end}"
    remedy = (
        "deploy a Citylake that names a newer runtime, layers first (make bundles, make deploy), "
        "then upgrade the cities"
    )
    return Finding(subject, ok=False, found=f"{held}; it {when}", remedy=remedy)
