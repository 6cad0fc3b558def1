"""What somebody has of ours, and their word on hand-outs and returns. Also where the code on a label leads."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assets.choices import CustodyKind, CustodyVia
from assets.forms import WordsForm
from assets.models import Asset, CustodyAct, LicenceSeat
from assets.selectors import get_asset
from assets.services.custody import Answer, answer_custody
from helpdesk.accounts.desk_access import viewer
from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from helpdesk.common.web import SeeOther, add_errors, signed_in


@signed_in
@require_safe
def my_equipment(request: HttpRequest) -> HttpResponseBase:
    """The viewer's own devices and software with their licences, and what waits for their word."""
    me = viewer(request)
    context = {
        "assets": Asset.objects.visible_to(me).filter(holder=me).with_names(),
        "waiting": CustodyAct.objects.visible_to(me).open().filter(person=me).select_related("asset__type", "given_by"),
        "seats": LicenceSeat.objects.visible_to(me)
        .used_by(me)
        .select_related("licence", "asset")
        .order_by("licence__name"),
        "today": timezone.localdate(),
    }
    return render(request, "assets/mine.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def custody(request: HttpRequest, act_id: int) -> HttpResponseBase:
    """One hand-out or return that the viewer is asked about: yes, or what is not right. Later it says what was answered."""
    me = viewer(request)
    rows = CustodyAct.objects.visible_to(me).filter(person=me).select_related("asset__type", "given_by")
    row = rows.filter(pk=act_id).first()
    if row is None:
        raise NotVisible
    is_no = request.method == "POST" and request.POST.get("answer") == "no"
    form, status = WordsForm(request.POST if is_no else None), 200
    if request.method == "POST" and (form.is_valid() or not is_no):
        answer = Answer(not is_no, CustodyVia.PORTAL, form.cleaned_data["words"] if is_no else "")
        try:
            answer_custody(act_id=row.pk, answer=answer, actor=me, at=timezone.now())
        except InvalidInput as error:
            add_errors(form, error)
        except Conflict as error:
            messages.error(request, str(error.message))
            return SeeOther(reverse("assets:custody", args=[row.pk]))
        else:
            said = _("Thank you. We have told the support team.") if is_no else _("Thank you. It is confirmed.")
            messages.success(request, said)
            return SeeOther(reverse("assets:mine"))
    if form.errors:
        status = 422
    context = {"act": row, "asset": row.asset, "form": form, "is_hand_out": row.kind == CustodyKind.HAND_OUT}
    return render(request, "assets/custody.html", context, status=status)


@signed_in
@require_safe
def scanned(request: HttpRequest, tag: str) -> HttpResponseBase:
    """Where the code on a label leads: the desk to the asset, its holder to their equipment; others find nothing."""
    me = viewer(request)
    asset = get_asset(tag=tag, viewer=me)
    if me.is_desk:
        return SeeOther(reverse("assets:asset", args=[asset.tag]))
    return SeeOther(f"{reverse('assets:mine')}#{asset.tag}")
