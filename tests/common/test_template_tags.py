"""What the shared template tags show, in both languages and in the viewer's time zone."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation

from helpdesk.common.templatetags import hd

NOW = dt.datetime(2026, 11, 24, 2, 52, tzinfo=dt.UTC)  # Tuesday, 10:52 in Shanghai


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """A moment on the clocks of Shanghai."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=timezone.get_default_timezone())


def render(source: str, **context: object) -> str:
    return Template("{% load hd %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (at(2026, 11, 24, 8, 25), "今天 08:25", "Today 08:25"),
        (at(2026, 11, 23, 16, 0), "昨天 16:00", "Yesterday 16:00"),
        (at(2026, 11, 25, 9, 10), "明天 09:10", "Tomorrow 09:10"),
        (at(2026, 11, 26, 18, 0), "11月26日（周四）18:00", "Thu 26 Nov, 18:00"),
        (at(2025, 3, 2, 18, 0), "2025年3月2日 18:00", "2 Mar 2025, 18:00"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_moment_is_written_as_each_language_writes_it(moment: dt.datetime, zh: str, en: str) -> None:
    for language, expected in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert f">{expected}</time>" in hd.when(moment)


@time_machine.travel(NOW, tick=False)
def test_a_moment_carries_the_instant_in_utc_and_the_full_date() -> None:
    with translation.override("en"):
        shown = hd.when(at(2026, 11, 24, 8, 25))
    assert 'datetime="2026-11-24T00:25:00Z"' in shown
    assert 'title="Tue 24 Nov 2026, 08:25"' in shown


@time_machine.travel(dt.datetime(2026, 11, 24, 16, 30, tzinfo=dt.UTC), tick=False)
def test_today_is_the_viewers_day_not_the_servers() -> None:
    moment = dt.datetime(2026, 11, 24, 15, 30, tzinfo=dt.UTC)
    with translation.override("en"):
        with timezone.override("Asia/Shanghai"):
            assert ">Yesterday 23:30<" in hd.when(moment)
        with timezone.override("UTC"):
            assert ">Today 15:30<" in hd.when(moment)


@time_machine.travel(NOW, tick=False)
def test_inside_a_sentence_the_day_is_not_capitalised() -> None:
    with translation.override("en"):
        assert hd.when_text(at(2026, 11, 24, 14, 0)) == "today 14:00"


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (at(2026, 11, 24, 10, 51), "1 分钟前", "1m ago"),
        (at(2026, 11, 24, 10, 52), "刚刚", "just now"),
        (at(2026, 11, 24, 10, 27), "25 分钟前", "25m ago"),
        (at(2026, 11, 24, 8, 52), "2 小时前", "2h ago"),
        (at(2026, 11, 23, 20, 0), "昨天", "Yesterday"),
        (at(2026, 11, 20, 8, 25), "11月20日", "20 Nov"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_age_is_short_and_in_words(moment: dt.datetime, zh: str, en: str) -> None:
    for language, expected in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert f">{expected}</time>" in hd.ago(moment)


@time_machine.travel(NOW, tick=False)
def test_day_headings_name_the_day() -> None:
    with translation.override("en"):
        assert hd.day_text(at(2026, 11, 24, 1, 0)) == "Today"
        assert hd.day_text(dt.date(2026, 11, 23)) == "Yesterday"
        assert hd.day_text(dt.date(2026, 11, 19)) == "Thu 19 Nov"
    with translation.override("zh-hans"):
        assert hd.day_text(dt.date(2026, 11, 19)) == "11月19日（周四）"


def test_nothing_is_shown_for_no_moment() -> None:
    empty = [hd.when, hd.ago, hd.clock_time, hd.when_text, hd.duration, hd.day_text]
    assert [show(None) for show in empty] == [""] * 6


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (30, "0 分", "0m"),
        (9 * 60 + 59, "9 分", "9m"),
        (7800, "2 时 10 分", "2h 10m"),
        (3600, "1 时", "1h"),
        (47 * 3600 + 59 * 60, "47 时 59 分", "47h 59m"),
        (51 * 3600, "2 天 3 时", "2d 3h"),
        (-42 * 60, "42 分", "42m"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: int, zh: str, en: str) -> None:
    for language, expected in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert hd.duration(seconds) == expected
            assert hd.duration(dt.timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 KB"), (1, "1 KB"), (214 * 1024, "214 KB"), (5 * 1024 * 1024 // 2, "2.5 MB")]
)
def test_file_sizes(size: int, shown: str) -> None:
    assert hd.file_size(size) == shown


def test_users_text_is_escaped_and_keeps_its_lines() -> None:
    shown = hd.linebreaks_text('<script>alert("x")</script>\nsecond & last')
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "\nsecond &amp; last" in shown
    assert 'dir="auto"' in shown


def test_web_addresses_become_links_that_tell_nothing_about_us() -> None:
    shown = hd.linebreaks_text("见 https://example.com/a?b=1&c=(2)。再看 (http://example.org/x).")
    assert 'href="https://example.com/a?b=1&amp;c=(2)" rel="noopener noreferrer nofollow"' in shown
    assert ">http://example.org/x</bdi></a>)." in shown


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "https://", 'https://"onclick=x', "ftp://x.example"]
)
def test_nothing_but_web_addresses_is_linked(text: str) -> None:
    assert "<a" not in hd.linebreaks_text(text)


def test_a_quote_can_not_leave_the_address() -> None:
    shown = hd.linebreaks_text("https://example.com/'onmouseover='x https://example.com/&quot;onclick=1")
    assert 'href="https://example.com/"' in shown
    assert "&amp;quot;onclick=1" in shown


def test_an_icon_is_silent_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in hd.icon("clock")
    assert 'role="img" aria-label="New &lt;reply&gt;"' in hd.icon("mail", "New <reply>")


def test_every_icon_the_tags_use_is_in_the_sprite() -> None:
    sprite = render('{% include "includes/_icons.html" %}')
    names = set(hd.CHANNEL_ICONS.values()) | {name for _look, name in hd.SLA_LOOKS.values()} | {"inbox", "user"}
    assert [name for name in sorted(names) if f'id="i-{name}"' not in sprite] == []


def test_an_avatar_shows_initials_or_nobody() -> None:
    assert ">李</span>" in render("{% avatar user 'lg' %}", user=SimpleNamespace(pk=5, initials="李"))
    assert 'class="av none"' in render("{% avatar user %}", user=None)


def test_status_priority_and_clock_never_speak_by_colour_alone() -> None:
    assert render("{% status_chip 'new' '新建' %}").strip() == '<span class="chip c-violet">新建</span>'
    assert "P1 Urgent" in render("{% priority 1 'Urgent' %}")
    late = render("{% sla_chip 'late' '超时 42 分' 'Tue 24 Nov 2026, 10:10' %}")
    assert "#i-bang" in late and "超时 42 分" in late and "sla late" in late


class SampleForm(forms.Form):
    subject = forms.CharField(help_text="One sentence")
    phone = forms.CharField(required=False)
    who = forms.ChoiceField(choices=[("me", "Only me"), ("all", "Everybody")], widget=forms.RadioSelect)
    agree = forms.BooleanField(required=False)


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    shown = render("{% field form.subject autocomplete='off' %}", form=SampleForm({}))
    assert '<label for="id_subject">' in shown
    assert 'aria-describedby="id_subject_hint id_subject_err"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'autocomplete="off"' in shown
    assert shown.index("id_subject_hint") < shown.index('id="id_subject_err"') < shown.index("<input")


def test_only_the_optional_fields_say_so() -> None:
    form = SampleForm()
    with translation.override("en"):
        assert "optional" in render("{% field form.phone %}", form=form)
        assert "optional" not in render("{% field form.subject %}", form=form)


def test_radio_buttons_that_have_words_for_nothing_are_not_optional() -> None:
    """One of them is always chosen."""

    class Level(forms.Form):
        level = forms.ChoiceField(choices=[("", "The next one"), ("2", "L3")], required=False, widget=forms.RadioSelect)
        colour = forms.ChoiceField(choices=[("r", "Red")], required=False, widget=forms.RadioSelect)

    with translation.override("en"):
        for form in (Level(), Level({})):
            assert "optional" not in render("{% field form.level %}", form=form)
            assert "optional" in render("{% field form.colour %}", form=form)


def test_choices_are_a_group_with_a_legend() -> None:
    shown = render("{% field form.who %}", form=SampleForm({}))
    assert "<fieldset" in shown and "<legend>" in shown
    assert 'aria-describedby="id_who_err"' in shown
    assert shown.count('type="radio"') == 2


def test_the_error_summary_leads_to_each_control() -> None:
    shown = render('{% include "includes/_form_errors.html" %}', form=SampleForm({}))
    assert 'href="#id_subject"' in shown
    assert 'href="#id_who_0"' in shown
    assert "data-focus" in shown
    assert render('{% include "includes/_form_errors.html" %}', form=SampleForm()).strip() == ""


def test_the_page_language_names_the_script() -> None:
    with translation.override("zh-hans"):
        assert hd.html_lang() == "zh-Hans"
    with translation.override("en"):
        assert hd.html_lang() == "en"


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "413", "500", "503"])
def test_error_pages_need_neither_request_nor_database(code: str) -> None:
    from django.template.loader import get_template

    shown = get_template(f"{code}.html").render()
    assert "<h1>" in shown
    assert 'href="/"' in shown
