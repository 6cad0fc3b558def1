"""Hand-outs and returns: asking the person, and what they answer (ADR 20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assets.choices import AssetState, CustodyKind, CustodyState, CustodyVia, EventCode
from assets.models import Asset, CustodyAct
from assets.models.custody import WORDS_LENGTH
from assets.notices import Topic, tell
from assets.policies import can_answer, can_keep_register
from assets.services.recording import store
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text


@dataclass(frozen=True)
class Answer:
    """What the person says: yes, or what is not right; in the portal, or with their name on the agent's screen."""

    is_yes: bool
    via: CustodyVia
    words: str = ""
    signed_name: str = ""


def offer(
    asset: Asset, kind: CustodyKind, person: User, *, actor: User, at: datetime, condition: str, accessories: str
) -> CustodyAct:
    """Ask the person to confirm a hand-out or return that has just taken place. In the act's transaction.

    Who has left the organisation can't be asked; their return stands without an answer.
    """
    gone = {} if person.is_active else {"state": CustodyState.CANCELLED, "answered_at": at}
    act = CustodyAct.objects.create(
        asset=asset,
        kind=kind,
        person=person,
        given_by=actor,
        at=at,
        condition=clean_text(condition, field="condition", max_length=WORDS_LENGTH),
        accessories=clean_text(accessories, field="accessories", max_length=WORDS_LENGTH),
        lent_until_on=asset.lent_until_on,
        **gone,
    )
    if act.state == CustodyState.OFFERED:
        topic = Topic.RECEIPT_ASKED if kind == CustodyKind.HAND_OUT else Topic.RETURN_ASKED
        tell(topic, act, person.pk, at=at, actor=actor)
    return act


def release(asset: Asset, person: User, *, actor: User, at: datetime) -> None:
    """Somebody no longer has an asset that won't come back; nothing is left to confirm. In the act's transaction."""
    act = CustodyAct.objects.create(
        asset=asset,
        kind=CustodyKind.RETURN,
        person=person,
        given_by=actor,
        at=at,
        lent_until_on=asset.lent_until_on,
        state=CustodyState.CANCELLED,
        answered_at=at,
    )
    if person.is_active:
        tell(Topic.RELEASED, act, person.pk, at=at, actor=actor)


def forget_words(person: User) -> None:
    """Who somebody was is erased: the name that they wrote on the agent's screen, and what they said. The acts stay."""
    CustodyAct.objects.filter(person=person).exclude(signed_name="", answer="").update(signed_name="", answer="")


def withdraw(asset: Asset, *, at: datetime) -> CustodyAct | None:
    """Whatever waits for an answer about this asset needs none any more. In the act's transaction."""
    act = CustodyAct.objects.filter(asset=asset).open().first()
    if act is not None:
        act.state, act.answered_at = CustodyState.CANCELLED, at
        act.save()
    return act


@transaction.atomic
def answer_custody(*, act_id: int, answer: Answer, actor: User, at: datetime) -> CustodyAct:
    """The person's word on a hand-out or return; the first one counts.

    In the portal and over the API the person answers themselves. On the agent's screen somebody of the desk stands beside
    and the person writes their name. Raises NotVisible, NotAllowed, Conflict (`custody_answered`) or InvalidInput.
    """
    act = _open_act(act_id, actor)
    is_on_screen = answer.via == CustodyVia.SCREEN
    if not (can_keep_register(actor) if is_on_screen else can_answer(actor, act)):
        raise NotAllowed(_("Only the person themselves can answer this."))
    words = clean_text(answer.words, field="words", max_length=WORDS_LENGTH)
    name = clean_text(answer.signed_name, field="signed_name", max_length=120, multiline=False)
    if not answer.is_yes and not words:
        raise InvalidInput(fields={"words": [_("Say what is not right.")]})
    if is_on_screen and not name:
        raise InvalidInput(fields={"signed_name": [_("The person writes their name here.")]})
    act.state = CustodyState.ACCEPTED if answer.is_yes else CustodyState.DECLINED
    act.answered_at, act.via, act.answer, act.signed_name = at, answer.via, words, name
    act.save()
    _follow(act, actor=actor, at=at)
    return act


@transaction.atomic
def cancel_custody(*, act_id: int, actor: User, at: datetime) -> CustodyAct:
    """A return needs no confirmation any more (the person has left). A hand-out is cancelled by taking the asset back.

    Raises NotVisible, NotAllowed or Conflict (`custody_answered`, `take_back_instead`).
    """
    act = _open_act(act_id, actor)
    if not can_keep_register(actor):
        raise NotAllowed
    if act.kind == CustodyKind.HAND_OUT:
        raise Conflict(_("Take the asset back: that cancels the hand-out."), code="take_back_instead")
    asset = act.asset
    withdraw(asset, at=at)
    store(asset, EventCode.CUSTODY_CANCELLED, actor=actor, at=at, facts=_facts(act))
    act.refresh_from_db()
    return act


def _open_act(act_id: int, actor: User) -> CustodyAct:
    """The act with its asset, both held until the end of the transaction: the asset's row goes first, as in all acts."""
    found = CustodyAct.objects.visible_to(actor).filter(pk=act_id).values_list("asset_id", flat=True).first()
    if found is None:
        raise NotVisible
    asset = lock_row(Asset.objects.visible_to(actor), pk=found)
    act = lock_row(CustodyAct.objects.visible_to(actor).select_related("person", "given_by"), pk=act_id)
    act.asset = asset
    if act.state != CustodyState.OFFERED:
        raise Conflict(_("This has been answered already."), code="custody_answered", extra={"state": act.state})
    return act


def _follow(act: CustodyAct, *, actor: User, at: datetime) -> None:
    """What an answer does to the asset: yes confirms; no puts it back where it was before."""
    asset, is_yes = act.asset, act.state == CustodyState.ACCEPTED
    if act.kind == CustodyKind.HAND_OUT and is_yes:
        asset.is_confirmed = True
    elif act.kind == CustodyKind.HAND_OUT:
        asset.state, asset.state_since = AssetState.STOCK, at
        asset.holder, asset.lent_until_on, asset.is_confirmed = None, None, True
    elif not is_yes:
        asset.state = AssetState.IN_USE if act.lent_until_on is None else AssetState.LENT
        asset.state_since, asset.holder, asset.lent_until_on = at, act.person, act.lent_until_on
    code = EventCode.CUSTODY_ACCEPTED if is_yes else EventCode.CUSTODY_DECLINED
    store(asset, code, actor=actor, at=at, reason=act.answer[:500], facts=_facts(act))
    if not is_yes and act.given_by_id is not None:
        tell(Topic.DECLINED, act, act.given_by_id, at=at, actor=actor)


def _facts(act: CustodyAct) -> dict[str, object]:
    return {"custody": act.pk, "kind": act.kind, "person": act.person_id}


def person_of(value: object) -> User:
    """Somebody who can be given an asset. Raises InvalidInput for `person`."""
    if not isinstance(value, User):
        raise InvalidInput(fields={"person": [_("Say who gets it.")]})
    if not value.is_active:
        raise InvalidInput(fields={"person": [_("%(name)s no longer works here.") % {"name": value.get_full_name()}]})
    return value
