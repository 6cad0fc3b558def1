"""Telling what is known about a major incident: once, in both languages, to everybody who waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput
from helpdesk.common.idempotency import fingerprint, once
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.choices import Channel
from tickets.doorbell import ring_after_commit
from tickets.lifecycle import FINAL
from tickets.models import IncidentDelivery, IncidentLink, IncidentUpdate, MajorIncident, Ticket
from tickets.models.incident import UPDATE_LENGTH
from tickets.services.incidents import must_run, open_incident, record_on_parent, save_incident
from tickets.services.recording import Act, record, snapshot

AUDIENCES = ("banner", "requesters", "leads")


@dataclass(frozen=True)
class Word:
    """What is to be told, and to whom (`AUDIENCES`). A language may be missing only when `is_forced`."""

    text_zh: str
    text_en: str
    audiences: frozenset[str]
    is_forced: bool = False
    expected_by_at: datetime | None = None


def post_update_once(*, key: str, incident_id: int, word: Word, actor: User, at: datetime) -> int:
    """`post_update` from a form: sent twice under one key it is posted once. Returns the update's id.

    Raises what `post_update` raises, and Unprocessable when another text was sent under this key.
    """

    def act() -> tuple[int, int]:
        return 201, post_update(incident_id=incident_id, word=word, actor=actor, at=at, channel=Channel.PORTAL).pk

    facts = {"incident": incident_id, "zh": word.text_zh, "en": word.text_en, "to": sorted(word.audiences)}
    answer = once(user_id=actor.pk, key=f"incident-update:{key}", request_hash=fingerprint(facts), at=at, act=act)
    return int(answer.body)


@transaction.atomic
def post_update(
    *, incident_id: int, word: Word, actor: User, at: datetime, channel: Channel | str = ""
) -> IncidentUpdate:
    """Post a word. While the incident is open, the next one is due a cadence later.

    The parent ticket gets its event here. The linked tickets get theirs from a worker: the deliveries are rows of
    this transaction, so none is lost and none doubled, however many there are (`incident_work`).
    Raises NotVisible, NotAllowed, InvalidInput, or Conflict (`not_open` once it is reviewed, `archived`).
    """
    incident = open_incident(incident_id=incident_id, actor=actor, must_be_open=False)
    must_run(actor, incident)
    if incident.reviewed_at is not None:
        raise Conflict(_("This incident is over."), code="not_open")
    text_zh, text_en = _texts(word)
    _check(word, text_zh, text_en, at)
    incident.ticket = lock_row(Ticket.objects.all(), pk=incident.ticket_id)
    update = IncidentUpdate.objects.create(
        incident=incident,
        text_zh=text_zh,
        text_en=text_en,
        for_banner="banner" in word.audiences,
        for_requesters="requesters" in word.audiences,
        for_leads="leads" in word.audiences,
        author=actor,
        created_at=at,
    )
    if update.for_banner:
        incident.public_text_zh, incident.public_text_en = text_zh, text_en
        incident.announced_at = at
    if word.expected_by_at is not None:
        incident.expected_by_at = word.expected_by_at
    if incident.is_open:
        incident.next_update_due_at = at + timedelta(minutes=incident.update_every_minutes)
    save_incident(incident, actor=actor, at=at, reason=ActCode.INCIDENT_UPDATE)
    act = Act(
        code=ActCode.INCIDENT_UPDATE,
        actor=actor,
        at=at,
        channel=channel,
        is_public=update.for_requesters and incident.ticket.status not in FINAL,
        facts={"update": update.pk, "leads": update.for_leads},
    )
    record_on_parent(incident, act)
    if update.for_requesters:
        _enqueue(incident, update)
    return update


def _texts(word: Word) -> tuple[str, str]:
    texts: dict[str, str] = {}
    problems: dict[str, list[str]] = {}
    for name in ("text_zh", "text_en"):
        try:
            texts[name] = clean_text(getattr(word, name), field=name, max_length=UPDATE_LENGTH)
        except InvalidInput as error:
            problems |= error.sentences()
    if problems:
        raise InvalidInput(fields=problems)
    return texts["text_zh"], texts["text_en"]


def _check(word: Word, text_zh: str, text_en: str, at: datetime) -> None:
    problems: dict[str, list[str]] = {}
    if not text_zh and not text_en:
        problems["text_zh"] = [_("Write something first.")]
    elif not word.is_forced:
        if not text_zh:
            problems["text_zh"] = [_("The Chinese text is missing. Write it, or publish in one language only.")]
        if not text_en:
            problems["text_en"] = [_("The English text is missing. Write it, or publish in one language only.")]
    if not word.audiences or not word.audiences <= set(AUDIENCES):
        problems["audiences"] = [_("Choose who is to read this.")]
    if word.expected_by_at is not None and word.expected_by_at <= at:
        problems["expected_by_at"] = [_("Choose a time in the future.")]
    if problems:
        raise InvalidInput(fields=problems)


def _enqueue(incident: MajorIncident, update: IncidentUpdate) -> None:
    links = IncidentLink.objects.filter(incident=incident, unlinked_at=None).exclude(ticket__status__in=FINAL)
    rows = [IncidentDelivery(update=update, ticket_id=ticket) for ticket in links.values_list("ticket_id", flat=True)]
    IncidentDelivery.objects.bulk_create(rows, batch_size=500)
    if rows:
        ring_after_commit()


@transaction.atomic
def deliver(*, delivery_id: int, at: datetime) -> bool:
    """Put one update on one ticket. False when another worker has it or has done it.

    What was closed or archived meanwhile gets nothing more. The notice's key is the update's, so a requester with
    several tickets is told once.
    """
    waiting = IncidentDelivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(done_at=None)
    delivery = waiting.select_related("update").filter(pk=delivery_id).first()
    if delivery is None:
        return False
    ticket = lock_row(Ticket.objects.all(), pk=delivery.ticket_id)
    update = delivery.update
    if ticket.status not in FINAL:
        act = Act(
            code=ActCode.INCIDENT_UPDATE,
            actor=update.author,
            at=at,
            is_public=True,
            facts={"incident": update.incident_id, "update": update.pk},
        )
        record(ticket, act, before=snapshot(ticket))
    delivery.done_at = at
    delivery.save(update_fields=["done_at"])
    return True
