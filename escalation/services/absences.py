"""Writes to absences: who is away from when to when, and who is asked in their place."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.models import Absence
from escalation.paths import Roster, can_be_asked
from escalation.policies import can_set_absence
from escalation.services import substitutes
from escalation.services.substitutes import Duty
from escalation.turns import leads_round
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text

NOTE_LENGTH = 200


def refuse_bad_absence(absence: Absence, *, at: datetime) -> None:
    """Raise InvalidInput naming the field, if nobody would stand in, or the person is away then already."""
    problems: dict[str, list[str]] = {}
    person, substitute = absence.person, absence.substitute
    if not can_be_asked(person):
        message = _("%(name)s doesn't work on tickets, so nobody needs to stand in.")
        problems["person"] = [message % {"name": person.get_full_name()}]
    if absence.ends_at <= absence.starts_at:
        problems["ends_at"] = [_("The end has to come after the beginning.")]
    elif absence.ends_at <= at:
        problems["ends_at"] = [_("This is over already. Choose an end that is still to come.")]
    if substitute.pk == person.pk:
        problems["substitute"] = [_("The substitute has to be somebody else.")]
    elif not can_be_asked(substitute):
        message = _("%(name)s doesn't work on tickets, or no longer. Choose somebody who does.")
        problems["substitute"] = [message % {"name": substitute.get_full_name()}]
    if not problems:
        problems = _clashes(absence)
    if problems:
        raise InvalidInput(fields=problems)


def _clashes(absence: Absence) -> dict[str, list[str]]:
    """What stands against it among the absences of that time."""
    same_time = list(
        Absence.objects.filter(starts_at__lt=absence.ends_at, ends_at__gt=absence.starts_at)
        .exclude(pk=absence.pk)
        .select_related("person", "substitute")
    )
    if any(other.person_id == absence.person_id for other in same_time):
        message = _("%(name)s is marked as away in this time already. End that absence first, or change it.")
        return {"starts_at": [message % {"name": absence.person.get_full_name()}]}
    roster = Roster([*same_time, absence])
    # The substitutes can change only where an absence begins.
    moments = {absence.starts_at, *(other.starts_at for other in same_time if other.starts_at > absence.starts_at)}
    if any(leads_round(absence.person, partial(roster.substitute_of, at=moment)) for moment in moments):
        message = _("%(name)s is away then too, and in the end nobody would stand in. Choose somebody who is there.")
        return {"substitute": [message % {"name": absence.substitute.get_full_name()}]}
    return {}


@transaction.atomic
def save_absence(*, absence: Absence, actor: User, at: datetime, reason: str = "") -> Absence:
    """Mark somebody as away, or change an absence; who stands in is told. Raises NotAllowed, or InvalidInput naming
    the field."""
    if not can_set_absence(actor, absence.person):
        raise NotAllowed(_("You can enter your own absences, and those of people in teams that you lead."))
    # Who enters an absence of the same people at this moment waits here, lest two overlap or lead round together.
    list(User.objects.select_for_update().filter(pk__in=[absence.person_id, absence.substitute_id]).order_by("pk"))
    absence.note = clean_text(absence.note, field="note", max_length=NOTE_LENGTH, multiline=False)
    refuse_bad_absence(absence, at=at)
    before = _duty_until_now(absence, at)
    _sign(absence, actor, reason)
    absence.save()
    substitutes.tell(absence_id=absence.pk, before=before, after=Duty.of(absence), actor=actor, at=at)
    return absence


def _duty_until_now(absence: Absence, at: datetime) -> Duty | None:
    """Who stands in by the row as it is stored; nobody where the absence is new, or was over."""
    stored = Absence.objects.select_for_update().not_over(at).filter(pk=absence.pk).first()
    return Duty.of(stored) if stored is not None else None


@transaction.atomic
def end_absence(*, absence_id: int, actor: User, at: datetime, reason: str = "") -> None:
    """Somebody is back, or doesn't leave at all: the absence ends now; one that hasn't begun is taken away. Who stood
    in is told.

    Raises NotVisible, or NotAllowed.
    """
    try:
        absence = lock_row(Absence.objects.visible_to(actor), pk=absence_id)
    except Absence.DoesNotExist:
        raise NotVisible from None
    if not can_set_absence(actor, absence.person):
        raise NotAllowed(_("You can enter your own absences, and those of people in teams that you lead."))
    if absence.ends_at <= at:
        return
    duty = Duty.of(absence)
    _sign(absence, actor, reason)
    if absence.starts_at >= at:
        absence.delete()
    else:
        absence.ends_at = at
        absence.save()
    substitutes.tell(absence_id=absence_id, before=duty, after=None, actor=actor, at=at)


def _sign(absence: Absence, actor: User, reason: str) -> None:
    absence._history_user = actor  # type: ignore[attr-defined]
    absence._change_reason = reason  # type: ignore[attr-defined]
