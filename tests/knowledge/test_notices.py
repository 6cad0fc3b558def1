"""What authors and owners are told, in the notification centre and by mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.common.models import OutboxMessage
from helpdesk.periodic import sweep
from knowledge.models import Article
from notifications.draining import drain
from tests.knowledge.acts import publish, published, save, send, write

pytestmark = pytest.mark.django_db


def deliver() -> None:
    drain(clock=timezone.now)


def lines(client) -> str:
    return client.get("/notifications/").content.decode()


def test_a_review_is_asked_for_and_answered(cast, as_user, mailoutbox):
    article = write(cast.agent)
    send(article, cast.agent)
    OutboxMessage.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=1))
    deliver()
    page = lines(as_user(cast.lead))
    assert "李强 asks for a review of the article “VPN does not connect”." in page
    assert f'href="/knowledge/{article.pk}/review/"' in page
    assert "“VPN 连不上”" in lines(as_user(cast.lead, "zh-hans"))
    publish(article, cast.lead)
    deliver()
    assert "赵磊 published the article" in lines(as_user(cast.agent))


def test_a_request_that_is_answered_is_not_mailed_any_more(cast):
    article = write(cast.agent)
    send(article, cast.agent)
    publish(article, cast.lead)
    deliver()
    asked = OutboxMessage.objects.filter(topic="article_to_review")
    assert {row.state for row in asked}.isdisjoint({"pending", "dead"})


def test_an_article_that_somebody_may_not_read_is_not_named_to_them(cast, as_user):
    article = published(cast)
    save(article, cast.agent2, {"en": {"title": "Secret title"}})
    send(article, cast.agent2)
    deliver()
    Article.objects.filter(pk=article.pk).update(audience="team", team=cast.first_line)
    publish(article, cast.lead)
    deliver()
    assert "Secret title" not in lines(as_user(cast.agent2))


def test_the_sweep_reminds_of_what_is_due(cast, as_user):
    published(cast)
    Article.objects.update(review_on=timezone.localdate() - timedelta(days=1))
    assert sweep(at=timezone.now())["article_review_due"] == 1
    assert "article_review_due" not in sweep(at=timezone.now())
    deliver()
    assert "was to be checked on" in lines(as_user(cast.agent))
