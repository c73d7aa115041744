"""What can go wrong with printed codes."""

from lianfang.kit.errors import ProblemType, Text

VOID_ALREADY = ProblemType(
    "printed_code_void",
    409,
    "这张打印码已经作废，不能再打印。请重新签发。",
    "This printed code is void and can't be printed. Issue a new one.",
)
REISSUED = Text("已重新签发", "issued anew")
