"""The codes that the browser's gate is tested with mean the same to the server."""

import json
from datetime import UTC, datetime

from lianfang.credentials import token
from lianfang.credentials.model import Kind
from tests.credentials.vectors import ANSWERS, FILE

VECTORS = json.loads(FILE.read_text())
KEYS = {(one["kid"], one["role"]): bytes.fromhex(one["public_key"]) for one in VECTORS["keys"]}
BY_LIST = {"void", "yellow", "red"}  # what a signature alone doesn't tell


def find_key(kid: bytes, kind: Kind) -> bytes | None:
    return KEYS.get((kid.hex(), kind))


def test_the_server_judges_the_browsers_vectors_alike() -> None:
    assert {name: one["answer"] for name, one in VECTORS["codes"].items()} == ANSWERS
    now = datetime.fromtimestamp(VECTORS["now"] / 1000, UTC)
    for name, one in VECTORS["codes"].items():
        try:
            token.read(one["text"], find_key, now)
            said = "holds"
        except token.RefusedError as refused:
            said = refused.reason
        expected = {"green": "holds", "place": "unknown"} | dict.fromkeys(BY_LIST, "holds")
        assert said == expected.get(one["answer"], one["answer"]), name
