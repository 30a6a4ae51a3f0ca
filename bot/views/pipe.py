"""Messages on a byte stream: four bytes of length, then the message."""

import struct
from typing import IO

LENGTH = struct.Struct(">I")


def send(stream: IO[bytes], message: bytes) -> None:
    stream.write(LENGTH.pack(len(message)) + message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None where the stream ended, also in the middle of one."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    wanted = LENGTH.unpack(head)[0]
    message = stream.read(wanted)
    return message if len(message) == wanted else None
