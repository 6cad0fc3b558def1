"""Work in the background for people's accounts."""

from __future__ import annotations

from celery import shared_task

from helpdesk.accounts.models import User
from helpdesk.accounts.services.passwords import send_reset_link


@shared_task(autoretry_for=(OSError,), retry_backoff=5, max_retries=5)
def mail_reset_link(user_id: int) -> None:
    person = User.objects.active().filter(pk=user_id, is_contact=False).first()
    if person is not None and person.email:
        send_reset_link(person=person)
