"""A fork server: imports everything once, then forks a worker in milliseconds for whoever wants to kill it."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Forks:
    """Workers by the handful. `module` has functions that take keyword arguments; each fork runs one of them and exits."""

    def __init__(self, module: str, log: Path) -> None:
        self._log = log.open("ab")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.hard.forking", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        )
        self._alive: set[int] = set()

    def start(self, function: str, **arguments: Any) -> int:
        """Fork a worker; its process id."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps({"function": function, "arguments": arguments}).encode() + b"\n")
        self._server.stdin.flush()
        pid = int(self._server.stdout.readline())
        self._alive.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """End a worker without asking."""
        os.kill(pid, signal.SIGKILL)
        self._alive.discard(pid)

    def forget(self, pid: int) -> None:
        """It ended by itself."""
        self._alive.discard(pid)

    def freeze(self, pid: int) -> None:
        """Stop a worker where it stands."""
        os.kill(pid, signal.SIGSTOP)

    def thaw(self, pid: int) -> None:
        """Let it go on as if nothing had been."""
        os.kill(pid, signal.SIGCONT)

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for pid in list(self._alive):
            self.kill(pid)
        self._server.kill()
        self._server.communicate()
        self._log.close()


def serve(module: str) -> None:
    """Fork one worker a line of standard input, and say its process id."""
    functions = vars(importlib.import_module(module))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order: Mapping[str, Any] = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                functions[order["function"]](**order["arguments"])
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
