"""How an attempt to deliver can end without success. `reason` is stored beside the message, for administrators."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.common.text import storable


class NotMeant(Exception):
    """The message is no longer meant for its recipient, and is dropped. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotNow(Exception):
    """Its recipient wants it later. That is no attempt."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(until.isoformat())


class Carried(Exception):
    """It goes along with another message, and is settled already."""


class Undelivered(Exception):
    """It certainly did not arrive. `is_permanent`: trying again is useless.

    `retry_after` is how long the receiving side wants to be left alone, where it says so.
    """

    is_permanent = False
    is_doubtful = False

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        self.reason = storable(reason)
        self.retry_after = retry_after
        super().__init__(reason)


class Refused(Undelivered):
    """The receiving side said no for good."""

    is_permanent = True


class ChannelDown(Undelivered):
    """Nothing gets through at present, whoever the recipient is: the others needn't try now."""


class Unanswered(Undelivered):
    """The message was handed over and no answer came: it may have arrived."""

    is_doubtful = True
