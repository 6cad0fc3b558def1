"""The day on which an article is checked again, and reminding its owner of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from helpdesk.common.errors import InvalidInput
from helpdesk.common.locking import lock_row
from helpdesk.common.outbox import Notice, enqueue
from knowledge.models import Article
from knowledge.services.recording import SUBJECT_TYPE, who_answers_for

BATCH = 200
REVIEWED_EVERY, REVIEWED_WITHIN = timedelta(days=180), timedelta(days=2 * 365)


def next_review(wanted: date | None, at: datetime) -> date:
    """The day that is wanted, or one in half a year. Raises InvalidInput for a day that is over, or too far away."""
    today = localdate(at)
    if wanted is None:
        return today + REVIEWED_EVERY
    if wanted <= today:
        raise InvalidInput(fields={"review_on": [_("Choose a day to come.")]})
    if wanted > today + REVIEWED_WITHIN:
        raise InvalidInput(fields={"review_on": [_("Choose a day within the next two years.")]})
    return wanted


def remind_of_reviews(*, at: datetime) -> int:
    """Tell the owner of each article whose day has come, once per day that was set. Returns how many were told of.

    Safe to run anywhere, any time: the row remembers for which day it was told.
    """
    today = localdate(at)
    untold = Q(review_told_for__isnull=True) | ~Q(review_told_for=F("review_on"))
    due = Article.objects.due_for_review(today).filter(untold).order_by("review_on", "pk")
    return sum(_remind(pk, at) for pk in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _remind(article_id: int, at: datetime) -> int:
    article = lock_row(Article.objects.select_related("owner"), pk=article_id)
    day = article.review_on
    if not article.is_published or day is None or day > localdate(at) or article.review_told_for == day:
        return 0
    article.review_told_for = day
    article.save(update_fields=["review_told_for"])
    owner = article.owner
    people = [owner.pk] if owner.is_active and owner.is_desk else who_answers_for(article)
    notices = [Notice("article_review_due", person, {"day": day.isoformat()}) for person in people]
    key = f"article-review-{article.pk}-{day}"
    enqueue(notices, event_key=key, subject_type=SUBJECT_TYPE, subject_id=article.pk, at=at)
    return 1
