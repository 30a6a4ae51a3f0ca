"""Bytes nobody would type, drop or post: the parser, the CSV reader and the webhook door answer them all in words.

atheris steers by coverage where it is installed (`make hard` does so where there is a wheel); chance does where it is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.hard.conftest import Tell
from tests.hard.forking import ROOT
from tests.hard.scale import scaled

SECONDS = scaled(20, least=3)


@pytest.mark.parametrize("door", ["parser", "csv", "webhook"])
def test_nothing_that_comes_in_is_an_error_of_ours(door: str, tmp_path: Path, tell: Tell) -> None:
    steered = find_spec("atheris") is not None
    module, by = ("tests.hard.steered", "atheris") if steered else ("tests.hard.fuzzing", "chance")
    words = [sys.executable, "-m", module, door, str(SECONDS), str(tmp_path), by]
    ran = subprocess.run(
        words, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}, capture_output=True, text=True,
        timeout=SECONDS * 5 + 60, check=False,
    )  # fmt: skip

    found = json.loads((tmp_path / "found.json").read_text())
    tell(f"fuzz of the {door}", by=by, **found)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    assert found["inputs"] > 100
