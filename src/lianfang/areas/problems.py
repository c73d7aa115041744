"""What can be wrong with a bulletin, an area, its confirmation or a list of sites."""

from lianfang.kit.errors import ProblemType

COLUMNS_MISSING = ProblemType(
    "area_columns_missing",
    422,
    "前 10 行内没有找到这些列标题：{columns}。请检查表头后重新上传。",
    "The first 10 rows have no headings {columns}; check the header and upload the file again.",
)
NOTHING_READ = ProblemType(
    "bulletin_without_level",
    422,
    "没有读到任何区域。请确认正文里写明了“高风险地区：”等，或在上面选定风险等级。",
    "No area was read. See that the text has a line that says a level, or choose one above.",
)
PLACE_UNKNOWN = ProblemType(
    "area_place_unknown",
    422,
    "所选的单位或登记点不存在，或不在您的管理范围内。请重新选择。",
    "A chosen unit or checkpoint is not there, or not within your area; choose again.",
)
EXCEPTED_OUTSIDE = ProblemType(
    "area_without_place",
    422,
    "只选了“除外”的部分，没有选区域本身。请先选区域。",
    "Only exceptions were chosen, without the area itself; choose that first.",
)
SECOND_OFFICIAL = ProblemType(
    "area_second_official",
    403,
    "“{name}”须由上级单位的另一位管理员确认：录入、核对或调整过它的人及其单位不能自行确认。没有确认任何区域。",
    "“{name}” has to be confirmed by another administrator, of a unit above: not by who entered, reviewed or changed it, nor by their unit. Nothing was confirmed.",
)
STATED_ANEW = ProblemType(
    "area_stated_anew",
    409,
    "“{name}”已被确认，或在您查看之后又有改动。没有确认任何区域，请刷新后重新核对。",
    "“{name}” is confirmed already, or was changed after you looked at it. Nothing was confirmed; load the list again and check it.",
)
