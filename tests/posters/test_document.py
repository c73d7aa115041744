"""Posters on paper: every code is read again, every name is printed as it was typed."""

import re
from pathlib import Path
from typing import get_args

import pytest

from lianfang.kit import ids
from lianfang.kit.errors import Problem
from lianfang.posters.document import FONTS, at_once, join, require_fonts, typeset
from lianfang.posters.glyphs import lacking, printable
from lianfang.posters.model import PER_PAGE, Layout, Poster, pages
from lianfang.posters.words import WORDS
from tests.support.posters import page_sizes, scanned, texts

LAYOUTS: tuple[Layout, ...] = get_args(Layout)
LONG = "赤城县龙关镇一街村新时代文明实践站暨党群服务中心北侧停车场第二出入口" * 3
NAMES = [
    "东山村口",
    "䶮㛃·阿依古丽的小卖部",
    LONG[:100],
    "Great Wall Souvenirs and Tea, branch no. 12 (opposite the railway station)",
    "WWWWWWWWWW" * 10,
    "#strong[x] *粗体* _斜_ $x^2$ \\u{41} <标签> @引用 `代码` // 注释 /* */ \"引号\" '' {1 + 1}",
    "=1+1 - 列表",
    "体温㎡ 37.3℃ ①②③",
]


def posters(names: list[str]) -> list[Poster]:
    codes = [ids.code() for _ in names]
    links = [f"https://lianfang.example.org/v/{code}" for code in codes]
    return [Poster(name, "赤城县 龙关镇", code, link) for name, code, link in zip(names, codes, links, strict=True)]


@pytest.mark.parametrize(("layout", "dpi"), [("a4", 40), ("a5", 50), ("sticker", 300), ("sticker", 100)])
def test_every_code_is_read_from_the_page_in_its_order(layout: Layout, dpi: int) -> None:
    given = posters([f"{nth} 号口" for nth in range(43)])
    pdf = typeset(given, layout, title="海报")
    assert scanned(pdf, dpi) == [poster.link for poster in given]
    assert page_sizes(pdf) == {(297, 210) if layout == "a5" else (210, 297)}
    assert len(texts(pdf)) == pages(43, layout) == {"a4": 43, "a5": 22, "sticker": 3}[layout]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_names_are_printed_as_they_were_typed(layout: Layout) -> None:
    """Nothing of a name is markup, nothing is cut off: it wraps and becomes smaller."""
    printed = "".join(texts(typeset(posters(NAMES), layout, title="海报"))).replace(" ", "")
    for name in NAMES:
        assert name.replace(" ", "") in printed, name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_poster_says_in_both_languages_what_to_do(layout: Layout) -> None:
    [poster] = posters(["东山村口"])
    printed = texts(typeset([poster], layout, title="海报"))[0].replace(" ", "")
    short = layout == "sticker"
    words = [WORDS["scan"], WORDS["scan_en"], "赤城县龙关镇", "东山村口", poster.code if short else poster.link]
    if short:
        words += [WORDS[f"{name}_short{suffix}"] for name in ("steps", "privacy") for suffix in ("", "_en")]
    else:
        words += [*WORDS["steps"], *WORDS["steps_en"], WORDS["help"], WORDS["help_en"]]
        words += [WORDS["privacy"], WORDS["privacy_en"]]
    for text in words:
        assert str(text).replace(" ", "") in printed, text


def test_parts_are_joined_in_order(tmp_path: Path) -> None:
    given = posters([f"{nth} 号口" for nth in range(5)])
    parts = [tmp_path / "1.pdf", tmp_path / "2.pdf"]
    parts[0].write_bytes(typeset(given[:3], "a4", title="海报"))
    parts[1].write_bytes(typeset(given[3:], "a4", title="海报"))
    join(parts, tmp_path / "all.pdf", title="海报")
    assert scanned((tmp_path / "all.pdf").read_bytes(), 40) == [poster.link for poster in given]


def test_a_part_fills_its_pages() -> None:
    assert all(at_once(layout) % PER_PAGE[layout] == 0 for layout in LAYOUTS)


def test_a_missing_font_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        require_fonts(tmp_path)
    assert refused.value.type.code == "poster_font_missing"
    assert refused.value.values["name"] == FONTS[0]
    (tmp_path / FONTS[0]).touch()
    with pytest.raises(Problem) as refused:
        require_fonts(tmp_path)
    assert refused.value.values["name"] == FONTS[1]


@pytest.mark.parametrize("font", FONTS)
def test_what_the_font_cannot_print_is_known_before(font: str) -> None:
    path = require_fonts() / font
    assert len(printable(path)) > 20_000
    assert lacking(path, "".join(NAMES)) == ""
    assert lacking(path, "བོད་ 药店 😀😀") == "བོད་😀"


def test_the_console_s_single_poster_says_the_same() -> None:
    locales = Path(__file__).parents[2] / "web" / "console" / "locales"

    def said(file: str) -> list[str]:
        section = re.search(r"\n  print: \{(.*?)\n  \}", (locales / file).read_text(), re.DOTALL)
        assert section is not None
        words = dict(re.findall(r"(\w+): '((?:[^'\\]|\\.)*)'", section[1]))
        return [words[key].replace("’", "'") for key in ("scan", "step1", "step2", "step3", "help", "privacy")]

    assert said("zh-CN.pages.ts") == [WORDS["scan"], *WORDS["steps"], WORDS["help"], WORDS["privacy"]]
    assert said("en.pages.ts") == [WORDS["scan_en"], *WORDS["steps_en"], WORDS["help_en"], WORDS["privacy_en"]]
