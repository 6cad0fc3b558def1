"""Machines' mail told from people's: own mails first, then the figures on other systems' mails where they are there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake import corpus
from tickets.intake.automatic import Finding, Origin, finding_of
from tickets.intake.parts import Part, Unreadable, part_of

STATUS = "message/delivery-status"
PEOPLE = ("inbound-parse", "charset", "attachment", "threading", "quote-strip", "forward", "signature")


def mail(body: str = "打印机坏了，请帮忙看看。", **headers: str) -> Part:
    """A person's mail, with what the test changes in its header."""
    given_headers = {"From": "李娜 <li.na@example.cn>", "To": "desk@example.com", "Subject": "打印机坏了"}
    given_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    given_headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    head = "".join(f"{name}: {value}\n" for name, value in given_headers.items())
    return part_of(f"{head}\n{body}\n".encode())


def report(kind: str, fields: str, **headers: str) -> Part:
    body = (
        f"--b\nContent-Type: text/plain\n\nA report.\n\n--b\nContent-Type: message/{kind}\n\n{fields}\n\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: desk@example.com\nSubject: [T-1] Hello\n\nHello\n--b--\n"
    )
    content_type = f'multipart/report; report-type={kind}; boundary="b"'
    return mail(body, **({"From": "postmaster@example.org", "Content_Type": content_type} | headers))


def status(recipient: str = "wang@example.cn", action: str = "failed", code: str = "5.1.1", **headers: str) -> Part:
    fields = (
        "Reporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {code}\nDiagnostic-Code: smtp; 550 sorry"
    )
    return report("delivery-status", fields, **headers)


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        mail(),
        mail(Auto_Submitted="no"),
        mail(Auto_Submitted="auto-forwarded"),
        mail(Precedence="first-class"),
        mail(X_Auto_Response_Suppress="DR, RN, NRN"),
        mail(X_Auto_Response_Suppress="All", X_Mailer="Microsoft Outlook 16.0"),
        mail(X_Auto_Reply="no"),
        mail(Subject="邮件发送失败", body="我给客户发邮件，提示无法送达，怎么办？"),
        mail(Subject="My mails bounce", body="Every mail says: could not be delivered, user unknown. Please help."),
        mail(Subject="Fwd: Undelivered Mail Returned to Sender", body="What is this?\n> 550 5.1.1 no such user"),
        mail(Subject="转发：系统退信", body="请看下面，邮件无法投递，收件人不存在。"),
        mail(Subject="How do I set an out of office reply?"),
        mail(Subject="如何设置自动回复"),
        mail(Subject="Re: Automatic reply: VPN", body="I'm back; the VPN still fails."),
        mail(Subject="休假申请系统打不开"),
    ],
)
def test_people_stay_people(message: Part) -> None:
    finding = finding_of(message)
    assert finding == Finding(Origin.PERSON)
    assert (finding.is_for_the_desk, finding.may_be_answered) == (True, True)


def test_whoever_attaches_a_bounce_is_a_person() -> None:
    body = f"--c\n\nWhat does this mean?\n--c\nContent-Type: message/rfc822\n\n{status().source.decode()}\n--c--\n"
    assert finding_of(mail(body, Content_Type='multipart/mixed; boundary="c"')).origin is Origin.PERSON


