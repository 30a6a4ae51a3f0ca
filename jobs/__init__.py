"""Everything the clock does; whoever writes a job adds its name here."""

from __future__ import annotations

from jobs.alerts import ALERTS
from jobs.alerts_goals import GOALS
from jobs.cases import CASES
from jobs.departure import DEPARTURE
from jobs.digest import DIGEST
from jobs.doubts import DOUBTS
from jobs.job import Job
from jobs.owners import OWNERS
from jobs.retention import RETENTION
from jobs.room import ROOM
from jobs.send import SEND
from jobs.survey_mail import SURVEY_MAIL
from jobs.surveys import ASK_CUSTOMERS
from jobs.sync import SYNC
from jobs.tidy import TIDY

JOBS: tuple[Job, ...] = (
    SYNC,
    DIGEST,
    ASK_CUSTOMERS,
    SURVEY_MAIL,
    CASES,
    ALERTS,
    GOALS,
    DOUBTS,
    OWNERS,
    RETENTION,
    ROOM,
    SEND,
    TIDY,
    DEPARTURE,
)
