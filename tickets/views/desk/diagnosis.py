"""The diagnosis log of a ticket: planning steps, taking them, dropping them (M3.2-2, M3.3.1-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from tickets.diagnosis import StepKind
from tickets.forms.agreements import ResultForm, StepForm, TemplateForm
from tickets.models import DiagnosisStep
from tickets.policies import can_work_on
from tickets.selectors import templates_for
from tickets.services.diagnosis import Plan, Result, drop_step, finish_step, log_step, plan_from_template, plan_step
from tickets.views.desk.asking import Sheet, answer_sheet
from tickets.views.desk.consents import own_ticket
from tickets.views.posted import keep_uploads

TAB = "diagnosis"


@desk_page("GET", "POST")
def step_add(request: HttpRequest, number: str) -> HttpResponseBase:
    """Plan a step, or log one that was taken already."""
    me = viewer(request)
    ticket = own_ticket(number, me)

    def act(data: dict[str, Any]) -> str:
        at = timezone.now()
        plan = Plan(data["kind"], data["action"], data["hypothesis"], data["touches"])
        if not data["finding"]:
            plan_step(ticket_id=ticket.pk, plan=plan, actor=me, at=at)
            return _("The step is planned.")
        log_step(ticket_id=ticket.pk, plan=plan, result=_result(data, me, at), actor=me, at=at)
        return _("The step is recorded.")

    sheet = Sheet(
        _("Diagnosis step"),
        _("Save"),
        _("Without a result the step is planned; with one it is recorded as done."),
        tab=TAB,
    )
    return answer_sheet(request, ticket, StepForm(request.POST or None, request.FILES or None), sheet, act)


@desk_page("GET", "POST")
def step_end(request: HttpRequest, step_id: int) -> HttpResponseBase:
    """Say what came of a planned step, or that it isn't needed."""
    me = viewer(request)
    row = DiagnosisStep.objects.visible_to(me).select_related("ticket").filter(pk=step_id).first()
    if row is None:
        raise NotVisible
    if not can_work_on(me, row.ticket):
        raise NotAllowed

    def act(data: dict[str, Any]) -> str:
        at = timezone.now()
        if "drop" in request.POST:
            drop_step(step_id=row.pk, reason=data["result"], actor=me, at=at)
            return _("The step is dropped.")
        finish_step(step_id=row.pk, result=_result(data, me, at), actor=me, at=at)
        return _("The step is recorded.")

    form = ResultForm(request.POST or None, request.FILES or None, kinds=(StepKind(row.kind),))
    sheet = Sheet(_("What came of the step"), _("Done"), row.action, also=[("drop", _("Not needed"))], tab=TAB)
    return answer_sheet(request, row.ticket, form, sheet, act)


@desk_page("GET", "POST")
def step_template(request: HttpRequest, number: str) -> HttpResponseBase:
    """Take over a list of usual steps."""
    me = viewer(request)
    ticket = own_ticket(number, me)
    form = TemplateForm(request.POST or None, templates=templates_for(ticket))

    def act(data: dict[str, Any]) -> str:
        plan_from_template(ticket_id=ticket.pk, template=data["template"], actor=me, at=timezone.now())
        return _("The steps are planned.")

    sheet = Sheet(_("Take over a list of steps"), _("Take over"), tab=TAB)
    return answer_sheet(request, ticket, form, sheet, act)


def _result(data: dict[str, Any], me: User, at: datetime) -> Result:
    return Result(data["finding"], data["result"], data["evidence"], data["minutes"], _kept(data["files"], me, at))


def _kept(uploads: Sequence[Any], me: User, at: datetime) -> list[str]:
    """The ids of what came with the form. Raises InvalidInput where one isn't accepted."""
    kept, problems = keep_uploads(uploads, actor=me, at=at)
    if problems:
        raise InvalidInput(fields={"files": problems})
    return kept
