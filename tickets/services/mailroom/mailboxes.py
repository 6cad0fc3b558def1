"""The mailboxes of the desk, and how each is reached."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotAllowed
from tickets.models import Mailbox, MailboxState
from tickets.models.mail import NEARLY_FULL
from tickets.policies import can_set_up_mailboxes

DEFAULT_PORTS = {Mailbox.Security.TLS: 993, Mailbox.Security.STARTTLS: 143, Mailbox.Security.NONE: 143}


@dataclass(frozen=True)
class Connection:
    """Where and as whom to fetch. `password` is empty where the mailbox signs in otherwise."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str


def from_settings() -> Mailbox:
    """The mailbox that MAILBOX_URL sets up, or would: its team, category and policies are set in the administration."""
    mailbox = Mailbox.objects.select_related("team", "category").filter(is_from_settings=True).first()
    if mailbox is None:
        with transaction.atomic():
            mailbox, _is_new = Mailbox.objects.get_or_create(
                is_from_settings=True, defaults={"name": "MAILBOX_URL", "address": _address(), "security": "tls"}
            )
    return mailbox


def _address() -> str:
    """The user name where it is an address, else what our mails come from."""
    username = settings.MAILBOX.username if settings.MAILBOX is not None else ""
    wanted = username if "@" in username else parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    is_taken = Mailbox.objects.filter(address__iexact=wanted).exists()
    return f"mailbox-url+{wanted}" if is_taken else wanted


def to_fetch() -> list[Mailbox]:
    """All mailboxes that mail is fetched from."""
    own = Mailbox.objects.filter(is_active=True, is_from_settings=False).exclude(host="")
    found = list(own.select_related("team", "category"))
    if settings.MAILBOX is not None:
        mailbox = from_settings()
        found += [mailbox] if mailbox.is_active else []
    return found


def state_of(mailbox: Mailbox) -> MailboxState:
    return MailboxState.objects.get_or_create(mailbox=mailbox)[0]


def failing() -> list[MailboxState]:
    """The mailboxes in use that could not be read the last time."""
    states = MailboxState.objects.filter(mailbox__is_active=True, failing_since__isnull=False)
    return list(states.select_related("mailbox").order_by("failing_since"))


def nearly_full() -> list[MailboxState]:
    """The mailboxes in use whose server will soon refuse new mails."""
    states = MailboxState.objects.filter(mailbox__is_active=True, percent_full__gte=NEARLY_FULL)
    return list(states.select_related("mailbox").order_by("-percent_full", "pk"))


def connection_of(mailbox: Mailbox) -> Connection:
    """Raises ValueError for the mailbox of MAILBOX_URL where that isn't set."""
    if not mailbox.is_from_settings:
        port = mailbox.port or DEFAULT_PORTS[Mailbox.Security(mailbox.security)]
        return Connection(
            mailbox.host, port, mailbox.security, mailbox.username, mailbox.password, mailbox.folder or "INBOX"
        )
    url = settings.MAILBOX
    if url is None:
        raise ValueError("MAILBOX_URL is not set")
    return Connection(url.host, url.port, url.security, url.username, url.password, url.folder)


@transaction.atomic
def save_mailbox(*, mailbox: Mailbox, actor: User, reason: str = "") -> Mailbox:
    """Store a mailbox, and look into it anew at once. What is unread there then counts as new if its server changed.

    Raises NotAllowed.
    """
    if not can_set_up_mailboxes(actor):
        raise NotAllowed
    old = Mailbox.objects.filter(pk=mailbox.pk).first()
    mailbox._history_user = actor  # type: ignore[attr-defined]
    mailbox._change_reason = reason[:100]  # type: ignore[attr-defined]
    mailbox.save()
    # Not `save`: a poller may be writing other parts of it.
    changes: dict[str, None] = {"next_poll_at": None}
    if old is not None and any(getattr(old, name) != getattr(mailbox, name) for name in ("host", "username", "folder")):
        changes["uid_validity"] = None
    MailboxState.objects.filter(pk=state_of(mailbox).pk).update(**changes)
    return mailbox
