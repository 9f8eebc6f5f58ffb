"""What is sold on AWS Marketplace, and in whose name: the file that ``-c market=FILE`` names.

Products have their codes only once their listings exist, so none of it can stand in the project.
``marketplace/listing/market.example.toml`` shows the form.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from citylake.errors import InputInvalid

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Selling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a deployment of the marketplace is told.

    Attributes:
        sender: mail address that we write from; an identity of SES in the marketplace's region.
        support: mail address that helps buyers.
        products: as ``marketplace/products.py`` takes them.
        showcase: address of the showcase, if buyers may look at it.
        domain: host of the pages; the API's own if empty.
        certificate: ARN of the domain's certificate, in the marketplace's region.
    """

    sender: str
    support: str
    products: tuple[dict[str, str | list[str]], ...]
    showcase: str = ""
    domain: str = ""
    certificate: str = ""

    def __post_init__(self) -> None:
        for name in ("sender", "support"):
            text = getattr(self, name)
            if not _ADDRESS.fullmatch(text):
                raise InputInvalid(f"{name} is {text!r}; expected a mail address")
        if bool(self.domain) is not bool(self.certificate):
            raise InputInvalid(
                f"domain is {self.domain!r} and certificate {self.certificate!r}; expected both "
                "or neither"
            )
        _check_products(self.products)

    @property
    def products_json(self) -> str:
        """The products as the functions' environment has them."""
        return json.dumps(self.products, separators=(",", ":"), sort_keys=True)


def read_selling(path: Path) -> Selling:
    """Read the file.

    Raises:
        InputInvalid: it is not there, is no TOML, or does not say what it must.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Selling)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputInvalid(
            f"{path} does not say what is sold: {error}; "
            "marketplace/listing/market.example.toml shows the form"
        ) from error


def _check_products(products: Sequence[Mapping[str, str | list[str]]]) -> None:
    known = {"code", "kind", "id", "public_offers"}
    for product in products:
        if not product.get("code") or product.get("kind") not in ("hourly", "yearly"):
            raise InputInvalid(f"{product} is no product; expected a code, and hourly or yearly")
        if set(product) - known:
            raise InputInvalid(f"{product} has {sorted(set(product) - known)}; expected {known}")
    codes = [str(product["code"]) for product in products]
    if len(set(codes)) < len(codes):
        raise InputInvalid(f"the products {codes} name a code twice")
