"""Writes web/gate/verify/vectors.json: codes of every sort, which this server and the browser's gate must judge alike.

.venv/bin/python -m tests.credentials.vectors
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from lianfang.credentials import statuslist, token
from lianfang.credentials.model import RED, VOID, YELLOW, Colour, Credential, Kind
from tests.credentials.test_token import PHONE, SERVER, STRANGER, point

FILE = Path(__file__).parents[2] / "web/gate/verify/vectors.json"
NOW = datetime(2022, 11, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _signed(
    number: int,
    kind: Kind = "phone",
    issued: datetime = NOW - HOUR,
    colour: Colour = "green",
    key: ec.EllipticCurvePrivateKey = SERVER,
) -> bytes:
    device, document = (point(PHONE), "") if kind == "phone" else (b"", "513****1234")
    expires = issued + timedelta(days=1 if kind == "phone" else 180)
    return token.issue(key, kind.encode(), Credential(kind, number, issued, expires, "张*丰", colour, device, document))


def _shown(number: int, at: datetime = NOW, **of: Any) -> str:
    return token.present(PHONE, _signed(number, **of), at)


def made() -> dict[str, Any]:
    printed = token.text_of(_signed(5, "printed"))
    live = _shown(1)
    cases = {
        "green": live,
        "yellow": _shown(2),
        "red": _shown(3),
        "printed": printed,
        "printed red": token.text_of(_signed(7, "printed")),
        "void printed": token.text_of(_signed(6, "printed")),
        "void phone": _shown(4),
        "red and newer than the list": _shown(9, issued=NOW - timedelta(seconds=10), colour="red"),
        "stale phone": _shown(1, issued=NOW - 25 * HOUR),
        "screenshot": _shown(1, NOW - timedelta(seconds=31)),
        "clock ahead": _shown(1, NOW + timedelta(seconds=31)),
        "another phone": token.present(STRANGER, _signed(1), NOW),
        "bare credential": token.text_of(_signed(1)),
        "own credential": _shown(1, key=STRANGER),
        "door": "https://example.org/v/ABCDEFGH",
        "cut": live[:-3],
        "nothing": "LF2:",
    }
    lists = {
        "phone": statuslist.build(token.LIST_SIZE, [(2, YELLOW), (3, RED), (4, VOID)]),
        "printed": statuslist.build(token.LIST_SIZE, [(6, VOID), (7, RED)]),
    }
    at = NOW - timedelta(minutes=1)
    return {
        "now": int(NOW.timestamp()) * 1000,
        "keys": [
            {
                "kid": role.encode().hex(),
                "role": role,
                "public_key": point(SERVER).hex(),
                "until": "2023-01-01T00:00:00Z",
            }
            for role in ("phone", "printed", "status")
        ],
        "lists": [
            base64.b64encode(statuslist.sign(SERVER, b"status", kind, 0, 7, packed, at)).decode()  # type: ignore[arg-type]
            for kind, packed in lists.items()
        ],
        "codes": {name: {"text": text, "answer": ANSWERS[name]} for name, text in cases.items()},
    }


ANSWERS = {
    "green": "green",
    "yellow": "yellow",
    "red": "red",
    "printed": "green",
    "printed red": "red",
    "void printed": "void",
    "void phone": "void",
    "red and newer than the list": "red",
    "stale phone": "expired",
    "screenshot": "stale",
    "clock ahead": "ahead",
    "another phone": "forged",
    "bare credential": "forged",
    "own credential": "forged",
    "door": "place",
    "cut": "unknown",
    "nothing": "unknown",
}

if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), ensure_ascii=False, indent=1) + "\n")
