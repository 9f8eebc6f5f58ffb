"""The products on AWS Marketplace that this deployment sells."""

import json
import os
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from citylake.errors import InputInvalid


class ProductKind(StrEnum):
    """How a product is paid."""

    HOURLY = "hourly"
    YEARLY = "yearly"


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product.

    Attributes:
        code: by which the metering and entitlement services know it.
        kind: metered by the hour, or a contract, which is never metered.
        id: by which agreements know it (``prod-…``); empty if it is not known yet.
        public_offers: the offers that anyone sees; an agreement by another one is a private offer.
    """

    code: str
    kind: ProductKind
    id: str = ""
    public_offers: tuple[str, ...] = ()

    def private_offer(self, offer: str) -> str:
        """The offer if it is a private one, or else nothing; which are public must be known."""
        return offer if self.public_offers and offer not in self.public_offers else ""


class Products(msgspec.Struct, frozen=True):
    """All products of this deployment.

    Attributes:
        listed: each with a code of its own.
    """

    listed: tuple[Product, ...]

    def find(self, *, code: str = "", product_id: str = "") -> Product | None:
        """The product of this code, or else of this id; ``None`` if it is not ours."""
        for product in self.listed:
            if (code and product.code == code) or (product_id and product.id == product_id):
                return product
        return None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Products":
        """Read ``CITYLAKE_PRODUCTS``: JSON, ``[{"code": …, "kind": "hourly", "id": …}]``.

        Raises:
            InputInvalid: it is missing or not of this form, or two products share a code.
        """
        text = environment.get("CITYLAKE_PRODUCTS", "")
        try:
            listed = msgspec.convert(json.loads(text), tuple[Product, ...])
        except (msgspec.ValidationError, ValueError) as error:
            raise InputInvalid(
                f"CITYLAKE_PRODUCTS is {text[:200]!r} ({error}); expected JSON like "
                '[{"code": "abc", "kind": "hourly", "id": "prod-abc"}]'
            ) from error
        if len({product.code for product in listed}) < len(listed):
            raise InputInvalid(f"CITYLAKE_PRODUCTS names a code twice: {text[:200]!r}")
        return cls(listed)