# --- automatic mail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_submitted"),
        ({"Auto_Submitted": "auto-generated (vacation)"}, "auto_submitted"),
        ({"Auto_Submitted": 'Auto-Notified; owner-email="x@example.com"'}, "auto_submitted"),
        ({"Precedence": "bulk"}, "precedence"),
        ({"Precedence": "auto_reply"}, "precedence"),
        ({"Precedence": "Junk"}, "precedence"),
        ({"X_Autoreply": "yes"}, "auto_reply_header"),
        ({"X_Auto_Reply_From": "x@example.com"}, "auto_reply_header"),
        ({"X_No_Loop": "yes"}, "loop"),
        ({"X_Loop": "desk@example.org"}, "loop"),
        ({"Return_Path": "<>"}, "null_return_path"),
        ({"From": "MAILER-DAEMON@example.org"}, "machine_sender"),
        ({"From": "Postmaster@example.org"}, "machine_sender"),
        ({"From": "<>"}, "machine_sender"),
        ({"List_Unsubscribe": "<mailto:off@example.com>", "Precedence": "bulk"}, "precedence"),
        ({"List_Id": "IT <it.example.com>", "Auto_Submitted": "auto-replied"}, "auto_submitted"),
    ],
)
def test_one_sign_in_the_header_tells_a_machine(headers: dict[str, str], reason: str) -> None:
    finding = finding_of(mail(**headers))
    assert finding == Finding(Origin.AUTOMATIC, reason)
    assert (finding.is_for_the_desk, finding.may_be_answered) == (False, False)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Precedence": "list"}, "list"),
        ({"List_Id": "IT <it.example.com>"}, "list"),
        ({"List_Unsubscribe": "<mailto:off@example.com>"}, "list"),
        ({"List_Id": "IT <it.example.com>", "X_Loop": "it@example.com", "Precedence": "bulk"}, "list"),
        ({"X_Auto_Response_Suppress": "All"}, "response_suppressed"),
        ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, "response_suppressed"),
        ({"From": "Monitoring <no-reply@example.org>"}, "no_reply_sender"),
        ({"From": "donotreply+7@example.org"}, "no_reply_sender"),
        ({"From": "系统管理员 <zhang@example.cn>"}, "machine_name"),
    ],
)
def test_what_no_machine_may_answer_is_still_for_the_desk(headers: dict[str, str], reason: str) -> None:
    finding = finding_of(mail(**headers))
    assert finding == Finding(Origin.PERSON, reason)
    assert (finding.is_for_the_desk, finding.may_be_answered) == (True, False)


@pytest.mark.parametrize(
    "subject",
    [
        "自动回复: 打印机坏了",
        "自動回覆：VPN",
        "不在办公室",
        "休假通知",
        "【自动回复】您好",
        "=?gb2312?B?19S2r7vYuLQ6IFZQTg==?=",
        "Automatic reply: VPN",
        "Out of Office: VPN",
        "Out of office",
        "Auto-Reply: VPN",
        "Abwesenheitsnotiz: VPN",
        "Automatische Antwort: VPN",
        "Réponse automatique : VPN",
        "=?utf-8?Q?R=C3=A9ponse_automatique?=",
        "Respuesta automática: VPN",
        "Risposta automatica: VPN",
        "Resposta automática: VPN",
        "Automatisch antwoord: VPN",
        "Automatiskt svar: VPN",
        "Autoodpowiedź: VPN",
        "Автоматический ответ: VPN",
        "自動返信: VPN",
    ],
)
def test_vacation_subjects(subject: str) -> None:
    assert finding_of(mail(Subject=subject)) == Finding(Origin.AUTOMATIC, "vacation_subject")
    assert finding_of(mail(Subject=subject, Return_Path="<>")) == Finding(Origin.AUTOMATIC, "null_return_path")


def test_raw_gb_bytes_in_a_subject_are_read() -> None:
    raw = b"From: a@example.cn\nSubject: " + "自动回复: 你好".encode("gb18030") + b"\n\nx\n"
    assert finding_of(part_of(raw)).reason == "vacation_subject"


def test_read_receipts_and_other_reports_are_automatic() -> None:
    receipt = report("disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed")
    assert finding_of(receipt) == Finding(Origin.AUTOMATIC, "read_receipt")
    assert finding_of(report("tlsrpt", "x")) == Finding(Origin.AUTOMATIC, "report")


def test_feedback_reports() -> None:
    assert finding_of(report("feedback-report", "Feedback-Type: abuse", Subject="FW: Hello")).origin is Origin.FEEDBACK


