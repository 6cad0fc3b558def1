"""What is done with vendor cases, each on a page of its own that may be shown as a dialog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.models import Vendor
from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.forms import PlainForm
from helpdesk.common.web import SeeOther, add_errors
from tickets.forms.vendors import ChaseForm, CloseForm, DetailsForm, LogForm, PromiseForm, VendorCaseForm, WriteForm
from tickets.lifecycle import Command
from tickets.models import Ticket, VendorCase
from tickets.policies import can_follow_vendor_case, can_work_on, can_write_to_vendor
from tickets.selectors import get_ticket
from tickets.services.engine import allowed_rules
from tickets.services.vendors import cases, speaking
from tickets.vendor_cases import get_case
from tickets.views.desk.addresses import desk_url, view_of

FIRST_LOOK = timedelta(days=2)


@desk_page("GET", "POST")
def vendor_case_open(request: HttpRequest, number: str) -> HttpResponseBase:
    """First the vendor is chosen (`?vendor=`), then what it is to do is said."""
    me, at = viewer(request), timezone.now()
    ticket = get_ticket(number=number, viewer=me)
    if not can_work_on(me, ticket):
        raise NotAllowed
    vendors = list(Vendor.objects.visible_to(me).on_offer().prefetch_related("contracts"))
    vendor = _chosen(vendors, request.GET.get("vendor", ""))
    back = desk_url("ticket", number, view=view_of(request))
    if vendor is None:
        today = timezone.localdate(at)
        offers = [(one, any(contract.is_in_force(today) for contract in one.contracts.all())) for one in vendors]
        context = {"ticket": ticket, "vendors": offers, "back_url": back, "desk_views": (), "contact": {}}
        return render(request, _template(request, "choose"), context)
    can_wait = any(rule.command == Command.WAIT for rule in allowed_rules(ticket, me, at))
    form = VendorCaseForm(vendor, request.POST or None, can_wait=can_wait, initial=_suggested(vendor, ticket))

    def act() -> str:
        wish = cases.Wish(vendor, **form.cleaned_data)
        case = cases.open_case(ticket_id=ticket.pk, wish=wish, actor=me, at=at)
        return _address(case)

    covered = any(contract.is_in_force(timezone.localdate(at)) for contract in vendor.contracts.all())
    facts = {"vendor": vendor, "is_uncovered": not covered, "back_url": back}
    said = _("The liaison has the case now.")
    title = _("Ask %(vendor)s") % {"vendor": vendor.name}
    return _answer(request, ticket, form, act, title=title, submit=_("Open the case"), said=said, **facts)


def _chosen(vendors: list[Vendor], given: str) -> Vendor | None:
    if len(vendors) == 1 and not given:
        return vendors[0]
    return next((vendor for vendor in vendors if str(vendor.pk) == given), None)


def _suggested(vendor: Vendor, ticket: Ticket) -> dict[str, Any]:
    """The contract that holds, and two days until the first look."""
    day = timezone.localdate()
    contract = next((contract for contract in vendor.contracts.all() if contract.is_in_force(day)), None)
    return {
        "contract": contract,
        "next_chase_at": timezone.localtime(timezone.now() + FIRST_LOOK).replace(
            hour=9, minute=0, second=0, microsecond=0
        ),
        "severity": VendorCase.Severity.MEDIUM,
    }


@desk_page("GET", "POST")
def vendor_write(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """A mail to the vendor, by its liaison."""
    me = viewer(request)
    case = _case(case_id, me)
    if not can_write_to_vendor(me, case.vendor):
        raise NotAllowed(_("Only the liaison of this vendor and the deputy write to it."))
    initial = {} if case.messages.exists() else {"body": case.question}
    form = WriteForm(case.ticket, me, request.POST or None, initial=initial)

    def act() -> None:
        key = form.cleaned_data["key"]
        speaking.send_to_vendor_once(key=key, case_id=case.pk, word=form.word(), actor=me, at=timezone.now())

    facts = {"address": case.address, "is_disclosing": True}
    title, said = _("Write to the vendor"), _("The mail to the vendor is on its way.")
    return _of_case(request, case, form, act, title=title, submit=_("Send to the vendor"), said=said, **facts)


@desk_page("GET", "POST")
def vendor_log(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """A call, a visit, a word in their portal."""
    me = viewer(request)
    case = _case(case_id, me)
    form = LogForm(case.ticket, me, request.POST or None)

    def act() -> None:
        given = form.cleaned_data
        speaking.log_contact(
            case_id=case.pk,
            word=form.word(),
            direction=given["direction"],
            channel=given["channel"],
            actor=me,
            at=timezone.now(),
        )

    title, said = _("Log vendor contact"), _("The contact is in the log.")
    return _of_case(request, case, form, act, title=title, submit=_("Save"), said=said)


@desk_page("GET", "POST")
def vendor_promise(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """By when the vendor has promised to answer."""
    me = viewer(request)
    case = _case(case_id, me)
    form = PromiseForm(request.POST or None)

    def act() -> None:
        cases.record_promise(case_id=case.pk, actor=me, at=timezone.now(), **form.cleaned_data)

    title, said = _("What does the vendor promise?"), _("The vendor's promise is noted.")
    return _of_case(request, case, form, act, title=title, submit=_("Save"), said=said)


@desk_page("GET", "POST")
def vendor_chase(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """When to look after the vendor next."""
    me = viewer(request)
    case = _case(case_id, me)
    form = ChaseForm(request.POST or None)

    def act() -> None:
        cases.set_chase(case_id=case.pk, actor=me, at=timezone.now(), **form.cleaned_data)

    title, said = _("When do we chase the vendor?"), _("You will be reminded.")
    return _of_case(request, case, form, act, title=title, submit=_("Save"), said=said)


@desk_page("GET", "POST")
def vendor_details(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """Their number, contact, contract, the visit, what it costs."""
    me = viewer(request)
    case = _case(case_id, me)
    form = DetailsForm(case, request.POST or None)

    def act() -> None:
        cases.change_case(case_id=case.pk, changes=form.cleaned_data, actor=me, at=timezone.now())

    title, said = _("Details of the vendor case"), _("The details are saved.")
    return _of_case(request, case, form, act, title=title, submit=_("Save"), said=said)


@desk_page("GET", "POST")
def vendor_close(request: HttpRequest, case_id: int) -> HttpResponseBase:
    """What came of it."""
    me = viewer(request)
    case = _case(case_id, me)
    form = CloseForm(request.POST or None, is_waiting=cases.waits_for_vendor(case.ticket))

    def act() -> None:
        cases.close_case(case_id=case.pk, actor=me, at=timezone.now(), **form.cleaned_data)

    title, said = _("Close the vendor case"), _("The vendor case is closed.")
    return _of_case(request, case, form, act, title=title, submit=_("Close the case"), said=said)


def _case(case_id: int, me: User) -> VendorCase:
    """A case that this person may act on. Raises NotVisible, NotAllowed or Conflict."""
    case = get_case(case_id=case_id, viewer=me)
    if not can_follow_vendor_case(me, case):
        raise NotAllowed(_("Only the vendor's liaison, the deputy and who works on the ticket can do this."))
    if not case.is_open:
        raise Conflict(_("This vendor case is closed already."), code="case_closed")
    return case


def _address(case: VendorCase) -> str:
    return reverse("desk:vendor_case", args=[case.pk])


def _of_case(
    request: HttpRequest,
    case: VendorCase,
    form: PlainForm,
    act: Callable[[], None],
    *,
    title: str,
    submit: str,
    said: str,
    **facts: Any,
) -> HttpResponse:
    def done() -> str:
        act()
        return _address(case)

    facts = {"case": case, "vendor": case.vendor, "back_url": _address(case), **facts}
    return _answer(request, case.ticket, form, done, title=title, submit=submit, said=said, **facts)


def _answer(
    request: HttpRequest,
    ticket: Ticket,
    form: PlainForm,
    act: Callable[[], str],
    *,
    title: str,
    submit: str,
    said: str,
    **facts: Any,
) -> HttpResponse:
    """The form, or what comes of it; `act` returns where it leads."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                address = act()
            except InvalidInput as error:
                add_errors(form, error)
            except Conflict as error:
                form.add_error(None, str(error))
                status = 409
            else:
                messages.success(request, said)
                return SeeOther(address)
    context = {"ticket": ticket, "title": title, "submit_label": submit, "form": form, "desk_views": (), "contact": {}}
    return render(request, _template(request, "form"), {**context, **facts}, status=status)


def _template(request: HttpRequest, name: str) -> str:
    is_fragment = request.headers.get("HX-Request") == "true"
    return f"desk/vendors/{'_' if is_fragment else ''}{name}.html"
