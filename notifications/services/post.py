"""One mail to one person: whether and when they want it, what goes along with it, then composing and handing over."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMultiAlternatives

from helpdesk.accounts.models import User
from helpdesk.common.models import OutboxMessage
from notifications import groups
from notifications.services import bundles, carrying, mail, vendor_mail
from notifications.services.briefing import Briefing, brief
from notifications.services.letterhead import Letterhead
from notifications.services.outcomes import NotMeant, NotNow
from notifications.services.preferences import Mode, Wishes, wishes_of
from notifications.services.smtp import MailTransport

Channel = OutboxMessage.Channel


# Nobody can refuse these or put them off, and they go by themselves.
UNCONDITIONAL = (
    frozenset({carrying.DIGEST, *(topic for topic in groups.BREAKS_QUIET if groups.is_mandatory(topic))})
    - groups.GATHERED
)


def deliver(row: OutboxMessage, transport: MailTransport, head: Letterhead, *, at: datetime) -> None:
    """Compose and hand over one mail.

    Raises what `brief` and the transport raise, NotMeant without an address or where it isn't wanted, NotNow in quiet
    hours, and Carried when it waits for the daily summary.
    """
    if row.recipient is not None and row.doubts == 0 and row.topic not in UNCONDITIONAL:
        wishes = wishes_of(row.recipient)
        _heed(row, wishes, at)
        carrying.take_along(row, wishes)
    transport.send(_compose(row, head))


def _heed(row: OutboxMessage, wishes: Wishes, at: datetime) -> None:
    """What others already go along with isn't asked again, so that it stays as it is."""
    if row.carried.exists():
        return
    mode = wishes.mode(row.topic, Channel.EMAIL)
    if mode == Mode.OFF:
        raise NotMeant("not_wanted")
    if mode == Mode.DIGEST:
        carrying.join_digest(row, wishes, at=at)
    until = wishes.quiet.end(at, wishes.zone)
    if until is not None and row.topic not in groups.BREAKS_QUIET:
        raise NotNow(until)


def _compose(row: OutboxMessage, head: Letterhead) -> EmailMultiAlternatives:
    if row.subject_type == vendor_mail.SUBJECT_TYPE:
        return vendor_mail.compose(row, head)
    if row.topic == carrying.DIGEST:
        person = row.recipient
        if person is None or not person.is_active:
            raise NotMeant("recipient_inactive")
        refuse_unreachable(person)
        return bundles.compose_digest(row, person, head)
    together = carrying.carried_by(row) if row.topic in groups.GATHERED else []
    if not together:
        briefing = brief(row)
        refuse_unreachable(briefing.recipient)
        return mail.compose(row, briefing, head)
    told = bundles.briefings_of([row, *together])
    if not told:
        raise NotMeant("not_visible")
    refuse_unreachable(told[0].recipient)
    if len(told) == 1:
        return mail.compose(row, told[0], head)
    return bundles.compose_several(row, [one for one in told if isinstance(one, Briefing)], head)


def refuse_unreachable(person: User) -> None:
    """Raise NotMeant where no mail can arrive."""
    if not person.email:
        raise NotMeant("no_address")
    if person.email_bounced_at is not None:
        raise NotMeant("address_bounced")
