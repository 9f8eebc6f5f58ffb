"""Mail: what is written to buyers and to ops, and by what it is sent."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from citylake.errors import InputInvalid, OutcomeUnknown

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_LONGEST = 254
"""Characters that a mail address may have (RFC 5321, section 4.5.3.1.3)."""

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]")
_LOCAL_LENGTH = 64


class Mail(NamedTuple):
    """One message, in plain text.

    Attributes:
        to: an address.
        subject: of one line.
        text: what it says.
    """

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """What sends mail."""

    def send(self, mail: Mail) -> None:
        """Send a message.

        Raises:
            OutcomeUnknown: it was not taken, or nobody knows.
        """


class SesMailer:
    """Sends through Amazon SES.

    Args:
        client: of SES, version 2.
        sender: a verified address.
    """

    def __init__(self, client: "SESV2Client", sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Send a message."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # slow to load

        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [mail.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
                    }
                },
            )
        except (ClientError, BotoCoreError) as error:
            # Not the reason's words: they may repeat the address.
            raise OutcomeUnknown(f"SES did not take a message: {type(error).__name__}") from None


class Outbox:
    """Sends nothing: keeps what was to be sent, and shows it. For one machine.

    Args:
        show: told of each message.
    """

    def __init__(self, show: Callable[[Mail], None] = lambda _: None) -> None:
        self.sent: list[Mail] = []
        self._show = show

    def send(self, mail: Mail) -> None:
        """Keep a message."""
        self.sent.append(mail)
        self._show(mail)


def read_address(text: str) -> str:
    """Check a mail address, and write it as we know it: in lower case.

    Addresses with quotes, comments, or letters beyond ASCII are refused: what stands for whom is
    decided by comparing addresses, and these have more than one way to be written.

    Raises:
        InputInvalid: it is none.
    """
    address = text.strip().lower()
    local, _, domain = address.rpartition("@")
    if (
        len(address) > _LONGEST
        or len(local) > _LOCAL_LENGTH
        or not _LOCAL.fullmatch(local)
        or not _DOMAIN.fullmatch(domain)
    ):
        raise InputInvalid(
            f"{text[:80]!r} is no mail address that is taken here; expected name@example.gov"
        )
    return address


def domain_of(address: str) -> str:
    """The domain of a checked address."""
    return address.rpartition("@")[2]
