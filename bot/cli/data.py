"""`cx sync` and `cx import`: tickets come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from bot import clock
from bot.cli.opening import Opened, opened
from bot.errors import NotReady
from jobs import sync
