"""Acts on one asset: by the table, the person's word on the agent's screen, and what belongs together."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.choices import CustodyKind, CustodyVia, RelationKind
from assets.forms import ActForm, RelationForm, ScreenForm
from assets.lifecycle import RULES, Command
from assets.models import Asset, AssetRelation, CustodyAct
from assets.refusals import COMMAND_LABELS, conflict_of
from assets.selectors import get_asset, possible_acts, waiting_act
from assets.services.acts import act_on_asset
from assets.services.custody import Answer, answer_custody, cancel_custody
from assets.services.relations import end_relation, relate
from assets.views.register import asset_url
from assets.views.sheets import Sheet, answer_sheet, chosen_person
from helpdesk.accounts.desk_access import desk_page, posted_version, viewer
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.forms import PlainForm
from helpdesk.common.web import SeeOther

DANGEROUS = {Command.REPORT_LOST, Command.RETIRE}


@desk_page("GET", "POST")
def asset_act(request: HttpRequest, tag: str, command: Command) -> HttpResponseBase:
    """Carry out a command of the table. Raises Conflict where it isn't possible now."""
    me = viewer(request)
    asset = get_asset(tag=tag, viewer=me)
    waiting = waiting_act(asset)
    if request.method != "POST" and command not in possible_acts(asset, waiting):
        code = "waits_for_receipt" if waiting is not None and waiting.kind == CustodyKind.HAND_OUT else "wrong_state"
        raise conflict_of(code, asset, command)
    form = ActForm(request.POST if request.method == "POST" else None, command=command, needs=RULES[command].needs)

    def act(data: dict[str, Any]) -> str:
        done = act_on_asset(
            asset_id=asset.pk,
            command=command,
            version=posted_version(request) or None,
            actor=me,
            at=timezone.now(),
            data=chosen_person(request, data),
        )
        return _("%(tag)s: %(state)s.") % {"tag": done.tag, "state": done.get_state_display()}

    label, words = str(COMMAND_LABELS[command]), _what_follows(command, asset, is_asked=waiting is not None)
    sheet = Sheet(
        label, str(asset), label, asset_url(asset), words, version=asset.version, is_danger=command in DANGEROUS
    )
    return answer_sheet(request, form, sheet, act)


def _what_follows(command: Command, asset: Asset, *, is_asked: bool) -> str:
    """What the act will say to somebody."""
    if "person" in RULES[command].needs:
        return _("The person is asked to confirm it, in the portal or here on your screen.")
    if asset.holder is None:
        return ""
    facts = {"name": asset.holder.get_full_name(), "day": asset.lent_until_on}
    if command == Command.TAKE_BACK and not is_asked:
        return _("%(name)s is asked to confirm the return.") % facts
    if command == Command.EXTEND_LOAN:
        return _("%(name)s has it until %(day)s, and is told the new day.") % facts
    if command == Command.RETIRE:
        return _("%(name)s is told that it no longer stands in their name.") % facts
    return ""


@desk_page("GET", "POST")
def custody_screen(request: HttpRequest, act_id: int) -> HttpResponseBase:
    """The person confirms on the agent's device by writing their name, or says what is not right."""
    me = viewer(request)
    row = _custody(request, act_id)
    form = ScreenForm(request.POST if request.method == "POST" else None)

    def act(data: dict[str, Any]) -> str:
        is_yes = "declined" not in request.POST
        answer = Answer(is_yes, CustodyVia.SCREEN, data["words"], data["signed_name"])
        answer_custody(act_id=row.pk, answer=answer, actor=me, at=timezone.now())
        return _("Thank you. It is confirmed.") if is_yes else _("It is noted that this is not right.")

    names = {"name": row.person.get_full_name(), "asset": str(row.asset)}
    if row.kind == CustodyKind.HAND_OUT:
        words = _("%(name)s: I have received %(asset)s as described.") % names
    else:
        words = _("%(name)s: I have given back %(asset)s as described.") % names
    more = [words, row.condition, row.accessories]
    sheet = Sheet(
        _("Confirm on this screen"),
        str(row.asset),
        _("I confirm this"),
        asset_url(row.asset),
        "\n".join(line for line in more if line),
        also=[("declined", _("This is not right"))],
    )
    return answer_sheet(request, form, sheet, act)


@desk_page("GET", "POST")
def custody_cancel(request: HttpRequest, act_id: int) -> HttpResponseBase:
    """A return needs no confirmation any more."""
    me = viewer(request)
    row = _custody(request, act_id)

    def act(data: dict[str, Any]) -> str:
        cancel_custody(act_id=row.pk, actor=me, at=timezone.now())
        return _("The return stands without a confirmation.")

    words = _("%(name)s hasn't confirmed the return. It stands all the same, and nobody is asked any more.") % {
        "name": row.person.get_full_name()
    }
    sheet = Sheet(_("Ask no more"), str(row.asset), _("Ask no more"), asset_url(row.asset), words)
    return answer_sheet(request, PlainForm(request.POST if request.method == "POST" else None), sheet, act)


def _custody(request: HttpRequest, act_id: int) -> CustodyAct:
    rows = CustodyAct.objects.visible_to(viewer(request)).select_related("asset__type", "person")
    row = rows.filter(pk=act_id).first()
    if row is None:
        raise NotVisible
    return row


@desk_page("GET", "POST")
def relation_add(request: HttpRequest, tag: str) -> HttpResponseBase:
    """Connect this asset with another one."""
    me = viewer(request)
    asset = get_asset(tag=tag, viewer=me)
    form = RelationForm(request.POST if request.method == "POST" else None)

    def act(data: dict[str, Any]) -> str:
        try:
            other = get_asset(tag=data["other"], viewer=me)
        except NotVisible:
            raise InvalidInput(fields={"other": [_("There is no asset with this tag.")]}) from None
        relate(asset_id=asset.pk, other_id=other.pk, kind=RelationKind(data["kind"]), actor=me, at=timezone.now())
        return _("%(tag)s and %(other)s are connected.") % {"tag": asset.tag, "other": other.tag}

    sheet = Sheet(_("Connect with another asset"), str(asset), _("Connect"), asset_url(asset))
    return answer_sheet(request, form, sheet, act)


@desk_page("POST")
def relation_end(request: HttpRequest, relation_id: int) -> HttpResponseBase:
    """The two no longer belong together; back to the asset from which it was ended."""
    me = viewer(request)
    rows = AssetRelation.objects.visible_to(me).select_related("source", "target")
    row = rows.filter(pk=relation_id).first()
    if row is None:
        raise NotVisible
    end_relation(relation_id=row.pk, actor=me, at=timezone.now())
    return SeeOther(asset_url(row.target if request.POST.get("from") == row.target.tag else row.source))
