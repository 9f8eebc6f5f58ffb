"""What a browser sends, read strictly: size, form, encoding, and every field once."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from citylake.errors import InputInvalid

LARGEST_BODY = 32 * 1024
"""Bytes of a form; AWS Marketplace's own is some hundred."""

MOST_FIELDS = 20

_FORM = "application/x-www-form-urlencoded"
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class BodyTooLarge(InputInvalid):
    """A form is larger than any of ours can be."""


class NotAForm(InputInvalid):
    """What was sent is no form."""


def read_form(event: Mapping[str, Any]) -> dict[str, str]:
    """Read the fields of a form.

    Raises:
        BodyTooLarge: it is larger than it may be.
        NotAForm: it is something else.
        InputInvalid: a field is sent twice, or is not text.
    """
    kind = event["headers"].get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise NotAForm(f"the content type is {kind[:80]!r}; expected {_FORM}")
    body = _body(event)
    if not body.isascii():
        raise NotAForm(f"the body has bytes beyond ASCII; expected {_FORM}")
    return _fields(body.decode("ascii"), "form")


def read_query(event: Mapping[str, Any]) -> dict[str, str]:
    """Read the parameters of an address.

    Raises:
        InputInvalid: one is sent twice, or is not text, or there are too many.
    """
    return _fields(event["rawQueryString"][:LARGEST_BODY], "address")


def read_cookie(event: Mapping[str, Any], name: str) -> str:
    """Read a cookie; empty if none was sent, or more than one of the name."""
    found = [
        value
        for cookie in event.get("cookies") or ()
        for part in str(cookie).split(";")
        for key, _, value in [part.strip().partition("=")]
        if key == name
    ]
    return found[0] if len(found) == 1 else ""


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if len(text) > LARGEST_BODY * 2:
        raise BodyTooLarge(f"{len(text):,} characters were sent; expected a form")
    if not event.get("isBase64Encoded"):
        body = text.encode()
    else:
        try:
            body = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotAForm(f"the body is not what the event says that it is: {error}") from error
    if len(body) > LARGEST_BODY:
        raise BodyTooLarge(f"{len(body):,} bytes were sent; expected at most {LARGEST_BODY:,}")
    return body


def _fields(text: str, where: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise InputInvalid(f"the {where} has bytes that are no UTF-8") from error
    except ValueError as error:
        raise InputInvalid(f"the {where} has over {MOST_FIELDS} fields") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise InputInvalid(f"the {where} names {name[:40]!r} twice; expected it once")
        if _CONTROLS.search(name) or _CONTROLS.search(value):
            raise InputInvalid(f"{name[:40]!r} holds control characters; expected text")
        fields[name] = value
    return fields
