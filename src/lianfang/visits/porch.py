"""Where scans wait while the lane's queue is full.

To turn somebody away costs a fifth of what it costs to register them, and they are back two seconds later: at ten times as many
as the lane can take, it would do nothing else. A request that waits costs nothing, and whoever waits does not ask again.
"""

import random
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from lianfang.kit.errors import LANGUAGES, RETRY_AFTER_S, Language, Problem, busy, response_parts
from lianfang.kit.express import Reply
from lianfang.kit.http import Headers, head

WAIT_S = 3.0
"""Then they are told to come back; people look at a phone that says nothing for no longer."""
AT_MOST = 10_000
BODY_MAX = 4096
AT_A_TIME = 512


def raw(problem: Problem, language: Language) -> tuple[bytes, bytes]:
    """A problem as it is answered at the counter."""
    status, headers, body = response_parts(problem, language)
    return head(status, headers), body


# made beforehand: they are sent when time is short
_FULL = {language: [raw(busy(seconds), language) for seconds in RETRY_AFTER_S] for language in LANGUAGES}


def turn_away(headers: Headers, reply: Reply) -> None:
    """Nothing is promised; the phone sends the scan again, not all of them at the same moment."""
    reply(*random.choice(_FULL[headers.language]))  # noqa: S311 -- spread, not secret


class Waiting(NamedTuple):
    since: float
    headers: Headers
    body: bytes
    reply: Reply


class Porch:
    """First come, first served."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def wait(self, headers: Headers, body: bytes, reply: Reply, now: float) -> bool:
        """False: there is no room here either."""
        if len(self._waiting) >= AT_MOST or len(body) > BODY_MAX:
            return False
        self._waiting.append(Waiting(now, headers, body, reply))
        return True

    def let_in(self, full: Callable[[], bool], take: Callable[[Headers, bytes, Reply], bool]) -> None:
        """As many as there is room for, some at a time: others want to be heard meanwhile. Who has hung up meanwhile is not among them: nothing was promised to them."""
        for _ in range(AT_A_TIME):
            if not self._waiting or full():
                return
            one = self._waiting.popleft()
            if not one.reply.gone and not take(one.headers, one.body, one.reply):
                one.reply.elsewhere()

    def send_home(self, before: float) -> int:
        """Tells whoever has been waiting since before then to come back; how many it were."""
        many = 0
        while self._waiting and self._waiting[0].since < before:
            one = self._waiting.popleft()
            if not one.reply.gone:
                turn_away(one.headers, one.reply)
                many += 1
        return many
