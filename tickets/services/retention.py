"""Retention: erasing what is personal from archived tickets when their time is over (M3.5-4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError
from tickets.models import Category, LegalHold, RetentionPolicy, Ticket
from tickets.models.ticket import TicketQuerySet
from tickets.services.erasing.people import follow_erasures
from tickets.services.erasing.tickets import erase_ticket

log = structlog.get_logger(__name__)
BATCH = 200


@dataclass(frozen=True)
class Term:
    """What holds for a category: after how many days, and whether the texts go too."""

    keep_days: int
    erases_texts: bool


def terms_by_category() -> dict[int | None, Term]:
    """The term of each category, None being tickets without one. What is kept for ever isn't there."""
    policies = {policy.category_id: policy for policy in RetentionPolicy.objects.order_by("pk")}
    found: dict[int | None, Term] = {}
    branches: Mapping[int | None, list[int]] = {row.pk: row.branch for row in Category.objects.only("pk", "path")}
    for category, branch in {**branches, None: []}.items():
        nearest = next((policies[pk] for pk in reversed(branch) if pk in policies), policies.get(None))
        if nearest is not None and nearest.keep_days is not None:
            found[category] = Term(nearest.keep_days, nearest.erases_texts)
    return found


def due(at: datetime) -> TicketQuerySet:
    """Archived tickets whose time is over and that nothing keeps."""
    by_term: dict[Term, list[int | None]] = defaultdict(list)
    for category, term in terms_by_category().items():
        by_term[term].append(category)
    over = Q(pk__in=[])
    for term, categories in by_term.items():
        of_them = Q(category_id__in=[pk for pk in categories if pk is not None])
        if None in categories:
            of_them |= Q(category__isnull=True)
        left = Q(texts_erased_at__isnull=True) if term.erases_texts else Q(anonymised_at__isnull=True)
        over |= of_them & left & Q(archived_at__lte=at - timedelta(days=term.keep_days))
    holds = LegalHold.objects.in_force().filter(
        Q(ticket=OuterRef("pk")) | Q(person=OuterRef("requester")) | Q(person=OuterRef("reported_by"))
    )
    return Ticket.objects.filter(over, ~Exists(holds), archived_at__isnull=False)


def run_due(*, at: datetime, may_go_on: Callable[[], bool] = lambda: True) -> dict[str, int]:
    """Erase what is due, each ticket in its own transaction, until nothing is or `may_go_on` says no. Returns counts.

    Any number of workers may run this at once: a ticket that another one holds is left to it.
    """
    done: Counter[str] = Counter()
    last = 0
    while may_go_on():
        done["people"] += (followed := follow_erasures(at=at))
        tickets = list(due(at).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
        for ticket_id in tickets:
            done[_run_one(ticket_id, at)] += 1
            last = ticket_id
        if not tickets and not followed:
            break
    done.pop("", None)
    return {name: count for name, count in done.items() if count}


def _run_one(ticket_id: int, at: datetime) -> str:
    try:
        with transaction.atomic():
            free = Ticket.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=ticket_id).first()
            if free is None or not due(at).filter(pk=ticket_id).exists():
                return ""
            term = terms_by_category()[free.category_id]
            erase_ticket(ticket_id=ticket_id, with_texts=term.erases_texts, at=at)
    except DomainError as error:
        log.warning("retention_refused", ticket=ticket_id, code=error.code)
        return "refused"
    except Exception:
        # One broken ticket must not keep all the others.
        log.exception("retention_failed", ticket=ticket_id)
        return "refused"
    return "erased"


@transaction.atomic
def save_policy(*, policy: RetentionPolicy, actor: User, reason: str = "") -> RetentionPolicy:
    """Store how long something is kept."""
    policy._history_user = actor  # type: ignore[attr-defined]
    policy._change_reason = reason[:100]  # type: ignore[attr-defined]
    policy.save()
    return policy
