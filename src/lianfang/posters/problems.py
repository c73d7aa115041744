"""Why there is nothing to print, or nothing to print with."""

from lianfang.kit.errors import ProblemType

NO_POSTERS = ProblemType(
    "no_posters",
    422,
    "没有符合条件的启用中的登记点。请放宽条件，或先新建登记点。",
    "No open checkpoint fits. Widen the filter, or create checkpoints first.",
)
TOO_MANY_POSTERS = ProblemType(
    "too_many_posters",
    422,
    "一次最多打印 {max} 张，现在有 {count} 张。请按单位或类别分次打印。",
    "At most {max} posters at once; this would be {count}. Print unit by unit, or by category.",
)
FONT_MISSING = ProblemType(
    "poster_font_missing",
    503,
    "海报用的字体（{name}）不在 web/dist/fonts 中。请管理员运行 make setup 重新构建页面。",
    "The font for posters ({name}) is not in web/dist/fonts. Ask the operator to build the pages again: make setup.",
)
