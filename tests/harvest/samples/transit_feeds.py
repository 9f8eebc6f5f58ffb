"""Feeds of the Mobility Database: active, replaced, inactive, without municipality, abroad."""

# ruff: noqa: E501 - one feed a line

import json


def _feed(number: int, provider: str, municipality: str | None, **other: object) -> str:
    status = other.pop("status", None)
    state = other.pop("state", "North Carolina")
    return json.dumps(
        {
            "mdb_source_id": number,
            "data_type": "gtfs",
            "provider": provider,
            **({"status": status} if status else {}),
            "location": {
                "country_code": other.pop("country", "US"),
                **({"subdivision_name": state} if state else {}),
                **({"municipality": municipality} if municipality else {}),
                "bounding_box": {"minimum_latitude": None},
            },
            "urls": {
                "direct_download": f"https://feeds.example.org/{number}.zip",
                **({"authentication_type": 1} if other.pop("key", None) else {}),
            },
            **other,
        }
    )


FEEDS = "\n".join(
    [
        _feed(378, "Duke University", "Durham", redirect=[]),
        _feed(377, "GoDurham", "Durham", status="deprecated", redirect=[{"id": "tld-98"}]),
        _feed(374, "GoTriangle", "Durham", status="deprecated", redirect=[{"id": "mdb-3183", "comment": " "}]),
        _feed(3183, "GoTriangle", None, status="active", key=True, name="Regional"),
        _feed(1, "Old Bus", "Durham", status="inactive"),
        _feed(2, "Coach", None),
        _feed(3, "Wisconsin Coach", "Superior", state="Wisconsin"),
        _feed(4, "County Bus", "Durham County"),
        _feed(5, "Toronto", "Toronto", country="CA", state="Ontario"),
        "",
    ]
)  # fmt: skip

FILES = {"transit/mobility_database_us_schedule_feeds.jsonl": FEEDS.encode()}
