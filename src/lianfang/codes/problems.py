"""What can be wrong with a hold by hand."""

from lianfang.kit.errors import ProblemType

NOBODY = ProblemType(
    "person_not_registered",
    404,
    "没有以此证件登记的人，请核对证件类型和号码。",
    "Nobody has registered with this document. Check its type and number.",
)
REQUEST_SHAPE = ProblemType(
    "request_incomplete",
    422,
    "请选择颜色和期限（最长 {days} 天），或选择要解除的那条依据，二者取一。",
    "Choose a colour and an end (within {days} days), or the evidence to release from: one of the two.",
)
GROUNDS_STALE = ProblemType(
    "grounds_stale",
    422,
    "申请须依据此人 {days} 天内、未被更正的信息（1 至 10 条）。没有依据的，请先由来源单位报送。",
    "A request rests on evidence about this person of the last {days} days that nothing corrects (1 to 10 pieces). Where there is"
    " none, let whoever knows report it first.",
)
UNIT_UNKNOWN = ProblemType(
    "second_unit_unknown", 422, "没有这个会签单位，请重新查找。", "There is no such unit to sign. Look it up again."
)
ONE_UNIT = ProblemType(
    "same_unit",
    422,
    "会签单位必须是互不隶属的另一个单位：同一系统的上下级不能自己申请、自己会签。颜色没有改变。",
    "The second signature must be another unit's, neither above nor below the first. No colour was changed.",
)
NOT_YOURS = ProblemType(
    "not_yours_to_sign",
    403,
    "这项申请不由您会签：须由被请求单位的另一人本人办理。颜色没有改变。",
    "This is not yours to sign: somebody else, of the unit that was asked, has to. No colour was changed.",
)
ALREADY_DECIDED = ProblemType(
    "request_closed", 409, "这项申请已经办结或已过期。", "This request is decided already, or has lapsed."
)
