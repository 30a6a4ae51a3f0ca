"""Everything the clock does; whoever writes a job adds its name here."""

from __future__ import annotations

from jobs.job import Job
from jobs.send import SEND

JOBS: tuple[Job, ...] = (SEND,)
