"""Reminding owners of articles that are due to be checked again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import localdate

from helpdesk.common.locking import lock_row
from helpdesk.common.outbox import Notice, enqueue
from knowledge.models import Article
from knowledge.services.recording import SUBJECT_TYPE, who_answers_for

BATCH = 200


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
