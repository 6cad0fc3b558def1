"""Erasing what is personal from one ticket, so that its figures and its chain of events stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.services.erasing import stand_in
from helpdesk.common.errors import Conflict
from helpdesk.common.file_store import discard_bytes
from tickets.choices import Act as ActCode
from tickets.erasure import MAIL_HEADS, NO_SUBJECT, WHO, WRITTEN, rows_beside
from tickets.lifecycle import FINAL
from tickets.models import Attachment, Draft, IncomingMail, LegalHold, Ticket, TicketAsset, TicketSeen, Watcher
from tickets.seals import KINDS, digest, sealed_parts
from tickets.services.recording import Act, open_for_change, record, snapshot

# How the event says what went: who it was about, the texts as well, or the contact data of a person who was made nameless.
WHO_SCOPE, TEXTS_SCOPE, PERSON_SCOPE = "who", "texts", "person"


def refuse_held(ticket: Ticket) -> None:
    """Raise Conflict (`held`) while the ticket or a person whose request it is must be kept.

    The people's rows stay locked until the transaction ends, so that nobody sets a hold between asking and erasing.
    """
    people = {ticket.requester_id, ticket.reported_by_id}
    list(User.objects.select_for_update().filter(pk__in=people).order_by("pk").values_list("pk"))
    if LegalHold.objects.on(ticket).exists():
        raise Conflict(_("This ticket is under a legal hold: nothing of it may be erased."), code="held")


@transaction.atomic
def erase_ticket(*, ticket_id: int, with_texts: bool, at: datetime, person: User | None = None) -> Ticket:
    """Erase who the ticket is about, and with `with_texts` all that was written and every file. The system's act alone.

    `person` is the requester who was made nameless; without one the ticket goes to a stand-in of the same department.
    Raises NotVisible or Conflict (`held`, `still_open`).
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=None, version=None, even_archived=True)
    if ticket.status not in FINAL:
        raise Conflict(_("This ticket is still open."), code="still_open")
    refuse_held(ticket)
    before, sealed = snapshot(ticket), _seals(ticket)
    former = ticket.requester if person is None else None
    who = person or stand_in(ticket.requester.department, at=at)
    written = list(ticket.messages.exclude(body="").order_by("pk").values_list("pk", flat=True)) if with_texts else []
    _erase_columns(ticket, who, with_texts=with_texts, at=at)
    _erase_rows(ticket, who, with_texts=with_texts, former=former)
    if former is not None:
        _give_to_stand_in(ticket, who, former)
    if with_texts:
        _erase_files(ticket, at)
    # Whose device it is stands in the register.
    TicketAsset.objects.filter(ticket=ticket).delete()
    mails = IncomingMail.objects.filter(ticket=ticket)
    erase_mails(mails if person is None else mails.filter(person=person))
    if person is None:
        Draft.objects.filter(ticket=ticket).delete()
        Watcher.objects.filter(ticket=ticket).delete()
        TicketSeen.objects.filter(ticket=ticket, user__is_agent=False, user__is_admin=False).delete()
    facts = {
        "scope": PERSON_SCOPE if person is not None else TEXTS_SCOPE if with_texts else WHO_SCOPE,
        # What `verify_audit` accepts as erased: these messages without text, these rows as they are now.
        "erased": {"messages": written, "sealed": _changed(sealed, _seals(ticket))},
    }
    record(ticket, Act(code=ActCode.ANONYMISED, actor=None, at=at, facts=facts), before=before)
    return ticket


def _erase_columns(ticket: Ticket, who: User, *, with_texts: bool, at: datetime) -> None:
    """The ticket's own columns, now and in its past versions."""
    blank: dict[str, Any] = dict.fromkeys((*WHO, *(WRITTEN if with_texts else ())), "")
    blank["contact_name"] = who.get_full_name()
    if with_texts:
        blank["subject"] = NO_SUBJECT
        ticket.texts_erased_at = at
    for name, value in blank.items():
        setattr(ticket, name, value)
    ticket.anonymised_at = ticket.anonymised_at or at
    ticket.history.order_by().update(**blank)


def _give_to_stand_in(ticket: Ticket, who: User, former: User) -> None:
    """The ticket's own references to the requester's side, now and in its past versions."""
    if ticket.reported_by == former or not ticket.reported_by.is_desk:
        ticket.reported_by = who
    ticket.requester = who
    past = ticket.history.order_by()
    past.update(requester=who)
    for name in ("reported_by", "history_user"):
        past.filter(_not_of_the_desk(name) | Q(**{name: former})).update(**{name: who})


def _not_of_the_desk(reference: str) -> Q:
    return Q(**{f"{reference}__is_agent": False, f"{reference}__is_admin": False})


def _erase_rows(ticket: Ticket, who: User, *, with_texts: bool, former: User | None) -> None:
    """The rows beside it. `former` is whose request it was where a stand-in takes their place now; where the requester
    stays as a person without a name, rows that name others keep them."""
    for kind in rows_beside():
        blank: Mapping[str, Any] = {**kind.who, **(kind.written if with_texts else {})}
        rows = kind.of(ticket)
        if former is None and kind.people:
            rows = rows.filter(**{kind.people[0]: who})
        if blank:
            rows.update(**blank)
        for name in kind.people if former is not None else ():
            theirs = kind.of(ticket).filter(_not_of_the_desk(name) | Q(**{name: former})).values_list("pk", flat=True)
            kind.model._default_manager.filter(pk__in=list(theirs)).update(**{name: who})


def _erase_files(ticket: Ticket, at: datetime) -> None:
    """The row keeps size, type and SHA-256. The bytes go once nothing can be rolled back; the sweep of the file store
    removes what a killed process left."""
    for file in Attachment.objects.filter(ticket=ticket, erased_at=None):
        ending = file.name.rpartition(".")[2] if "." in file.name else ""
        file.name = f"{NO_SUBJECT}.{ending}" if ending else NO_SUBJECT
        file.erased_at = at
        file.save(update_fields=["name", "erased_at"])
        transaction.on_commit(partial(discard_bytes, file.storage_key))


def erase_mails(mails: QuerySet[IncomingMail]) -> None:
    """The mails as they came: their heads name people, whatever else may stay."""
    for key in mails.exclude(storage_key="").values_list("storage_key", flat=True):
        transaction.on_commit(partial(discard_bytes, key))
    mails.update(storage_key="", **MAIL_HEADS)


def _seals(ticket: Ticket) -> list[dict[str, Any]]:
    """The fingerprints of all sealed rows as they stand."""
    told = ticket.events.filter(data__has_key="sealed").values_list("data__sealed", flat=True)
    found = []
    for (kind, pk), known in sorted(sealed_parts(told).items()):
        row: Any = KINDS[kind]._default_manager.get(pk=pk)
        found.append({"kind": kind, "id": pk, **{part: digest(row, part) for part in sorted(known)}})
    return found


def _changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [new for old, new in zip(before, after, strict=True) if old != new]