# --- bounces ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "is_final"),
    [
        (status(), True),
        (status(action="failed (bad mailbox)"), True),
        (status(action="delayed", code="4.4.1"), False),
        (status(action="failed", code="4.4.7"), False),
        (status(code="5.2.2"), False),
        (status(code="5.7.1"), False),
        (status(Auto_Submitted="auto-replied"), True),
    ],
)
def test_delivery_reports_name_the_address(message: Part, is_final: bool) -> None:
    assert finding_of(message) == Finding(Origin.BOUNCE, "delivery_status", ("wang@example.cn",), is_final)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_good_news_is_no_bounce(action: str) -> None:
    assert finding_of(status(action=action, code="2.0.0")) == Finding(Origin.AUTOMATIC, "delivered")


@pytest.mark.parametrize(
    ("sender", "subject", "body", "is_final"),
    [
        ("PostMaster@qq.com", "系统退信/Systems bounce", "很抱歉，您的邮件被退回。\n收件人 {to} 不存在", True),
        ("Postmaster@163.com", "系统退信", "你的邮件未能成功投递给 {to}，退信原因：收件人邮箱已满", False),
        ("postmaster@aliyun.example", "退信通知", "您的邮件无法送达以下收件人：\n{to}\n退信代码 550", True),
        ("系统管理员 <postmaster@example.cn>", "未传递的邮件: 你好", "邮件未能送达 {to}", True),
        ("postmaster@example.tw", "無法傳遞的郵件", "郵件無法傳送至 {to}", True),
        ("MAILER-DAEMON@example.org", "failure notice", "Hi. This is the qmail-send program.\n<{to}>:\nNo user.", True),
        (
            "Mail Delivery System <Mailer-Daemon@x.org>",
            "Mail delivery failed",
            "could not be delivered\n\n  {to}",
            True,
        ),
        ("postmaster@example.org", "Undeliverable: Hello", "Your message did not reach {to}.", True),
        ("MAILER-DAEMON@example.org", "Hello", "<{to}>: mailbox is full", False),
        ("mailer-daemon@x.org", "Delivery delayed", "{to}\nTHIS IS A WARNING MESSAGE ONLY.", False),
    ],
)
def test_bounces_in_plain_words(sender: str, subject: str, body: str, is_final: bool) -> None:
    found = finding_of(mail(body.format(to="wang@example.cn"), From=sender, Subject=subject))
    assert (found.origin, found.addresses, found.is_final) == (Origin.BOUNCE, ("wang@example.cn",), is_final)


def test_failed_recipients_header() -> None:
    found = finding_of(mail(X_Failed_Recipients="a@example.cn, B@example.cn"))
    assert found == Finding(Origin.BOUNCE, "failed_recipients", ("a@example.cn", "b@example.cn"))


def test_an_html_bounce_is_read() -> None:
    body = "<p>Delivery&nbsp;has <b>failed</b> to these recipients:</p><p>&lt;wang@example.cn&gt;</p>"
    found = finding_of(mail(body, Content_Type="text/html", Return_Path="<>"))
    assert (found.origin, found.addresses) == (Origin.BOUNCE, ("wang@example.cn",))


# --- whatever comes --------------------------------------------------------------------------------------------------


def finding_of_any(raw: bytes) -> None:
    try:
        part = part_of(raw)
    except Unreadable:
        return
    assert finding_of(part).origin in Origin


@given(st.binary(max_size=2_000))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    finding_of_any(raw)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["From", "Subject", "Return-Path", "Content-Type", "Auto-Submitted", "X-Failed-Recipients"]
            ),
            st.sampled_from([b"<>", b"multipart/report; boundary=b", b"=?gb2312?B?x?=", b"message/delivery-status"])
            | st.binary(max_size=40),
        ),
        max_size=8,
    ),
    st.binary(max_size=300),
)
def test_no_header_makes_it_raise(headers: list[tuple[str, bytes]], body: bytes) -> None:
    head = b"".join(name.encode() + b": " + value + b"\n" for name, value in headers)
    finding_of_any(head + b"\n--b\n" + body + b"\n--b--\n")


