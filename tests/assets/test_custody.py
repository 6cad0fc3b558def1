"""The life of an asset by the table, and the two sides of a hand-out and a return."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from assets import invariants as register
from assets.choices import AssetState, CustodyVia
from assets.lifecycle import RULES, Command, State
from assets.models import Asset, AssetEvent, CustodyAct
from assets.services.custody import Answer, answer_custody, cancel_custody
from helpdesk.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.models import OutboxMessage
from tests.assets.acts import act, answer, at, handed_out, make_asset, waiting_act
from tests.cast import Cast, assemble

LATER = date(2026, 12, 24)


def told(topic: str) -> list[str]:
    rows = OutboxMessage.objects.filter(topic=topic, channel="email").order_by("pk")
    return [row.recipient.username for row in rows if row.recipient is not None]


def brought_to(cast: Cast, state: str) -> Asset:
    """An asset in this state, by the shortest true way."""
    if state in ("in_use", "lent"):
        asset = make_asset(cast.agent)
        more: dict[str, Any] = {"lent_until_on": LATER} if state == "lent" else {}
        act(asset, "lend" if more else "hand_out", cast.agent, person=cast.requester, **more)
        answer(asset, cast.requester)
        return asset
    asset = make_asset(cast.agent)
    way = {"repair": "send_to_repair", "lost": "report_lost", "retired": "retire"}
    if state in way:
        act(asset, way[state], cast.agent, **({} if state == "repair" else {"reason": "清点"}))
    return asset


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("command", list(Command))
def test_an_act_is_possible_where_the_table_says_so(cast: Cast, state: State, command: Command) -> None:
    asset = brought_to(cast, state)
    needed = {"person": cast.requester2, "lent_until_on": LATER + timedelta(days=7), "reason": "年底清点"}
    before = asset.state_since
    data = {name: needed[name] for name in RULES[command].needs}
    if state in RULES[command].sources:
        act(asset, command, cast.agent, hours=5, **data)
        target = RULES[command].target or State.STOCK
        assert asset.state == target
        assert asset.state_since == (at(5) if target != state else before)
        newest = asset.events.first()
        assert newest is not None and (newest.code, newest.at) == (command, at(5))
    else:
        with pytest.raises(Conflict) as refusal:
            act(asset, command, cast.agent, hours=5, **data)
        assert refusal.value.code == "wrong_state"
        assert str(AssetState(state).label) in str(refusal.value.message)


@pytest.mark.parametrize(("command", "state"), [(c, min(RULES[c].sources)) for c in Command if RULES[c].needs])
def test_what_an_act_needs_is_asked_for_in_words(cast: Cast, command: Command, state: State) -> None:
    asset = brought_to(cast, state)
    with pytest.raises(InvalidInput) as refusal:
        act(asset, command, cast.agent, hours=5)
    assert set(refusal.value.sentences()) == set(RULES[command].needs)


def test_a_hand_out_shows_as_unconfirmed_until_the_person_says_yes(cast: Cast) -> None:
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester, accessories="电源")
    assert (asset.state, asset.holder, asset.is_confirmed) == ("in_use", cast.requester, False)
    assert told("receipt_asked") == ["requester"]
    row = answer(asset, cast.requester)
    assert (row.state, row.via, asset.is_confirmed) == ("accepted", "portal", True)
    assert told("custody_declined") == []


def test_who_never_got_it_turns_it_back_and_the_desk_is_told(cast: Cast) -> None:
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester)
    with pytest.raises(InvalidInput) as refusal:
        answer(asset, cast.requester, is_yes=False)
    assert list(refusal.value.fields) == ["words"]
    answer(asset, cast.requester, is_yes=False, words="我没有收到")
    assert (asset.state, asset.holder) == ("stock", None)
    assert told("custody_declined") == ["agent"]
    assert asset.events.first().reason == "我没有收到"  # type: ignore[union-attr]


def test_on_the_agents_screen_the_person_writes_their_name(cast: Cast) -> None:
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester)
    with pytest.raises(InvalidInput) as refusal:
        answer(asset, cast.agent, signed_name=" ")
    assert list(refusal.value.fields) == ["signed_name"]
    row = answer(asset, cast.agent, signed_name="王敏")
    assert (row.via, row.signed_name, asset.is_confirmed) == ("screen", "王敏", True)


def test_nobody_confirms_for_somebody_else(cast: Cast) -> None:
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester)
    for other, error in ((cast.requester2, NotVisible), (cast.colleague, NotVisible), (cast.agent, NotAllowed)):
        with pytest.raises(error):
            answer(asset, other)
    with pytest.raises(NotAllowed):
        answer(asset, cast.requester, signed_name="王敏")


def test_a_return_is_confirmed_by_who_gave_it_back_or_goes_back_to_them(cast: Cast) -> None:
    asset = handed_out(cast.agent, cast.requester)
    act(asset, "take_back", cast.agent, hours=3, condition="屏幕有划痕")
    assert (asset.state, asset.holder) == ("stock", None)
    assert waiting_act(asset).kind == "return"
    answer(asset, cast.requester, is_yes=False, words="还在我这里", hours=4)
    assert (asset.state, asset.holder, asset.is_confirmed) == ("in_use", cast.requester, True)


def test_a_loan_that_is_said_to_be_still_out_has_its_day_again(cast: Cast) -> None:
    asset = brought_to(cast, "lent")
    act(asset, "take_back", cast.agent, hours=3)
    assert asset.lent_until_on is None
    answer(asset, cast.requester, is_yes=False, words="还没还", hours=4)
    assert (asset.state, asset.lent_until_on) == ("lent", LATER)


def test_a_loan_is_extended_and_its_holder_told(cast: Cast) -> None:
    asset, later = brought_to(cast, "lent"), LATER + timedelta(days=30)
    act(asset, "extend_loan", cast.agent, hours=3, lent_until_on=later)
    assert (asset.state, asset.holder, asset.lent_until_on) == ("lent", cast.requester, later)
    assert told("loan_extended") == ["requester"]
    with override("en"), pytest.raises(InvalidInput) as refusal:
        act(asset, "extend_loan", cast.agent, hours=4, lent_until_on=LATER)
    assert "2027-01-23" in refusal.value.sentences()["lent_until_on"][0]


@pytest.mark.parametrize("way", [("send_to_repair",), ("report_lost",)])
def test_what_is_retired_leaves_its_holders_name_with_a_trace(cast: Cast, way: tuple[str]) -> None:
    asset = brought_to(cast, "lent")
    act(asset, way[0], cast.agent, hours=3, reason="进水")
    act(asset, "retire", cast.agent, hours=4, reason="修不好")
    assert asset.holder is None
    newest = asset.custody.first()
    assert newest is not None
    assert (newest.kind, newest.person, newest.state, newest.at) == ("return", cast.requester, "cancelled", at(4))
    assert told("custody_released") == ["requester"]
    for find in register.INVARIANTS:
        assert list(find(at(9))) == [], find.__name__


def test_taking_back_what_nobody_confirmed_needs_no_word(cast: Cast) -> None:
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester)
    act(asset, "take_back", cast.agent, hours=2)
    assert [(row.kind, row.state) for row in asset.custody.all()] == [("hand_out", "cancelled")]
    assert not Asset.objects.visible_to(cast.requester).exists()


def test_while_a_hand_out_waits_nothing_else_is_done(cast: Cast) -> None:
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester)
    with pytest.raises(Conflict) as refusal:
        act(asset, "send_to_repair", cast.agent)
    assert refusal.value.code == "waits_for_receipt"
    assert "王敏" in str(refusal.value.message)


def test_what_comes_back_from_repair_goes_to_its_holder(cast: Cast) -> None:
    for state in ("in_use", "lent"):
        asset = brought_to(cast, state)
        act(asset, "send_to_repair", cast.agent, hours=3, reason="风扇")
        assert asset.holder == cast.requester
        act(asset, "back_from_repair", cast.agent, hours=4)
        assert (asset.state, asset.holder) == (state, cast.requester)


def test_who_has_left_gets_nothing_and_is_asked_nothing(cast: Cast) -> None:
    asset = make_asset(cast.agent)
    with override("en"), pytest.raises(InvalidInput) as refusal:
        act(asset, "hand_out", cast.agent, person=cast.leaver)
    assert "no longer works here" in refusal.value.sentences()["person"][0]
    asset = handed_out(cast.agent, cast.colleague)
    type(cast.colleague).objects.filter(pk=cast.colleague.pk).update(is_active=False)
    act(asset, "take_back", cast.agent, hours=3)
    assert [row.state for row in asset.custody.filter(kind="return")] == ["cancelled"]


def test_a_return_without_a_word_can_be_let_be(cast: Cast) -> None:
    asset = handed_out(cast.agent, cast.requester)
    act(asset, "take_back", cast.agent, hours=3)
    cancel_custody(act_id=waiting_act(asset).pk, actor=cast.agent, at=at(4))
    assert not CustodyAct.objects.filter(asset=asset).open().exists()
    act(asset, "hand_out", cast.agent, hours=5, person=cast.requester2)
    with pytest.raises(Conflict) as refusal:
        cancel_custody(act_id=waiting_act(asset).pk, actor=cast.agent, at=at(6))
    assert refusal.value.code == "take_back_instead"


def test_loans_end_today_or_later(cast: Cast) -> None:
    yesterday = at().date() - timedelta(days=1)
    with pytest.raises(InvalidInput) as refusal:
        act(make_asset(cast.agent), "lend", cast.agent, person=cast.requester, lent_until_on=yesterday)
    assert list(refusal.value.fields) == ["lent_until_on"]


def test_only_the_desk_acts(cast: Cast) -> None:
    asset = handed_out(cast.agent, cast.requester)
    with pytest.raises(NotAllowed):
        act(asset, "report_lost", cast.requester, reason="丢了")
    with pytest.raises(NotVisible):
        act(asset, "report_lost", cast.requester2, reason="丢了")


def test_the_database_keeps_answers_and_events_as_they_are(cast: Cast) -> None:
    asset = handed_out(cast.agent, cast.requester)
    changes = (
        lambda: CustodyAct.objects.filter(asset=asset).update(state="declined"),
        lambda: AssetEvent.objects.filter(asset=asset).update(code="found"),
        lambda: AssetEvent.objects.filter(asset=asset).delete(),
    )
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    # Words that somebody wrote can be erased.
    CustodyAct.objects.filter(asset=asset).update(signed_name="", answer="")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_of_two_answers_at_once_one_counts_and_the_other_is_told() -> None:
    cast = assemble()
    asset = act(make_asset(cast.agent), "hand_out", cast.agent, person=cast.requester)
    number, start, codes = waiting_act(asset).pk, threading.Barrier(2), []

    def say(is_yes: bool) -> None:
        reply = Answer(is_yes=is_yes, via=CustodyVia.PORTAL, words="" if is_yes else "没有收到")
        start.wait(timeout=30)
        try:
            answer_custody(act_id=number, answer=reply, actor=cast.requester, at=at(3))
            codes.append("said")
        except DomainError as error:
            codes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=say, args=(is_yes,)) for is_yes in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(codes) == ["custody_answered", "said"]
    asset.refresh_from_db()
    assert (asset.holder_id is None) == (CustodyAct.objects.get(pk=number).state == "declined")


def test_the_register_is_sound_after_all_acts(cast: Cast) -> None:
    for state in State:
        brought_to(cast, state)
    for find in register.INVARIANTS:
        assert list(find(at(9))) == [], find.__name__
    lost_hand_out = Asset.objects.filter(state="in_use").get()
    Asset.objects.filter(pk=lost_hand_out.pk).update(holder=cast.agent2)
    assert list(register.holders_without_a_hand_out(at(9))) == [lost_hand_out.tag]
