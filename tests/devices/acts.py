"""Articles and tickets that the tests of suggestions and solutions start from."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from knowledge.choices import EN, ZH
from knowledge.models import Article
from knowledge.services.publishing import publish
from knowledge.services.writing import create_article, send_for_review
from tests.cast import Cast
from tests.factories import bring_to, make_ticket
from tickets.models import Ticket

VPN = {
    ZH: {
        "title": "VPN 断线怎么办",
        "symptom": "VPN 每隔几分钟断线",
        "cause": "证书过期",
        "solution": "重新导入证书",
        "advice": "到期前更新",
    },
    EN: {
        "title": "VPN drops",
        "symptom": "VPN drops",
        "cause": "Certificate",
        "solution": "Import it again",
        "advice": "",
    },
}


def article(cast: Cast, texts: Any = None, **details: Any) -> Article:
    """A published one."""
    at = timezone.now()
    row = create_article(texts=texts or VPN, actor=cast.agent, at=at, details=details)
    row = send_for_review(article_id=row.pk, version=row.version, actor=cast.agent, at=at)
    return publish(article_id=row.pk, version=row.version, actor=cast.lead, at=at)


def many(row: Any, search: Any, count: int, **named: str) -> None:
    """So many more rows like this one, newer, with its search tokens."""
    (name, word), model = named.popitem(), type(row)
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    rows = model.objects.bulk_create(model(**{**fields, name: f"{word}-{number}"}) for number in range(count))
    tokens = search.objects.get(pk=row.pk)
    words = {"public_tokens": tokens.public_tokens, "internal_tokens": tokens.internal_tokens}
    search.objects.bulk_create(search(pk=each.pk, **words) for each in rows)


def at_work(cast: Cast, **fields: Any) -> Ticket:
    return bring_to(make_ticket(cast.requester, **fields), "in_progress", cast.agent)
