"""Counties and what stands in for them, as Geocorr and the EPA write them."""

import re

from lambdas.harvest.clean.names import bare

FORMER_CONNECTICUT: dict[str, str] = {
    "09001": "Fairfield County",
    "09003": "Hartford County",
    "09005": "Litchfield County",
    "09007": "Middlesex County",
    "09009": "New Haven County",
    "09011": "New London County",
    "09013": "Tolland County",
    "09015": "Windham County",
}
"""The eight counties that the Census Bureau used for Connecticut until 2022.

Nine planning regions took their place. Publishers who look back, such as the EPA, still use them.

Source:
    Census Bureau, https://www2.census.gov/geo/docs/reference/codes2020/national_county2020.txt.
"""

_NAMED_BY_CODE = {"02063": "Chugach Census Area", "02066": "Copper River Census Area"}
"""Two census areas of 2019 for which Geocorr prints the code in place of a name.

Source:
    as above.
"""

_MARK = re.compile(r"\s*\([NR]\)$")
_OWN_KIND = re.compile(
    r"(Parish|Borough|Census Area|Municipality|Municipio|Planning Region| city)$"
)
_WITHOUT_COUNTY = frozenset({"11001", "32510"})
_KIND = re.compile(
    r"\s+(county|parish|city and borough|borough|census area|municipality|municipio"
    r"|planning region)$",
    re.IGNORECASE,
)
_CITY = re.compile(r"(\s+city|\s*\(city\))$", re.IGNORECASE)


def county_name(geocorr_name: str, postal: str, code: str) -> str:
    """Write a county as people do: ``Autauga AL`` → ``Autauga County``.

    Louisiana has parishes, Alaska boroughs, Virginia independent cities (``Roanoke city``); the
    District of Columbia and Carson City are neither in a county nor called one.
    """
    if code in _NAMED_BY_CODE:
        return _NAMED_BY_CODE[code]
    name = _MARK.sub("", geocorr_name)
    name = name.removesuffix(f" {postal}").removesuffix(f", {postal}").rstrip(",")
    if code in _WITHOUT_COUNTY or _OWN_KIND.search(name):
        return name
    return f"{name} County"


def county_key(name: str) -> tuple[str, bool]:
    """Reduce a county's name to what publishers agree on, and whether it is an independent city.

    ``Baltimore (City)`` and ``Baltimore city`` are one, ``Baltimore County`` is another.
    """
    stripped = name.strip()
    plain = _KIND.sub("", stripped)
    is_city = plain == stripped and _CITY.search(plain) is not None
    return bare(_CITY.sub("", plain) if is_city else plain), is_city
