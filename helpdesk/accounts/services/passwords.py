"""Passwords: set by their owner, by an administrator, or through a link that goes to the stored address only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.http import int_to_base36
from kombu.exceptions import OperationalError

from helpdesk.accounts.models import User
from helpdesk.accounts.services.sessions import end_sessions, end_tokens

log = structlog.get_logger(__name__)


class ResetLinkTokens(PasswordResetTokenGenerator):
    """Good for one use within PASSWORD_RESET_TIMEOUT; void after a change of password, e-mail or activity, or a sign-in."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


def set_password(*, person: User, password: str, actor: User) -> None:
    """Store a new password. Other sessions end with it, because a session is bound to the password's hash."""
    person.set_password(password)
    person.save(update_fields=["password"])
    log.info("password_set", user_id=person.pk, actor_id=actor.pk)


@transaction.atomic
def reset_password(*, person: User, password: str, actor: User, at: datetime) -> None:
    """A new password where the old one is lost or not to be trusted: all sessions and API tokens end too (A3)."""
    set_password(person=person, password=password, actor=actor)
    end_sessions(person=person, at=at)
    end_tokens(person=person)


def request_reset_link(*, person: User | None) -> None:
    """Have the link mailed in the background. Nobody, contacts, deactivated people and people without an address get none.

    Callers answer the same in every case. Without a broker the mail goes out at once.
    """
    from helpdesk.accounts.tasks import mail_reset_link

    if person is None or not person.is_active or person.is_contact or not person.email:
        return
    try:
        mail_reset_link.delay(person.pk)
    except OperationalError:
        mail_reset_link(person.pk)


def send_reset_link(*, person: User) -> None:
    """Mail the link in the person's language. Its host is SITE_URL, whatever the request claimed."""
    key = ResetLinkTokens().make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": int_to_base36(person.pk), "key": key})
    facts = {
        "name": person.get_full_name(),
        "username": person.username,
        "link": settings.SITE_URL + path,
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    with translation.override(person.language or settings.LANGUAGE_CODE):
        subject = " ".join(render_to_string("emails/password_reset/subject.txt", facts).split())
        body = render_to_string("emails/password_reset/body.txt", facts)
    EmailMessage(subject, body, to=[str(person.email)]).send()
