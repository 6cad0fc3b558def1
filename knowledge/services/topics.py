"""The knowledge base's list of topics, which administrators keep."""

from __future__ import annotations

from django.db import transaction

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import NotAllowed
from knowledge.models import Topic
from knowledge.services.recording import hold_topics, index_article


@transaction.atomic
def save_topic(*, topic: Topic, actor: User, reason: str = "") -> Topic:
    """Store a topic; articles are found by its new names at once. Raises NotAllowed."""
    if not actor.can(Ability.CONFIGURE):
        raise NotAllowed
    topic._history_user = actor  # type: ignore[attr-defined]
    topic._change_reason = reason[:100]  # type: ignore[attr-defined]
    before = hold_topics().get(topic.pk)
    topic.save()
    if before is not None and (before.name_zh, before.name_en) != (topic.name_zh, topic.name_en):
        for article in topic.articles.filter(published_at__isnull=False):
            index_article(article)
    return topic


def set_retired(*, topic: Topic, is_retired: bool, actor: User) -> Topic:
    """Take a topic off the list, or put it back; its articles keep it. Raises NotAllowed."""
    topic.is_retired = is_retired
    return save_topic(topic=topic, actor=actor, reason="retired" if is_retired else "restored")
