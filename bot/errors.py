"""The error tree: what went wrong, what is still true, and what to do next.

CxError                     anything a person can be told
├── BadRequest              the words cannot be answered as typed; the person can mend them
│   ├── BadPeriod           an impossible, future or absurd date range
│   ├── UnknownZone         no such IANA time zone
│   └── NotAllowed          the person may not see or change this here
├── BadInput                a file, mapping, page or record that cannot be read; nothing was written
│   └── BadConfig           settings that cannot work; all of them named at once
├── NotReady                the store or a source has nothing to answer from yet
├── StoreError              the database refused, is damaged, too new or already in use
│   ├── NotKept             the same for a customer, in their language
│   └── ColumnsFailed       the columns beside the store are of no use; the store itself is
│       └── NotInColumns    they are well, but have no answer to this very question
├── DeskError               a help desk did not answer as it should
│   ├── DeskRefused         wrong or missing credentials or rights: an admin must act
│   │   └── DeskDenied      the credentials are good, but not for this part of it
│   ├── DeskMissing         this help desk, or this plan of it, has no such part
│   └── DeskUnavailable     timeouts, 5xx, rate limits: the future may mend it
└── SlackRefused            Slack answered no; `code` holds its word for it
"""

from __future__ import annotations

from collections.abc import Sequence


class CxError(Exception):
    """Something that can be said to a person in one sentence, with the next step."""

    exit_code = 1

    def __init__(self, what: str, *, next_step: str = "", still_true: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.still_true = still_true
        self.next_step = next_step

    def sentence(self) -> str:
        """What happened, what is still true, what to do: one paragraph without markup of our own."""
        return " ".join(part for part in (self.what, self.still_true, self.next_step) if part)


class BadRequest(CxError):
    """The words cannot be answered as typed. `offers` are whole commands that can be."""

    exit_code = 2

    def __init__(self, what: str, *, next_step: str = "", still_true: str = "", offers: Sequence[str] = ()) -> None:
        super().__init__(what, next_step=next_step, still_true=still_true)
        self.offers = tuple(offers)


class BadPeriod(BadRequest):
    """An impossible, future or absurd date range."""


class UnknownZone(BadRequest):
    """No such IANA time zone."""


class NotAllowed(BadRequest):
    """The person may not see or change this here."""


class BadInput(CxError):
    """A file, mapping, page or record that cannot be read; nothing was written."""

    exit_code = 65


class BadConfig(BadInput):
    """Settings that cannot work."""

    exit_code = 78


class NotReady(CxError):
    """The store or a source has nothing to answer from yet."""

    exit_code = 3


class StoreError(CxError):
    """The database refused, is damaged, too new or already in use."""

    exit_code = 74


class NotKept(StoreError):
    """A customer's answer could not be kept; it is said to them in their language."""


class ColumnsFailed(StoreError):
    """The columns beside the store are of no use; the store itself is."""


class NotInColumns(ColumnsFailed):
    """The columns have no answer to a question of this kind; the store has."""


class DeskError(CxError):
    """A help desk did not answer as it should."""

    exit_code = 69


class DeskRefused(DeskError):
    """Wrong or missing credentials or rights."""

    exit_code = 77


class DeskDenied(DeskRefused):
    """The credentials are good, but not for this part of the help desk."""


class DeskMissing(DeskError):
    """This help desk, or this plan of it, has no such part."""


class DeskRejected(DeskError):
    """The help desk says that the request itself is wrong: asking again as before cannot help."""


class DeskUnavailable(DeskError):
    """The help desk cannot be reached now, or asks us to wait."""

    def __init__(self, what: str, *, retry_after_s: float | None = None, next_step: str = "", still_true: str = "") -> None:
        super().__init__(what, next_step=next_step, still_true=still_true)
        self.retry_after_s = retry_after_s


class SlackRefused(CxError):
    """Slack answered no; `code` is Slack's own word."""

    def __init__(self, what: str, *, code: str, next_step: str = "", still_true: str = "") -> None:
        super().__init__(what, next_step=next_step, still_true=still_true)
        self.code = code
