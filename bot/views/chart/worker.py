"""The process that draws: it reads a chart from its input, writes a PNG to its output, and ends with its parent."""

import os
import pickle
import signal
import sys
from types import TracebackType

from bot.views.chart.drawing import draw
from bot.views.chart.fonts import own
from bot.views.pipe import receive, send

READY = b"ready"
PATIENT = 10
"""How much further back than the bot it stands in the queue for a processor: a picture can wait, an acknowledgement cannot."""


def main() -> None:
    """Answer until the input ends. What cannot be drawn ends the process: its parent starts a fresh one."""
    sys.excepthook = say_where
    # Ctrl-C goes to the whole terminal; the parent decides when its worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # A stray print of any library would break the stream of pictures.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if hasattr(os, "nice"):
        os.nice(PATIENT)
    own()
    send(outgoing, READY)
    while (asked := receive(incoming)) is not None:
        spec, theme = pickle.loads(asked)  # noqa: S301  only the parent writes to this pipe
        send(outgoing, draw(spec, theme))


def say_where(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """Kind and place of an error, never its text: that may hold a customer's words."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "unknown place"
    sys.stderr.write(f"chart worker: {kind.__name__} at {place}\n")


if __name__ == "__main__":
    main()
