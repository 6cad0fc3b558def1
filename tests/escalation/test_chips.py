"""What a clock's chip says, in both languages, and how it is drawn."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.template import Context, Template
from django.utils import translation

from tickets.chips import WORDS, chip_of
from tickets.models import Ticket
from tickets.targets import State, state_now
from tickets.templatetags.desk import clock_chip

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def text(state: str, target: str, left: timedelta | None, language: str) -> str:
    with translation.override(language):
        return chip_of(state, target, None if left is None else NOW + left, NOW).text


@pytest.mark.parametrize(
    ("left", "en", "zh"),
    [
        (timedelta(0), "<1m left", "剩余 <1 分"),
        (59 * SECOND, "<1m left", "剩余 <1 分"),
        (MINUTE, "1m left", "剩余 1 分"),
        (59 * MINUTE + 59 * SECOND, "59m left", "剩余 59 分"),
        (2 * HOUR + 10 * MINUTE, "2h 10m left", "剩余 2 时 10 分"),
        (5 * HOUR, "5h left", "剩余 5 时"),
        (48 * HOUR - SECOND, "47h 59m left", "剩余 47 时 59 分"),
        (48 * HOUR, "2d left", "剩余 2 天"),
        (51 * HOUR, "2d 3h left", "剩余 2 天 3 时"),
        (-59 * SECOND, "<1m late", "超时 <1 分"),
        (-MINUTE, "1m late", "超时 1 分"),
        (-42 * MINUTE, "42m late", "超时 42 分"),
        (-50 * HOUR, "2d 2h late", "超时 2 天 2 时"),
    ],
)
def test_time_is_told_in_two_units_at_most(left: timedelta, en: str, zh: str) -> None:
    assert text("on_track", "resolution", left, "en") == en
    assert text("on_track", "resolution", left, "zh-hans") == zh


@pytest.mark.parametrize(
    ("target", "left", "en", "zh"),
    [
        ("response", -6, "Reply 6m late", "响应超时 6 分"),
        ("response", 9, "Reply 9m left", "响应剩余 9 分"),
        ("receipt", -6, "Intake 6m late", "登记超时 6 分"),
        ("update", 9, "Update 9m left", "告知剩余 9 分"),
        ("confirmation", 9, "Confirm 9m left", "确认剩余 9 分"),
        ("resolution", -6, "6m late", "超时 6 分"),
    ],
)
def test_a_clock_names_itself_unless_it_is_the_solutions(target: str, left: int, en: str, zh: str) -> None:
    assert text("soon", target, left * MINUTE, "en") == en
    assert text("soon", target, left * MINUTE, "zh-hans") == zh


@pytest.mark.parametrize(
    ("state", "en", "zh"),
    [
        ("paused", "Paused", "已暂停"),
        ("met", "Met", "按时完成"),
        ("missed", "Missed", "未按时完成"),
        ("none", "No target", "未设时限"),
    ],
)
def test_a_clock_that_does_not_run_says_how_it_stands(state: str, en: str, zh: str) -> None:
    target = "" if state == "none" else "resolution"
    assert text(state, target, None, "en") == en
    assert text(state, target, None, "zh-hans") == zh


@pytest.mark.parametrize(
    ("stored", "left", "state"),
    [
        ("on_track", 16 * MINUTE, State.ON_TRACK),
        ("on_track", 15 * MINUTE, State.CRITICAL),
        ("soon", 16 * MINUTE, State.SOON),
        ("soon", 15 * MINUTE, State.CRITICAL),
        ("critical", HOUR, State.CRITICAL),
        ("on_track", timedelta(0), State.CRITICAL),
        ("on_track", -SECOND, State.LATE),
        ("paused", None, State.PAUSED),
    ],
)
def test_being_late_waits_for_no_sweep(stored: str, left: timedelta | None, state: State) -> None:
    assert state_now(stored, None if left is None else NOW + left, NOW) is state


def render(ticket: Ticket) -> str:
    return Template("{% load desk %}{% ticket_clock ticket at %}").render(Context({"ticket": ticket, "at": NOW}))


def test_a_running_chip_carries_its_due_moment_for_tooltip_and_script() -> None:
    with translation.override("en"):
        chip = render(Ticket(sla_state="soon", next_due_target="response", next_due_at=NOW + HOUR))
    assert 'class="chip sla soon"' in chip
    assert 'data-due="2026-11-24T04:00:00+00:00" data-clock="Reply"' in chip
    assert '<time datetime="2026-11-24T04:00:00Z" title="Tue 24 Nov 2026, 12:00">Reply 1h left</time>' in chip
    # The colour's meaning in words, for who doesn't see it.
    assert 'aria-label="Due soon"' in chip


def test_a_paused_chip_gives_the_script_nothing_to_move() -> None:
    chip = render(Ticket(sla_state="paused", next_due_target="resolution"))
    assert "data-due" not in chip
    assert "#i-pause" in chip and "sla hold" in chip


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_own_drawing(state: State) -> None:
    others = {clock_chip(chip_of(other, "", None, NOW)) for other in State if other is not state}
    mine = clock_chip(chip_of(state, "", None, NOW))
    assert mine not in others
    assert "<svg" in mine


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_script_gets_the_same_words(language: str) -> None:
    with translation.override(language):
        source = Template("{% load desk %}{% clock_words %}").render(Context())
        expected = {name: str(words) for name, words in WORDS.items()}
    found = re.search(r'data-words="([^"]+)"', source)
    assert found
    words = json.loads(unescape(found[1]))
    assert expected.items() <= words.items()
    assert datetime.fromisoformat(re.search(r'data-now="([^"]+)"', source)[1]).tzinfo  # type: ignore[index]
