"""Made-up residents: area code 130799 belongs to no place, so no number here is anybody's."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from lianfang.kit.identifiers import check_character

_numbers = count(1)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


@dataclass(frozen=True)
class Resident:
    """Somebody who can register."""

    name: str
    document: str
    phone: str

    def form(self, code: str, **changed: object) -> dict[str, object]:
        """What the registration page sends."""
        return {
            "name": self.name,
            "document_type": "resident_id",
            "document_number": self.document,
            "phone": self.phone,
            "code": code,
            "consent": True,
        } | changed


def document(number: int) -> str:
    """The resident ID of the person with this number."""
    born = date(1940, 1, 1) + timedelta(days=number % 25_000)
    first17 = f"130799{born:%Y%m%d}{number // 25_000 % 1000:03d}"
    return first17 + check_character(first17)


def somebody(name: str = "") -> Resident:
    """A resident whom no other test knows."""
    number = next(_numbers)
    return Resident(
        name or f"{SURNAMES[number % len(SURNAMES)]}小{_chinese(number)}", document(number), f"139{number:08d}"
    )


def _chinese(number: int) -> str:
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))
