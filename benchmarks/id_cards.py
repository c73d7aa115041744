"""How many generated ID cards are read exactly: `.venv/bin/python benchmarks/id_cards.py --cards 100 --json`.

Each card has another font, tilt, light, blur and noise, and is read by the program that reads them at the gate. The numbers begin
with 130799, which is no district. Real photographs will be worse: the attendant compares every card.
"""

import argparse
import json
import math
import os
import random
import time
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from lianfang.demo.names import GIVEN_GROWN, GIVEN_OLDER, GIVEN_YOUNG, SURNAMES
from lianfang.kit.identifiers import check_character
from lianfang.ocr.engine import load, recognise
from lianfang.ocr.reading import name_of, number_of

ROOT = Path(__file__).parents[1]
FONTS = ROOT / "web/node_modules/@expo-google-fonts"
SIZE = (1000, 630)
STREETS = ("鼓楼街", "东大街", "迎宾路", "南关路", "长城东路")


def fonts(extra: Path | None) -> list[Path]:
    """Weights that a card may be printed in; the thinnest and the blackest are on no card."""
    found = [
        path for path in FONTS.rglob("*.ttf") if not any(word in path.stem for word in ("Thin", "ExtraLight", "Black"))
    ]
    return sorted(found + (list(extra.rglob("*.ttf")) if extra else []))


def somebody(dice: random.Random) -> tuple[str, str]:
    name = dice.choice(SURNAMES) + dice.choice((*GIVEN_OLDER, *GIVEN_GROWN, *GIVEN_YOUNG))
    if dice.random() < 0.08:
        name = dice.choice(("阿依古丽", "买买提江", "古丽娜尔")) + "·" + dice.choice(("吐尔逊", "艾合买提", "热合曼"))
    born = f"{dice.randint(1940, 2012)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}"
    first = f"130799{born}{dice.randint(0, 999):03d}"
    return name, first + check_character(first)


def card(dice: random.Random, font: Path, name: str, number: str) -> Image.Image:
    """The front as it is laid out: labels in blue, words in black, a portrait at the right."""
    image = Image.new("RGB", SIZE, (226, 234, 240))
    draw = ImageDraw.Draw(image)
    for x in range(0, SIZE[0], 7):  # the guilloche behind the words
        draw.line([(x, 300 + 60 * math.sin(x / 90)), (x + 7, 300 + 60 * math.sin((x + 7) / 90))], (206, 220, 232), 3)
    small, large, digits = (ImageFont.truetype(font, size) for size in (30, 40, 46))
    blue, black = (58, 110, 165), (28, 28, 30)
    born = f"{number[6:10]}    {int(number[10:12])}    {int(number[12:14])}"
    place = f"河北省赤城县{dice.choice(STREETS)}{dice.randint(1, 300)}号"
    rows = (
        (60, "姓 名", name, large),
        (135, "性 别", "女        民 族  汉" if int(number[16]) % 2 == 0 else "男        民 族  汉", small),
        (205, "出 生", born.replace("    ", " 年 ", 1).replace("    ", " 月 ") + " 日", small),
        (280, "住 址", place, small),
    )
    for y, label, text, face in rows:
        draw.text((70, y + 6), label, blue, small)
        draw.text((180, y), text, black, face)
    draw.text((70, 520), "公民身份号码", blue, small)
    draw.text((340, 512), number, black, digits)
    draw.rounded_rectangle([700, 80, 940, 410], 12, (190, 200, 208))
    draw.ellipse([760, 130, 880, 270], (150, 140, 132))
    draw.pieslice([720, 270, 920, 560], 180, 360, (96, 104, 120))
    return image


def photograph(dice: random.Random, image: Image.Image) -> bytes:
    """As a phone sees it: tilted, unevenly lit, a little out of focus, compressed."""
    ground = Image.new("RGB", (1500, 1100), tuple(dice.randint(40, 140) for _ in range(3)))
    ground.paste(image, (250, 235))
    ground = ground.rotate(dice.uniform(-8, 8), Image.Resampling.BICUBIC, fillcolor=(70, 66, 60))
    shade = Image.linear_gradient("L").resize(ground.size).rotate(dice.choice((0, 90, 180, 270)))
    dark = ImageEnhance.Brightness(ground).enhance(dice.uniform(0.45, 0.8))
    ground = Image.composite(ground, dark, shade)
    ground = ImageEnhance.Contrast(ground).enhance(dice.uniform(0.75, 1.15))
    ground = ground.filter(ImageFilter.GaussianBlur(dice.uniform(0, 1.4)))
    noise = Image.effect_noise(ground.size, dice.uniform(4, 22)).convert("RGB")
    ground = Image.blend(ground, noise, 0.08)
    out = BytesIO()
    ground.save(out, "JPEG", quality=dice.randint(55, 90))
    return out.getvalue()


def peak_mib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", type=int, default=60)
    options.add_argument("--seed", type=int, default=20260131)
    options.add_argument("--fonts", type=Path, help="a directory of further fonts")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    dice, faces = random.Random(given.seed), fonts(given.fonts)  # noqa: S311 -- invented cards
    engine = load()
    exact = names = numbers = wrong = 0
    spent = busy = 0.0
    for at in range(given.cards):
        name, number = somebody(dice)
        picture = photograph(dice, card(dice, faces[at % len(faces)], name, number))
        began, busy_before = time.perf_counter(), time.process_time()
        lines = recognise(engine, picture)
        spent += time.perf_counter() - began
        busy += time.process_time() - busy_before
        read_name, read_number = name_of(lines), number_of(lines)
        names += read_name == name
        numbers += read_number == number
        exact += (read_name, read_number) == (name, number)
        wrong += read_number not in ("", number)
        if (read_name, read_number) != (name, number) and not given.json:
            print(f"{faces[at % len(faces)].stem}: {name} {number} was read {read_name or '–'} {read_number or '–'}")
    result = {
        "cards": given.cards,
        "fonts": len(faces),
        "exact": exact,
        "names": names,
        "numbers": numbers,
        "wrong_numbers": wrong,
        "seconds_per_card": round(spent / given.cards, 2),
        "processor_seconds_per_card": round(busy / given.cards, 2),
        "peak_mib": peak_mib(),
        "load_average": os.getloadavg()[0],
    }
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
