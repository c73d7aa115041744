"""Base45 (RFC 9285): bytes in the characters that a QR code stores most densely."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    parts = []
    for at in range(0, len(data) - 1, 2):
        rest, first = divmod(data[at] << 8 | data[at + 1], 45)
        third, second = divmod(rest, 45)
        parts.append(ALPHABET[first] + ALPHABET[second] + ALPHABET[third])
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        parts.append(ALPHABET[first] + ALPHABET[second])
    return "".join(parts)


def decode(text: str) -> bytes:
    """ValueError for what no bytes are encoded as."""
    if len(text) % 3 == 1:
        raise ValueError("Base45 of an impossible length")
    try:
        values = [_VALUES[character] for character in text]
    except KeyError:
        raise ValueError("a character that Base45 does not have") from None
    data = bytearray()
    for at in range(0, len(values), 3):
        group = values[at : at + 3]
        number = sum(value * 45**power for power, value in enumerate(group))
        width = len(group) - 1
        if number >= 1 << 8 * width:
            raise ValueError("a group of Base45 that is too large")
        data += number.to_bytes(width, "big")
    return bytes(data)
