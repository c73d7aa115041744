"""The process that recognises text: one on a machine, begun when a picture comes, gone when none has come for some minutes.

It is not a part of a web process: the models take half a gigabyte, and a picture half a second of a core. Pictures come through a
socket in the installation's directory and stay in memory only.
"""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from lianfang.ocr.reading import Line

SOCKET, LOCK = "ocr.sock", "ocr.lock"
LENGTH: Final = struct.Struct("!I")
PICTURE_MAX: Final = 6 << 20
PIXELS_MAX: Final = 40_000_000
LONG_SIDE: Final = 1100
"""A card fills most of the picture: more pixels take longer and read no better."""
MEMORY_MAX: Final = 1536 << 20
IDLE_S: Final = 300.0


def address(home: int) -> str:
    """Of the socket in an open directory: a path of its own may be longer than an address can be."""
    return f"/proc/self/fd/{home}/{SOCKET}"


def recognise(engine: Any, picture: bytes) -> list[Line]:
    """Lines of text in a picture; none where it is not a picture that we can read."""
    import cv2
    import numpy

    try:
        image = cv2.imdecode(numpy.frombuffer(picture, numpy.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return []
    if image is None:
        return []
    longest = max(image.shape[:2])
    if longest > LONG_SIDE:
        image = cv2.resize(image, None, fx=LONG_SIDE / longest, fy=LONG_SIDE / longest, interpolation=cv2.INTER_AREA)
    found = engine(image)
    if found.boxes is None:
        return []
    return [
        Line([(float(x), float(y)) for x, y in box], text) for box, text in zip(found.boxes, found.txts, strict=True)
    ]


def load() -> Any:
    """The models, on one thread: the others are the scan lane's."""
    from rapidocr import RapidOCR

    one = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    return RapidOCR(
        params={"Global.log_level": "error"}
        | {f"EngineConfig.onnxruntime.{name}": value for name, value in one.items()}
    )


def _receive(conn: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = conn.recv(min(size, 1 << 16))
        if not part:
            raise ConnectionError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _answer(engine: Any, conn: socket.socket) -> None:
    conn.settimeout(10)
    (size,) = LENGTH.unpack(_receive(conn, LENGTH.size))
    if size > PICTURE_MAX:
        return
    lines = msgspec.json.encode(recognise(engine, _receive(conn, size)))
    conn.sendall(LENGTH.pack(len(lines)) + lines)


def serve(home: Path, idle_s: float = IDLE_S) -> None:
    """Until nothing has come for a while; at once where another process does it already."""
    directory = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    os.umask(0o077)
    lock = os.open(home / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    with suppress(FileNotFoundError):
        os.unlink(home / SOCKET)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(address(directory))
        listener.listen(16)
        listener.settimeout(idle_s)
        engine = load()
        try:
            while True:
                conn, _ = listener.accept()
                with conn, suppress(OSError, struct.error):
                    _answer(engine, conn)
        except TimeoutError:
            os.unlink(home / SOCKET)


def main() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # it ends with whoever began it
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MAX, MEMORY_MAX))
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(PIXELS_MAX)
    os.nice(10)
    serve(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