@pytest.mark.parametrize(
    "piece", ["a", "<", "a@", "a.", "\n", " ", "\n\n \n", "<a", "=?", "自动", "4", "@", "delivery to "]
)
@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=punycode", STATUS])
def test_a_megabyte_of_anything_gets_an_answer(piece: str, content_type: str) -> None:
    """The test suite's time limit is what a rule that isn't linear would meet."""
    body = piece * (1_000_000 // len(piece))
    assert finding_of(mail(body, From="MAILER-DAEMON@x.org", Return_Path="<>", Content_Type=content_type))


def test_long_headers_are_looked_at_in_part() -> None:
    finding = finding_of(mail(Subject="(" * 500_000, From="<" * 500_000, Return_Path=" " * 500_000))
    assert finding.origin is Origin.AUTOMATIC


# --- other systems' mails --------------------------------------------------------------------------------------------


def parsed(row: dict[str, Any]) -> Part:
    prepended = row["expect"].get("prepend_header", "")
    return part_of((f"{prepended}\n".encode() if prepended else b"") + corpus.raw(row))


def rows_or_skip(*kinds: str) -> list[dict[str, Any]]:
    rows = corpus.cases(*kinds)
    if not rows:
        pytest.skip(corpus.ABSENT)
    return rows


def wanted(expect: dict[str, Any]) -> Origin | None:
    if expect.get("feedback_loop"):
        return Origin.FEEDBACK
    if expect.get("auto"):
        return Origin.AUTOMATIC
    return Origin.BOUNCE if expect.get("bounce") else None


def test_nine_bounces_in_ten_are_found() -> None:
    judged = [(wanted(row["expect"]), finding_of(parsed(row)).origin) for row in rows_or_skip("bounce")]
    judged = [pair for pair in judged if pair[0]]
    found = sum(want is got for want, got in judged)
    assert found / len(judged) >= 0.9, f"{found} of {len(judged)}"


def test_most_bounces_are_told_rightly_as_final_or_not() -> None:
    """An address that is good is seldom marked as wrong: a mail that was refused as spam, say, is not final."""
    rows = [row for row in rows_or_skip("bounce") if row["expect"].get("bounce_kind") in ("hard", "soft")]
    judged = [(row["expect"]["bounce_kind"] == "hard", finding_of(parsed(row))) for row in rows]
    bounces = [(is_hard, found.is_final) for is_hard, found in judged if found.origin is Origin.BOUNCE]
    right = sum(is_hard is is_final for is_hard, is_final in bounces)
    assert right / len(bounces) >= 0.7, f"{right} of {len(bounces)}"


def test_one_person_in_a_hundred_at_most_is_called_a_bounce() -> None:
    """Mails that are delivery reports by their own format are no people's, under whatever kind they were filed."""
    mails = [parsed(row) for row in rows_or_skip(*PEOPLE)]
    people = [one for one in mails if one.get_param("report-type") != "delivery-status"]
    assert len(mails) - len(people) <= 3
    wrong = sum(finding_of(one).origin is Origin.BOUNCE for one in people)
    assert wrong / len(people) <= 0.01, f"{wrong} of {len(people)}"


def test_malformed_bounces_raise_nothing() -> None:
    for row in rows_or_skip("bounce-malformed"):
        assert isinstance(finding_of(parsed(row)), Finding)


@corpus.each("auto-reply")
def test_automatic_replies(row: dict[str, Any]) -> None:
    finding, expect = finding_of(parsed(row)), row["expect"]
    if "auto" in expect:
        assert finding.is_for_the_desk is not expect["auto"]
    elif "send_auto_response" in expect:
        assert finding.may_be_answered is expect["send_auto_response"]
    else:
        pytest.skip("about our own address, which this module doesn't know")
