"""Why there are no figures."""

from lianfang.kit.errors import ProblemType

IN_PREPARATION = ProblemType(
    "statistics_in_preparation",
    503,
    "正在重新汇总统计数字（首次启用或机构调整之后），请在几分钟后再看；县及以下现在即可查看。",
    "The figures are being summed up anew (first use, or units were moved). Try again in a few minutes; counties and below are available now.",
)
NOT_PUBLISHED = ProblemType(
    "statistics_not_published",
    404,
    "这个地方没有公开统计数字。",
    "This place does not publish its figures.",
)
LEVEL_NOT_PUBLIC = ProblemType(
    "level_not_public",
    422,
    "只有县（区）和乡镇（街道）可以公开统计数字。",
    "Only counties and towns can publish their figures.",
)
