"""Reporting a problem: the form, its draft, and the page that confirms it."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assets.details import normal_tag
from helpdesk.accounts import people_lookup
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, Unprocessable
from helpdesk.common.file_store import ALLOWED, MAX_BYTES
from helpdesk.common.web import SeeOther, add_errors, signed_in
from tickets.forms.submit import DRAFTED, TYPED, DetailsForm, SubmitForm
from tickets.incidents import banners
from tickets.lifecycle import FINAL
from tickets.models import Attachment, Draft, RequestKind, Ticket
from tickets.own_tickets import get_own_ticket
from tickets.services.drafts import discard, drafts_for, save_draft
from tickets.services.files import MAX_FILES, unsent_files
from tickets.services.submission import submit_form
from tickets.views.portal.suggestions import suggested
from tickets.views.posted import file_ids, keep_uploads

MODE = Draft.Mode.SUBMIT
# What an address may bring along: from the start page's box and tiles, and "report it again".
CARRIED = ("subject", "category", "after", "asset")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_new(request: HttpRequest) -> HttpResponse:
    viewer = request.user
    assert isinstance(viewer, User)
    follows = _followed(request, viewer)
    if request.method == "POST":
        return _submit(request, viewer, follows)
    draft = drafts_for(user=viewer, ticket=None).get(MODE)
    initial: dict[str, Any] = {}
    if follows is not None:
        initial = {**DetailsForm.of(follows), "description": "", "error_message": "", "steps": "", "occurred_at": None}
        initial["category"] = follows.category.code if follows.category else ""
        initial["device"] = follows.asset_links.values_list("asset__tag", flat=True).first()
    initial |= {name: request.GET[name][:200] for name in ("subject", "category") if request.GET.get(name)}
    if draft:
        initial |= {name: value for name, value in draft.items() if value and name in DRAFTED}
    # "Report a fault" beside a device says which one it is, whatever had been begun before.
    if request.GET.get("asset"):
        initial["device"] = normal_tag(request.GET["asset"][:40])
    ids = draft.get("attachments", "").split() if draft else []
    form = SubmitForm(viewer, initial=initial)
    return _page(request, form, _files(ids, viewer), follows=follows, has_draft=bool(draft))


def _followed(request: HttpRequest, viewer: User) -> Ticket | None:
    """The closed ticket that is reported again (`?after=`), or None. Raises NotVisible."""
    number = request.GET.get("after") or request.POST.get("after")
    if not number or "\x00" in number:
        return None
    old = get_own_ticket(number=number[:32], viewer=viewer)
    return old if old.status in FINAL and old.requester_id == viewer.pk else None


def _submit(request: HttpRequest, viewer: User, follows: Ticket | None) -> HttpResponse:
    at = timezone.now()
    form = SubmitForm(viewer, request.POST)
    kept, problems = keep_uploads(request.FILES.getlist("files"), actor=viewer, at=at)
    ids = file_ids(request) + kept
    for sentence in problems:
        form.add_error(None, sentence)
    if form.is_valid():
        kind = RequestKind.objects.filter(is_retired=False).order_by("position", "code").first()
        assert kind is not None, "the administration keeps at least one kind"
        try:
            number = submit_form(
                key=form.cleaned_data["submission_key"],
                request=form.to_request(kind=kind, attachments=ids),
                requester=form.requester,
                actor=viewer,
                at=at,
                follows=follows,
            )
            return SeeOther(reverse("portal:ticket_submitted", args=[number]))
        except InvalidInput as error:
            add_errors(form, error)
        except Unprocessable as error:
            # The page of a sent report was changed and sent again: ask, rather than drop the words or double them.
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["submission_key"] = uuid.uuid4().hex  # type: ignore[index]
            sent = {"number": error.extra.get("body")}
            form.add_error(
                None,
                _("You sent this page before, as ticket %(number)s. Send it again to report something else.") % sent,
            )
    return _page(request, form, _files(ids, viewer), follows=follows, status=422)


def _files(ids: list[str], viewer: User) -> list[Attachment]:
    try:
        return unsent_files(uuids=ids, actor=viewer)
    except InvalidInput:
        return []


def _page(
    request: HttpRequest,
    form: SubmitForm,
    files: list[Attachment],
    *,
    follows: Ticket | None,
    has_draft: bool = False,
    status: int = 200,
) -> HttpResponse:
    people = people_lookup.find_people(form.viewer, "")
    context = {
        "form": form,
        "incident_banners": banners(form.viewer),
        "files": files,
        "follows": follows,
        "has_draft": has_draft,
        "people": [people_lookup.label(person) for person in people],
        "carried": {name: request.GET[name] for name in CARRIED if request.GET.get(name)},
        **suggested(str(form["subject"].value() or ""), form.viewer, form.chosen_devices()),
        **file_limits(),
    }
    return render(request, "portal/submit.html", context, status=status)


def file_limits() -> dict[str, Any]:
    """What is said before files are picked, and checked before they are sent."""
    return {
        "max_bytes": MAX_BYTES,
        "max_megabytes": MAX_BYTES >> 20,
        "max_files": MAX_FILES,
        "file_types": ", ".join(sorted(ALLOWED)),
        "accept": ",".join(f".{extension}" for extension in sorted(ALLOWED)),
    }


@signed_in
@require_POST
def ticket_new_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed. What is only prefilled is not worth keeping."""
    viewer = request.user
    assert isinstance(viewer, User)
    content = {name: request.POST.get(name, "") for name in DRAFTED}
    ids = file_ids(request)
    if not ids and not any(content[name].strip() for name in TYPED):
        content = {}
    elif ids:
        content["attachments"] = " ".join(ids)
    save_draft(user=viewer, ticket_id=None, mode=MODE, content=content, at=timezone.now())
    return JsonResponse({"saved": bool(content)})


@signed_in
@require_POST
def ticket_new_discard(request: HttpRequest) -> HttpResponse:
    """Start over, with what the address had brought along."""
    viewer = request.user
    assert isinstance(viewer, User)
    discard(user=viewer, ticket=None, mode=MODE)
    carried = {name: request.POST[name] for name in CARRIED if request.POST.get(name)}
    query = f"?{urlencode(carried)}" if carried else ""
    return SeeOther(reverse("portal:ticket_new") + query)


@signed_in
@require_safe
def ticket_submitted(request: HttpRequest, number: str) -> HttpResponse:
    """What happens next."""
    viewer = request.user
    assert isinstance(viewer, User)
    ticket = get_own_ticket(number=number, viewer=viewer)
    return render(request, "portal/submitted.html", {"ticket": ticket})
