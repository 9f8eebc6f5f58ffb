"""Mistakes, made one at a time in a copy of the marketplace: does a test notice each?

Run: ``make mutants``, or ``python -m tests.marketplace.mutants [NAME…]``. Each mutant is a change
of a few words of source, with the test that must fail for it. The first six are the mistakes that
cost sellers money most often; the others are ours to make.

What tests stand on is loaded once; each mutant then runs in a process of its own, forked from that.
"""

import io
import os
import shutil
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import boto3  # noqa: F401  # loaded once, for all that are forked
import hypothesis.stateful  # noqa: F401
import moto  # noqa: F401
import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mistake.

    Attributes:
        name: what is done wrong.
        file: where, below ``marketplace/``.
        old: the words that are there, once.
        new: what stands there instead.
        test: the test that must fail, as pytest names it below ``tests/marketplace/``.
            Where there are several, with a space between them, one of them.
    """

    name: str
    file: str
    old: str
    new: str
    test: str


LISTED = (
    Mutant(
        name="the timestamp is that of sending",
        file="metering.py",
        old="self._market.metering.send([row.record for row in sent])",
        new="self._market.metering.send([msgspec.structs.replace(row.record, "
        "hour=floor_hour(now)) for row in sent])",
        test="test_metering.py::test_a_row_keeps_its_hour_however_late_it_is_sent",
    ),
    Mutant(
        name="a tier changes in the open hour",
        file="life.py",
        old="tier.effective_at <= hour]",
        new="tier.effective_at <= hour + timedelta(hours=1)]",
        test="test_metering.py::test_a_tier_that_is_decided_within_an_hour_holds_from_the_next",
    ),
    Mutant(
        name="what was not processed counts as accepted",
        file="metering.py",
        old='postponed(row, now, "not processed", in_doubt=True, chance=chance)',
        new='ended(row, HourState.ACCEPTED, f"{chance}", now)',
        test="test_metering.py::test_a_record_that_was_not_processed_is_sent_again_and_not_counted",
    ),
    Mutant(
        name="the quantity is computed anew when it is sent again",
        file="moves.py",
        old="        state=HourState.SENDING,\n",
        new="        state=HourState.SENDING,\n"
        "        record=msgspec.structs.replace(row.record, quantity=row.attempts + 1),\n",
        test="test_metering.py::test_a_request_without_an_answer_is_sent_again_to_the_byte",
    ),
    Mutant(
        name="another quantity that is billed already counts as success",
        file="metering.py",
        old="case RecordStatus.SUCCESS if verdict.record.quantity == row.record.quantity:",
        new="case RecordStatus.SUCCESS | RecordStatus.DUPLICATE:",
        test="test_metering.py::test_a_different_quantity_is_a_conflict_and_never_a_success",
    ),
    Mutant(
        name="a whole batch is given up for one bad record",
        file="metering.py",
        old="            self._send_half(rows[:half], then=rows[half:])\n"
        "            self._send_half(rows[half:])\n",
        new="            for row in rows[half:] and rows:\n"
        "                self._finish(row, HourState.REJECTED, str(refused))\n",
        test="test_metering.py::test_one_bad_licence_is_found_and_the_other_24_are_billed",
    ),
)

MORE = (
    Mutant(
        name="only the halves' first half is sent",
        file="metering.py",
        old="            self._send_half(rows[half:])\n",
        new="",
        test="test_metering.py::test_one_bad_licence_is_found_and_the_other_24_are_billed",
    ),
    Mutant(
        name="a product code is sent beside the licence",
        file="clients.py",
        old="self._client.batch_meter_usage(UsageRecords=body)",
        new='self._client.batch_meter_usage(UsageRecords=body, ProductCode="hourlycode1")',
        test="test_metering.py::test_no_request_names_a_product_or_the_older_kind_of_customer",
    ),
    Mutant(
        name="the month's end is forgotten",
        file="hours.py",
        old="return min(hour + window, next_month(hour) + MONTH_GRACE)",
        new="return hour + window",
        test="test_metering.py::test_a_month_that_ends_closes_its_hours_at_six",
    ),
    Mutant(
        name="an hour that was begun is charged",
        file="hours.py",
        old="        hour = ceil_hour(span.start)\n",
        new="        hour = floor_hour(span.start)\n",
        test="test_clock.py::test_who_comes_back_within_the_hour_keeps_its_city",
    ),
    Mutant(
        name="an hour that did not end is charged",
        file="hours.py",
        old="        while hour + HOUR <= end:\n",
        new="        while hour < end:\n",
        test="test_metering.py::test_only_hours_that_were_active_from_start_to_end_are_charged",
    ),
    Mutant(
        name="facts mean what their arrival makes of them",
        file="facts/__init__.py",
        old="return sorted(once.values(), key=lambda fact: (fact.at, _ends(fact), fact.id))",
        new="return list(once.values())",
        test="test_events.py::test_any_order_and_repetition_of_a_history_means_the_same",
    ),
    Mutant(
        name="a licence comes back however long it was over",
        file="course.py",
        old="at < self.ended_at + REVIVAL",
        new="at >= self.ended_at",
        test="test_events.py::test_any_order_and_repetition_of_a_history_means_the_same",
    ),
    Mutant(
        name="a final end is not final",
        file="fold.py",
        old="    if licence.is_closed:\n",
        new="    if licence.is_closed and course.on_since is None:\n",
        test="test_clock.py::test_after_its_end_is_final_nothing_brings_a_licence_back",
    ),
    Mutant(
        name="a final end leaves hours to charge behind it",
        file="fold.py",
        old="last = _earliest(cut_at, ends_at, closed.ended_at if closed is not None else None)",
        new="last = _earliest(cut_at, ends_at)",
        test="test_clock.py::test_after_its_end_is_final_nothing_brings_a_licence_back",
    ),
    Mutant(
        name="a renewal under the same licence counts as an end",
        file="course.py",
        old="if not (status in SUCCESSIONS and agreement.goes_on_in(names)):",
        new="if agreement.goes_on_in(names) or status:",
        test="test_clock.py::test_a_renewal_goes_on_with_each_hour_once_and_no_gap",
    ),
    Mutant(
        name="a successor begins though its predecessor's hours are not closed",
        file="clock.py",
        old="            return False  # what its predecessor owes comes first\n",
        new="            pass\n",
        test="test_clock.py::test_a_successor_begins_when_its_predecessors_last_hour_is_closed",
    ),
    Mutant(
        name="hours are made again that were made",
        file="closing.py",
        old=", after=claim.closed_through)",
        new=")",
        test="test_metering.py::test_only_hours_that_were_active_from_start_to_end_are_charged",
    ),
    Mutant(
        name="hours closed after an end that was heard of late are kept quiet",
        file="closing.py",
        old="            _give_back(market, row, now)\n",
        new="            continue\n",
        test="test_metering.py::"
        "test_an_hour_that_was_accepted_and_then_proved_not_to_be_owed_is_told_once",
    ),
    Mutant(
        name="a sender that died keeps its hours for ever",
        file="hours.py",
        old="return self.leased_until is None or self.leased_until <= now",
        new="return self.leased_until is None",
        test="test_metering.py::test_a_sender_that_died_is_followed_by_another_who_asks_again",
    ),
    Mutant(
        name="answers are matched by their place",
        file="metering.py",
        old="row = waiting.pop(_key(verdict.record), None)",
        new="row = waiting.pop(next(iter(waiting)), None)",
        test="test_metering.py::test_answers_are_matched_by_what_they_say_and_not_by_their_place",
    ),
    Mutant(
        name="only the first page is read",
        file="clients.py",
        old="        if not page.get(token):\n",
        new="        if page is not None:\n",
        test="test_clock.py::test_a_contract_for_a_smaller_tier_is_asked_about_and_does_not_begin",
    ),
    Mutant(
        name="throttling is taken for a refusal",
        file="clients.py",
        old='        "ThrottlingException",\n',
        new="",
        test="test_metering.py::test_a_request_without_an_answer_is_sent_again_to_the_byte",
    ),
    Mutant(
        name="a service that cannot be reached is taken for a mistake of ours",
        file="clients.py",
        old="except (Unconnected, HTTPClientError) as error:",
        new="except HTTPClientError as error:",
        test="test_metering.py::test_a_request_without_an_answer_is_sent_again_to_the_byte",
    ),
    Mutant(
        name="eleven requests are sent in a second",
        file="metering.py",
        old="CALLS_A_SECOND = 10\n",
        new="CALLS_A_SECOND = 11\n",
        test="test_metering.py::test_the_pace_is_kept_over_many_requests",
    ),
    Mutant(
        name="a run does not know that another has just ended",
        file="metering.py",
        old="began = [market.now()] * CALLS_A_SECOND",
        new="began = [market.now() - timedelta(hours=1)] * CALLS_A_SECOND",
        test="test_metering.py::test_the_pace_is_kept_from_one_run_to_the_next",
    ),
    Mutant(
        name="26 records are in a request",
        file="aws.py",
        old="MOST_RECORDS = 25\n",
        new="MOST_RECORDS = 26\n",
        test="test_metering.py::test_two_products_are_never_in_one_request",
    ),
    Mutant(
        name="products are mixed in a request",
        file="metering.py",
        old="        code = row.product_code\n",
        new='        code = row.product_code and ""\n',
        test="test_metering.py::test_two_products_are_never_in_one_request",
    ),
    Mutant(
        name="whether an hour is closed is looked at before the wait for its request",
        file="metering.py",
        old="        self._keep_pace()\n        now = self._market.now()\n",
        new="        now = self._market.now()\n        self._keep_pace()\n",
        test="test_metering.py::"
        "test_nothing_is_sent_after_its_closing_time_though_its_run_began_before",
    ),
    Mutant(
        name="a buyer who is none for AWS is given up while its agreement is active",
        file="metering.py",
        old="        if is_active is False:\n",
        new="        if is_active is not None:\n",
        test="test_metering.py::"
        "test_a_buyer_who_is_none_says_aws_is_kept_while_its_agreement_is_active",
    ),
    Mutant(
        name="a lost answer leaves no doubt behind",
        file="metering.py",
        old="            self._again(sent, str(unknown), in_doubt=True)\n",
        new="            self._again(sent, str(unknown), in_doubt=False)\n",
        test="test_metering.py::test_an_hour_in_doubt_that_is_lost_is_told_apart",
    ),
    Mutant(
        name="a contract is metered",
        file="life.py",
        old="return self.kind is ProductKind.HOURLY",
        new="return self.kind is not None",
        test="test_metering.py::test_a_contract_is_never_metered",
    ),
    Mutant(
        name="a second buyer of a place is let in",
        file="registration.py",
        old='if held is not None and held.licence not in ("", licence.id):',
        new='if held is not None and held.licence == "nobody":',
        test="test_clock.py::test_a_place_is_one_buyers_alone",
    ),
    Mutant(
        name="the tier flaps with one vintage",
        file="tiering.py",
        old="    if then > now and last > now:\n",
        new="    if last > now:\n",
        test="test_sweep.py::test_a_tier_follows_two_vintages_in_a_row",
    ),
    Mutant(
        name="a bill counts what was sent and not what was accepted",
        file="bill.py",
        old="        if entry.state is HourState.ACCEPTED and hour is not None:\n",
        new="        if hour is not None:\n",
        test="test_invariants.py",
    ),
    Mutant(
        name="an hour is closed while its end may still be heard of",
        file="closing.py",
        old="now - market.windows.settling",
        new="now",
        test="test_clock.py::"
        "test_an_end_that_is_heard_of_within_ten_minutes_closes_no_hour_too_many",
    ),
)


_NONE = Mutant(
    name="no mistake", file="aws.py", old="MOST_RECORDS = 25", new="MOST_RECORDS = 25", test=""
)


def main(names: list[str]) -> int:
    """Run the mutants of these names, the ``listed`` ones, or all; say which live."""
    chosen = [held for held in (*LISTED, *MORE) if not names or held.name in names]
    if names == ["listed"]:
        chosen = list(LISTED)
    if killed(replace(_NONE, test=" ".join(sorted({mutant.test for mutant in chosen})))):
        print("a test fails without any mistake")
        return 2
    lives = []
    for mutant in chosen:
        began = time.monotonic()
        is_killed = killed(mutant)
        lives += [] if is_killed else [mutant]
        took = time.monotonic() - began
        print(f"{'killed' if is_killed else 'LIVES '} {took:5.1f} s  {mutant.name}", flush=True)
    print(f"{len(chosen) - len(lives)} of {len(chosen)} mutants killed")
    return 1 if lives else 0


def killed(mutant: Mutant) -> bool:
    """Whether the test of a mutant fails for it."""
    with tempfile.TemporaryDirectory(prefix="citylake-mutant-") as folder:
        root = Path(folder)
        plant(mutant, root)
        child = os.fork()
        if child == 0:
            os._exit(_run(mutant, root))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code not in (0, 1):
            raise ValueError(f"{mutant.name}: {mutant.test} could not be run ({code})")
        return code == 1


def plant(mutant: Mutant, root: Path) -> None:
    """Copy the marketplace and its tests, with the mistake in it."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "marketplace", root / "marketplace", ignore=skip)
    for kept in ("tests/marketplace", "tests/fixtures/marketplace"):
        shutil.copytree(ROOT / kept, root / kept, ignore=skip)
    for kept in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / kept, root / kept)
    for kept in ("citylake", "local"):
        (root / kept).symlink_to(ROOT / kept)
    path = root / "marketplace" / mutant.file
    text = path.read_text("utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(
            f"{mutant.name}: {mutant.old!r} stands {text.count(mutant.old)} times in {mutant.file}"
        )
    path.write_text(text.replace(mutant.old, mutant.new), "utf-8")


def _run(mutant: Mutant, root: Path) -> int:
    """In the forked process: run one test over the copy. 1 says that it failed."""
    os.chdir(root)
    os.environ["CITYLAKE_MARKET_FAST"] = "1"
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]
    sys.path[:0] = [str(root)]
    out = io.StringIO()
    asked = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    tests = [f"tests/marketplace/{test}" for test in mutant.test.split()]
    code = 9
    try:
        with redirect_stdout(out), redirect_stderr(out):
            code = int(pytest.main([*asked, *tests]))
    finally:
        if code not in (0, 1) or (code and mutant.name == _NONE.name):
            sys.stderr.write(out.getvalue()[-3000:])
            os._exit(code)
    return code


_LOADED = "pytest.PytestAssertRewriteWarning"
_OURS = frozenset({"citylake", "local", "marketplace", "tests"})

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
