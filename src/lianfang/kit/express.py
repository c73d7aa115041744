"""HTTP/1.1 under uvicorn with express counters: requests to a few addresses are answered without an ASGI conversation.

A parser that calls back for every header, a task, a cycle of messages and a response object cost three times what the scan lane
itself does with a request. Here a plain request is read as one piece and its answer is written when it is known. What the counter
does not take (a query string, a chunked body, another method, whatever is wrong with the content, and every head that is not
spelt strictly as RFC 9112 has it) goes the ordinary way, which can say what is wrong.
"""

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from lianfang.kit.http import Headers

BODY_MAX_KIB = 16
HEAD_MAX_KIB = 16
HEAD_WITHIN_S = 15
SILENT_AT_MOST_S = 30
CROWDED_S = 2
UNWANTED_S = 1

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_IN_LINES = bytes({*range(256)} - {*range(0x20)} - {0x7F} | {0x09})
_NAMES_KEPT = 1000
_names: dict[bytes, bytes] = {}  # headers as they are spelt → in small letters


class Reply(Protocol):
    """The answer to a request that was taken, to be given once, at any later time."""

    def __call__(self, head: bytes, body: bytes) -> None:
        """Sends a status line with headers (`http.head`), and a body."""

    @property
    def gone(self) -> bool:
        """Whether whoever asked has hung up."""

    def elsewhere(self) -> None:
        """Has the request answered the ordinary way after all."""


class Counter(Protocol):
    """Who answers the requests to one address."""

    def take(self, headers: Headers, body: bytes, reply: Reply) -> bool:
        """Whether the request was taken and will be answered; False: nothing was done, and the ordinary way is to answer it."""


class Place(NamedTuple):
    """Where a counter stands: `POST /api/v1/scans`; looked up for each connection."""

    request: str
    counter: Callable[[], Counter]

    @property
    def line(self) -> bytes:
        return f"{self.request} HTTP/1.1\r\n".encode()


class _Head(NamedTuple):
    """Of a request to a counter: which one, its headers, where its body begins and where it ends."""

    place: int
    fields: dict[bytes, bytes]
    begins: int
    ends: int


_UNFINISHED = _Head(0, {}, 0, sys.maxsize)


class ExpressProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which passes by its parser and ASGI for plain requests to the counters.

    A request to the counter that has only begun to arrive is kept in `_begun`. While its answer is owed, what comes behind it is
    kept too, so that answers keep the order of their requests. Else everything is as in uvicorn.
    """

    _dated: ClassVar[tuple[object, bytes]] = (None, b"")

    def __init__(
        self,
        places: Sequence[Place],
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        at_most: int,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._places = places
        self._lines = [place.line for place in places]
        self._at_most = at_most
        self._owed: _Answer | None = None
        self._begun = self._behind = b""
        self._head: _Head | None = None
        self._receiving = self._in_head = self._unwanted = self._stopping = False
        self._since = self._heard = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._counters = [place.counter() for place in self._places]
        if len(self.connections) > self._at_most:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._owed = None
        self._begun = self._behind = b""
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server is stopping; what is owed is answered first."""
        if self._owed is None:
            super().shutdown()
        else:
            self._stopping = True

    def is_late(self, now: float, *, crowded: bool = False) -> bool:
        """Whether the other side keeps us waiting for too long: for the head of a request, for more of a body, or for the next
        request. A connection costs memory, and whoever wants to harm us opens thousands and says nothing. `crowded`: there is
        no room left for patience."""
        if self._owed is not None:
            return False
        if self._unwanted:
            return now - self._heard > UNWANTED_S
        if self._in_head or (self._begun and self._head is None):
            return now - self._since > (CROWDED_S if crowded else HEAD_WITHIN_S)
        if self._receiving or self._begun:
            return now - self._heard > (CROWDED_S if crowded else SILENT_AT_MOST_S)
        answering = self.cycle is not None and not self.cycle.response_complete
        return not answering and now - self._heard > (CROWDED_S if crowded else self.timeout_keep_alive)

    def let_go(self) -> None:
        """Ends a connection that is late; at once if the other side has not even read its last answer until now."""
        if self.transport.is_closing():
            self.transport.abort()
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        if self._owed is not None or self._behind:
            self._behind += data
            if len(self._behind) > BODY_MAX_KIB * 1024:
                self.flow.pause_reading()
        elif self._receiving or (self.cycle is not None and not self.cycle.response_complete) or self.flow.write_paused:
            super().data_received(data)
        else:
            self._begin(self._begun + data if self._begun else data)

    def _begin(self, data: bytes) -> None:
        """A request begins here, and nothing before it is still to be answered."""
        head = self._head or self._read_head(data)
        if head is None:
            self._begun = b""
            super().data_received(data)
        elif head.ends > len(data):
            if not self._begun:
                self._since = self._heard
            self._begun, self._head = data, None if head is _UNFINISHED else head
        else:
            self._begun, self._head = b"", None
            if head.ends < len(data):
                self._behind = data[head.ends :]
                data = data[: head.ends]
            self._owed = reply = _Answer(self, data)
            if not self._counters[head.place].take(Headers(head.fields), data[head.begins :], reply):
                self.elsewhere(reply, data)

    def _read_head(self, data: bytes) -> _Head | None:
        """None: not a plain request to a counter's address."""
        place, lines = 0, self._lines
        while place < len(lines) and not data.startswith(lines[place]):
            place += 1
        if place == len(lines):
            return _UNFINISHED if any(line.startswith(data) for line in lines) else None
        line = lines[place]
        begins = data.find(b"\r\n\r\n", len(line)) + 4
        if begins < 4:
            return _UNFINISHED if len(data) <= HEAD_MAX_KIB * 1024 else None
        lines = data[len(line) : begins - 4].split(b"\r\n")
        if data[len(line) : begins - 4].translate(None, _IN_LINES) != b"\r\n" * (len(lines) - 1):
            return None  # control characters
        fields: dict[bytes, bytes] = {}
        for text in lines:
            name, _, value = text.partition(b":")
            fields[_names.get(name) or _small(name)] = value.strip()
        length = fields.get(b"content-length", b"0" if line.startswith(b"GET ") else b"")
        if (
            len(fields) < len(lines)  # which of two counts is for the parser to say
            or b"" in fields
            or not length.isdigit()
            or len(length) > 5
            or int(length) > BODY_MAX_KIB * 1024
            or b"transfer-encoding" in fields
            or b"expect" in fields
            or b"upgrade" in fields
            or fields.get(b"connection", b"keep-alive").lower() != b"keep-alive"
        ):
            return None
        return _Head(place, fields, begins, begins + int(length))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._receiving = self._in_head = True
        self._since = self._heard

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._receiving = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """uvicorn's own, without a timer for every answer: `is_late` is asked about all connections, once a second."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.cycle.more_body and self.cycle.response_complete:
            # a body that nobody wants: uvicorn would read it to its end, a gibibyte if need be. The answer is sent; `is_late`
            # leaves a moment for it to be read
            self._unwanted = True
            self.flow.pause_reading()
            return
        self._heard = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def owes(self, reply: "_Answer") -> bool:
        """Whether somebody still waits for this answer."""
        return self._owed is reply and not self.transport.is_closing()

    def answer(self, reply: "_Answer", head: bytes, body: bytes) -> None:
        """Writes an answer of the counter, unless nobody waits for it any more."""
        if not self.owes(reply):
            return
        self._owed = None
        self.server_state.total_requests += 1
        close = b"connection: close\r\n" if self._stopping else b""
        self.transport.write(b"%b%b%bcontent-length: %d\r\n\r\n%b" % (head, self._date(), close, len(body), body))
        if self._stopping:
            self.transport.close()
            return
        self._heard = self.loop.time()
        if self._behind:
            self.loop.call_soon(self._go_on)  # not from here: a thousand in one packet would be a thousand calls deep

    def elsewhere(self, reply: "_Answer", data: bytes) -> None:
        """Has a request that was at the counter answered the ordinary way."""
        if not self.owes(reply):
            return
        self._owed = None
        super().data_received(data)
        if self._stopping:
            super().shutdown()
        if self._behind:
            self.loop.call_soon(self._go_on)  # not from here: a thousand in one packet would be a thousand calls deep

    def _go_on(self) -> None:
        """With what came while an answer was owed."""
        data, self._behind = self._behind, b""
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self.data_received(data)

    def _date(self) -> bytes:
        """uvicorn's default headers, which it makes anew every second."""
        headers = self.server_state.default_headers
        made, lines = ExpressProtocol._dated
        if made is not headers:
            lines = b"".join(b"%b: %b\r\n" % header for header in headers)
            ExpressProtocol._dated = (headers, lines)
        return lines


def _small(name: bytes) -> bytes:
    """A header's name in small letters; empty if it is none."""
    if not _NAME.fullmatch(name):
        return b""
    if len(_names) < _NAMES_KEPT:
        _names[name] = name.lower()
    return name.lower()


class _Answer:
    """The reply that a counter is given."""

    __slots__ = ("_protocol", "_request")

    def __init__(self, protocol: ExpressProtocol, request: bytes) -> None:
        self._protocol = protocol
        self._request = request

    def __call__(self, head: bytes, body: bytes) -> None:
        self._protocol.answer(self, head, body)

    @property
    def gone(self) -> bool:
        return not self._protocol.owes(self)

    def elsewhere(self) -> None:
        self._protocol.elsewhere(self, self._request)
