"""What happened to a confidential ticket and a security incident, in whole sentences for the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import when_text
from tickets.choices import Act
from tickets.models import TicketEvent
from tickets.security_words import STEP_LABELS


def secrecy_words(event: TicketEvent, people: Mapping[int, str], teams: Mapping[int, str]) -> dict[str, str]:
    """Words for the ids and codes that such an event holds; empty for what it doesn't."""
    data = event.data
    until = data.get("until")
    return {
        "named": _listed([*_names(data.get("readers", ()), people), *_names(data.get("reader_teams", ()), teams)]),
        "unnamed": _listed(
            [*_names(data.get("readers_gone", ()), people), *_names(data.get("reader_teams_gone", ()), teams)]
        ),
        "called": _listed(_names(data.get("called", ()), people)),
        "security_step": str(STEP_LABELS.get(data.get("security_step", ""), "")),
        "evidence": str(data.get("evidence", "")),
        "glass_until": str(when_text(datetime.fromisoformat(until))) if until else "",
    }


def mentioned_by(event: TicketEvent) -> list[tuple[str, Iterable[int]]]:
    """The people and teams whose names the sentence needs, by the ticket's column of such ids."""
    data = event.data
    return [
        *(("assignee_id", data.get(fact, ())) for fact in ("readers", "readers_gone", "called")),
        *(("team_id", data.get(fact, ())) for fact in ("reader_teams", "reader_teams_gone")),
    ]


def _names(ids: Iterable[int], names: Mapping[int, str]) -> list[str]:
    return [names.get(pk, "—") for pk in ids]


def _listed(words: Iterable[str]) -> str:
    return _(", ").join(words)


def _made_confidential(event: TicketEvent) -> str:
    if event.data.get("readers") or event.data.get("reader_teams"):
        return _("%(actor)s made the ticket confidential. Named as readers: %(named)s.")
    return _("%(actor)s made the ticket confidential.")


def _readers_changed(event: TicketEvent) -> str:
    came = event.data.get("readers") or event.data.get("reader_teams")
    gone = event.data.get("readers_gone") or event.data.get("reader_teams_gone")
    if came and gone:
        return _("%(actor)s changed who may read the ticket: %(named)s came, %(unnamed)s went.")
    if came:
        return _("%(actor)s let these read the ticket: %(named)s.")
    if gone:
        return _("%(actor)s took these off the readers: %(unnamed)s.")
    if event.data.get("changes", {}).get("is_named_only", [None, None])[1]:
        return _("%(actor)s shut the ticket for everybody who isn't named.")
    return _("%(actor)s opened the ticket to its whole team.")


def _raised(event: TicketEvent) -> str:
    if event.data.get("called"):
        return _("%(actor)s raised a security incident. Called: %(called)s.")
    return _("%(actor)s raised a security incident. Nobody could be called.")


def _step_ended(event: TicketEvent) -> str:
    if event.data.get("state") == "not_applicable":
        return _("%(actor)s says that this step doesn't apply: %(security_step)s.")
    if event.data.get("is_late"):
        return _("%(actor)s did this step, after its time: %(security_step)s.")
    return _("%(actor)s did this step: %(security_step)s.")


def _checked(event: TicketEvent) -> str:
    result = event.data.get("check")
    if result == "matches":
        return _("%(actor)s checked evidence no. %(evidence)s: it is unchanged.")
    if result == "missing":
        return _("%(actor)s checked evidence no. %(evidence)s: the file is missing.")
    return _("%(actor)s checked evidence no. %(evidence)s: the file was changed.")


TELLERS: dict[str, Callable[[TicketEvent], str]] = {
    Act.MADE_CONFIDENTIAL.value: _made_confidential,
    Act.READERS_CHANGED.value: _readers_changed,
    Act.CONFIDENTIALITY_LIFTED.value: lambda event: _("%(actor)s opened the ticket to the whole desk again."),
    Act.GLASS_BROKEN.value: lambda event: _(
        "%(actor)s opened the ticket in an emergency and may read it until %(glass_until)s."
    ),
    Act.SECURITY_RAISED.value: _raised,
    Act.SECURITY_STEP_ENDED.value: _step_ended,
    Act.SECURITY_STEP_OVERDUE.value: lambda event: _("This step was not done in time: %(security_step)s."),
    Act.EVIDENCE_TAKEN.value: lambda event: _("%(actor)s secured evidence no. %(evidence)s."),
    Act.EVIDENCE_PASSED.value: lambda event: _("%(actor)s wrote down who holds evidence no. %(evidence)s now."),
    Act.EVIDENCE_CHECKED.value: _checked,
}
