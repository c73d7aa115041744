"""What can be wrong with a funnel."""

from lianfang.funnels.model import CANDIDATES_MAX
from lianfang.kit.errors import ProblemType

TOO_MANY = ProblemType(
    "funnel_too_many",
    422,
    f"这次追踪有 {{count}} 名密接，漏斗最多处理 {CANDIDATES_MAX:,} 人。请按病例分批追踪。",
    f"This trace has {{count}} contacts; a funnel takes {CANDIDATES_MAX:,} at most. Trace the cases in parts.",
)
