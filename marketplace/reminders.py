"""What buyers are written when something waits for them, or will change."""

from collections.abc import Mapping

from citylake.errors import OutcomeUnknown
from marketplace.alarms import Alarm, Ring, Trouble
from marketplace.facts import Reminded
from marketplace.life import Awaited, Licence
from marketplace.mail import Mail, Mailer
from marketplace.office import Office

_SUBJECTS: Mapping[str, str] = {
    Awaited.REGISTRATION: "Set up the account of your subscription",
    Awaited.LICENCE: "AWS has not confirmed your subscription yet",
    Awaited.PLACE: "Choose the city of your subscription",
    Awaited.PROOF: "Prove that you speak for your city",
}
_TEXTS: Mapping[str, str] = {
    Awaited.REGISTRATION: """\
Your organization subscribed to Citylake on AWS Marketplace and has not set up its account yet.
Choose "Set up your account" among your subscriptions there.""",
    Awaited.LICENCE: """\
You set up your account, and AWS has not confirmed the subscription since. We look into it. You need
not do anything; if it was cancelled meanwhile, this message can be passed over.""",
    Awaited.PLACE: """\
Your subscription to Citylake waits for you to say which city it is for.""",
    Awaited.PROOF: """\
Your subscription to Citylake waits for the proof that you speak for the city that you chose: mail
in its own domain, or a person of ours who decides.""",
}
_CHANGE = "Your plan will change"
_CHANGED = """\
The Census Bureau's estimates of two years in a row put your city into another tier: {what}. The
page of your plan shows the population and the price. You need not do anything."""
_END = "\n\n{address}\n\nHelp: {help}\n"


class Reminders:
    """Writes to those who may see a licence; where there is nobody, a person of ours is told.

    Args:
        office: knows who they are.
        mailer: sends.
        ring: tells a person.
        origin: address of our pages, without a slash at its end.
        help: who helps.
    """

    def __init__(
        self,
        office: Office,
        mailer: Mailer,
        ring: Ring,
        *,
        origin: str,
        help: str,  # noqa: A002  # what it is
    ) -> None:
        self._office = office
        self._mailer = mailer
        self._ring = ring
        self._origin = origin
        self._help = help

    def __call__(self, licence: Licence, reminded: Reminded) -> None:
        """Write what a reminder says; mail that is not taken is told of, and not tried for ever."""
        people = self._office.people_of(licence.id) if licence.id else ()
        if not people:
            words = (
                f"{licence.id or ', '.join(licence.agreements)} of AWS account "
                f"{licence.account or 'unknown'} waits ({reminded.what}, day {reminded.day}), and "
                "nobody signed in for it: reach its contacts through AWS Marketplace"
            )
            self._ring(Alarm(Trouble.STUCK, licence.id, words))
        subject = _SUBJECTS.get(reminded.what, _CHANGE)
        text = _TEXTS.get(reminded.what, _CHANGED)
        end = _END.format(address=f"{self._origin}/subscriptions/{licence.id}/", help=self._help)
        for person in people:
            mail = Mail(
                to=person.address, subject=subject, text=text.format(what=reminded.what) + end
            )
            try:
                self._mailer.send(mail)
            except OutcomeUnknown as error:
                self._ring(Alarm(Trouble.UNREACHABLE, licence.id, f"a reminder: {error}"))
