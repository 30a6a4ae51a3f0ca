"""Folders that results are written to."""

from __future__ import annotations

import os
from pathlib import Path

from bot.errors import BadInput


def ready_folder(folder: Path, option: str) -> Path:
    """The folder, made where it did not exist. Raises BadInput, before anything is computed, when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if folder.is_file() else error.strerror
        raise _unwritable(folder, str(reason), option) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(folder, "we may not write there", option)
    return folder


def _unwritable(folder: Path, reason: str, option: str) -> BadInput:
    return BadInput(
        f"The folder {folder} cannot be written: {reason}.",
        still_true="Nothing was written.",
        next_step=f"Name another with {option}.",
    )
