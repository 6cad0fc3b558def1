"""Mails in the organisation's own words: what goes out, what a text may name, the preview, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.common.errors import InvalidInput, NotAllowed
from notifications import topics
from notifications.mail_texts import FIELDS, names_in
from notifications.models import MailText
from notifications.services.mail_texts import list_every_mail, product_words, reset_texts, samples_of, save_texts
from tests.factories import UserFactory, bring_to, make_ticket, reply, run
from tests.notifications.acts import deliver
from tests.notifications.sink import Sink, html_of, text_of

pytestmark = pytest.mark.django_db
PAGE = "admin:notifications_mailtext"


def change(cast, key: str, **texts: str) -> MailText:
    row = MailText(key=key, **texts)
    save_texts(row=row, actor=cast.admin, at=timezone.now())
    return row


def test_a_mail_goes_out_in_the_words_of_the_organisation(cast, sink: Sink) -> None:
    change(
        cast,
        "portal/received",
        subject_zh="〔{{ number }}〕我们收到了",
        opening_zh="{{recipient}}您好,{{ subject }} 已登记。",
        next_step_zh="两行\n说明,电话 {{ phone }}。",
        action_zh="看工单",
    )
    ticket = make_ticket(cast.requester)
    deliver()
    (mail,) = sink.mails
    assert str(mail["Subject"]).strip() == f"〔{ticket.number}〕我们收到了"
    for part in (text_of(mail), html_of(mail)):
        assert f"{cast.requester.get_full_name()}您好,{ticket.subject} 已登记。" in part
        assert "看工单" in part
    assert "两行\n说明" in text_of(mail)
    assert "两行<br>说明" in html_of(mail)


def test_what_has_no_words_of_its_own_keeps_the_products(cast, sink: Sink) -> None:
    change(cast, "portal/received", subject_zh="收到", opening_en="Hello {{ recipient }}.")
    reader = UserFactory(language="en")
    make_ticket(cast.requester)
    make_ticket(reader)
    deliver()
    chinese, english = sorted(sink.mails, key=lambda mail: mail["To"] == reader.email)
    assert chinese["Subject"] == "收到"
    assert "Hello" not in text_of(chinese)
    assert english["Subject"].endswith("Received: " + make_ticket(reader).subject)
    assert f"Hello {reader.get_full_name()}." in text_of(english)


def test_both_sides_of_a_topic_have_words_of_their_own(cast, sink: Sink) -> None:
    change(cast, "portal/reply", subject_zh="客服来信")
    change(cast, "desk/reply", subject_zh="用户来信:{{ name }}")
    ticket = make_ticket(cast.requester)
    run(ticket, "assign", cast.lead, assignee=cast.agent)
    bring_to(ticket, "in_progress", cast.agent)
    reply(ticket, cast.agent, "请重启")
    reply(ticket, cast.requester, "已重启")
    deliver()
    told = {(mail["To"], str(mail["Subject"])) for mail in sink.mails}
    assert (cast.requester.email, "客服来信") in told
    assert (cast.agent.email, f"用户来信:{cast.requester.get_full_name()}") in told


def test_what_a_name_brings_along_is_text(cast, sink: Sink) -> None:
    change(cast, "portal/received", opening_zh="<b>{{ subject }}</b>")
    make_ticket(cast.requester, subject="{{ phone }} {% load x %} <script>alert(1)</script>")
    deliver()
    (mail,) = sink.mails
    assert "<b>{{ phone }} {% load x %} <script>alert(1)</script></b>" in text_of(mail)
    assert "&lt;b&gt;{{ phone }} {% load x %} &lt;script&gt;" in html_of(mail)
    assert "<script>" not in html_of(mail)


def test_a_subject_is_one_line(cast, sink: Sink) -> None:
    change(cast, "portal/received", subject_zh="收到\r\nBcc: all@example.com")
    make_ticket(cast.requester)
    deliver()
    (mail,) = sink.mails
    assert mail["Subject"] == "收到 Bcc: all@example.com"
    assert mail["Bcc"] is None


@pytest.mark.parametrize("text", ["{{ requester.password }}", "{{ settings }}", "{{ }}", "{{ number|safe }}"])
def test_a_text_names_only_what_its_mail_knows(cast, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(cast, "portal/received", next_step_en=text)
    assert refused.value.fields.keys() == {"next_step_en"}
    assert "{{ number }}" in str(refused.value.fields["next_step_en"][0])
    assert not MailText.objects.exists()


def test_the_receipt_to_strangers_names_nothing_that_they_wrote() -> None:
    assert set(names_in("portal/received_by_mail")) == {"number", "desk", "phone"}


def test_every_mail_can_be_previewed_in_both_languages() -> None:
    list_every_mail()
    assert set(MailText.objects.values_list("key", flat=True)) == set(topics.LINES)
    for row in MailText.objects.all():
        for name in FIELDS:
            assert "%(" not in product_words(row.key, name)
        chinese, english = samples_of(row, at=timezone.now())
        assert (chinese.language, english.language) == ("zh-hans", "en")
        assert chinese.text != english.text
        for sample in (chinese, english):
            for part in (sample.subject, sample.text, sample.html):
                assert part.strip()
                assert "{{" not in part and "%(" not in part and "None" not in part


def test_the_products_own_words_can_be_taken_over_and_changed(cast) -> None:
    """What the page offers to copy is accepted as it stands."""
    list_every_mail()
    for row in MailText.objects.all():
        for name in FIELDS:
            setattr(row, name, product_words(row.key, name))
        at = timezone.now()
        save_texts(row=row, actor=cast.admin, at=at)
        # The same mails go out.
        assert list(samples_of(row, at=at)) == list(samples_of(MailText(key=row.key), at=at))


def test_only_administrators_write_them(cast) -> None:
    with pytest.raises(NotAllowed):
        save_texts(row=MailText(key="portal/received"), actor=cast.lead, at=timezone.now())
    with pytest.raises(NotAllowed):
        reset_texts(row=MailText(key="portal/received"), actor=cast.lead, at=timezone.now())


def test_the_pages(cast, client: Client) -> None:
    client.force_login(cast.admin)
    listed = client.get(reverse(f"{PAGE}_changelist")).content.decode()
    row = MailText.objects.get(key="portal/resolved")
    page = reverse(f"{PAGE}_change", args=[row.pk])
    assert page in listed
    fields: dict[str, Any] = dict.fromkeys(FIELDS, "")
    fields |= {"subject_en": "Solved: {{ subject }}", "history_change_reason": "Tone"}
    shown = client.post(reverse(f"{PAGE}_preview", args=[row.pk]), fields).content.decode()
    assert "Solved: " in shown and "{{ subject }}" not in shown
    assert shown.count('srcdoc="&lt;!doctype html&gt;') == 2
    assert not MailText.objects.filter(pk=row.pk, subject_en="Solved: {{ subject }}").exists()
    assert client.post(page, fields).status_code == 302
    row.refresh_from_db()
    assert (row.subject_en, row.history.latest().history_change_reason) == ("Solved: {{ subject }}", "Tone")
    assert client.post(reverse(f"{PAGE}_reset", args=[row.pk])).url == page
    row.refresh_from_db()
    assert row.subject_en == ""
    assert row.history.filter(subject_en="Solved: {{ subject }}", history_user=cast.admin).exists()


def test_a_bad_text_is_refused_at_its_field_and_kept(cast, client: Client) -> None:
    client.force_login(cast.admin)
    client.get(reverse(f"{PAGE}_changelist"))
    row = MailText.objects.get(key="portal/closed")
    for address in ("change", "preview"):
        response = client.post(reverse(f"{PAGE}_{address}", args=[row.pk]), {"opening_zh": "工单 {{ secret }}"})
        form = response.context["form"] if address == "preview" else response.context["adminform"].form
        assert form.errors.keys() == {"opening_zh"}
    assert (
        "工单 {{ secret }}"
        in client.post(reverse(f"{PAGE}_change", args=[row.pk]), {"opening_zh": "工单 {{ secret }}"}).content.decode()
    )
    too_long = client.post(reverse(f"{PAGE}_change", args=[row.pk]), {"action_zh": "长" * 61})
    assert too_long.context["adminform"].form.errors.keys() == {"action_zh"}


def test_the_acts_take_no_get_and_no_strangers(cast, client: Client) -> None:
    row = change(cast, "portal/closed", subject_zh="完")
    for act in ("preview", "reset"):
        path = reverse(f"{PAGE}_{act}", args=[row.pk])
        client.force_login(cast.lead)
        assert client.post(path).status_code == 404
        client.force_login(cast.admin)
        assert client.get(path).status_code == 405
    assert MailText.objects.get().subject_zh == "完"
