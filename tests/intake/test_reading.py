"""Reading mails of any kind: wrong charsets, broken headers, hostile parts. Nothing raises but Unreadable (E9)."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.corpus import ABSENT, cases, each, raw
from tickets.intake.forwards import original_sender
from tickets.intake.headers import Address
from tickets.intake.markup import text_of_html
from tickets.intake.parts import DEEPEST, LARGEST
from tickets.intake.quoting import split
from tickets.intake.reading import Letter, Unreadable, matter_of, read


def mail(*headers: str, body: bytes | str = "正文", kind: str = "text/plain; charset=utf-8") -> bytes:
    """A mail from its lines. Headers given as text are written in UTF-8, as no standard allows."""
    lines = [f"Content-Type: {kind}", *headers]
    if not any(line.lower().startswith("from:") for line in headers):
        lines.insert(0, "From: wang@example.com")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


def reason(source: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read(source)
    return refusal.value.reason


def test_a_plain_letter() -> None:
    letter = read(
        mail(
            "From: =?utf-8?b?546L5pWP?= <Wang.Min@Example.COM>",
            "To: it@example.com, Lee <lee@example.com>",
            "Cc: 张三 <zhang@example.com>",
            "Subject: =?gb2312?B?tPLTobv6u7XByw==?=",
            "Message-ID: <1@example.com>",
            "In-Reply-To: <a@desk>",
            "References: <0@desk> <a@desk>",
            "Date: Fri, 20 Nov 2026 10:00:00 +0800",
            body="第一行\r\n\r\n\r\n\r\n第二行  \r\n",
        )
    )
    assert letter.sender == Address("王敏", "Wang.Min@example.com")
    assert [address.email for address in letter.to] == ["it@example.com", "lee@example.com"]
    assert letter.cc == (Address("张三", "zhang@example.com"),)
    assert letter.subject == "打印机坏了"
    assert (letter.message_id, letter.references) == ("<1@example.com>", ("<0@desk>", "<a@desk>"))
    assert letter.date == datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert letter.text == "第一行\n\n第二行"
    assert (letter.html, letter.files) == ("", ())


# --- Charsets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "charset", "expected"),
    [
        ("朱镕基打不开邮件".encode("gb18030"), "gb2312", "朱镕基打不开邮件"),
        ("打印机没有反应，请帮忙看看".encode("gbk"), "utf-8", "打印机没有反应，请帮忙看看"),
        ("打印机没有反应".encode(), "gb2312", "打印机没有反应"),
        ("打印机没有反应".encode(), "us-ascii", "打印机没有反应"),
        ("打印机没有反应".encode("gbk"), "x-unknown", "打印机没有反应"),
        ("打印机没有反应".encode("gbk"), "us-ascii", "打印机没有反应"),
        ("打印机没有反应，A4 纸".encode("gbk"), "iso-8859-1", "打印机没有反应，A4 纸"),
        ("ÄÖÜ äöüß Größe".encode("latin-1"), "iso-8859-1", "ÄÖÜ äöüß Größe"),
        ("Gerät".encode("latin-1"), "us-ascii", "Gerät"),
        ("印表機沒有反應，請協助處理".encode("big5"), "", "印表機沒有反應，請協助處理"),
        ("プリンターが動きません".encode("cp932"), "", "プリンターが動きません"),
        ("Das Gerät läuft nicht".encode("latin-1"), "", "Das Gerät läuft nicht"),
        ("Das “Gerät”".encode("cp1252"), "iso-8859-1", "Das “Gerät”"),
        ("프린터".encode("cp949"), "ks_c_5601-1987", "프린터"),
        ("проверка".encode("koi8-r"), "koi8-r", "проверка"),
        (b"\x1b$B-!%F%9%H\x1b(B", "iso-2022-jp", "①テスト"),
        ("打印机".encode() + b"\xe5\x8f", "utf-8", "打印机\ufffd"),
        (
            "打印机没有反应\n--\nGrüße, ".encode() + "Jürgen".encode("latin-1"),
            "gb2312",
            "打印机没有反应\n--\nGrüße, Jürgen",
        ),
    ],
)
def test_bodies_whose_charset_is_wrong_missing_or_a_lie(body: bytes, charset: str, expected: str) -> None:
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    assert read(mail(body=body, kind=kind)).text == expected


def word(data: bytes) -> bytes:
    return b"=?utf-8?B?%s?=" % base64.b64encode(data)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("打印机没有反应".encode("gbk"), "打印机没有反应"),
        ("プリンターの故障".encode("cp932"), "プリンターの故障"),
        ("打印机".encode(), "打印机"),
        (b"=?utf-8?B?5omT5Y2w?==?utf-8?B?5py6?=", "打印机"),
        (word("打印机坏了".encode()[:8]) + b" " + word("打印机坏了".encode()[8:]), "打印机坏了"),
        (b"Re:=?GBK?Q?=B4=F2=D3=A1=BB=FA?= 5F", "Re:打印机 5F"),
        (b"=?utf-8?Q?VPN down again?=", "VPN down again"),
        (b"=?nonsense?B?VlBO?= down", "VPN down"),
        (b"=?utf-8?B?VlB?=", "VP"),
        (b"one\r\n two\r\n\tthree", "one two three"),
        (b"bell \x07 and nul \x00", "bell and nul"),
    ],
)
def test_subjects_as_senders_really_write_them(value: bytes, expected: str) -> None:
    assert read(b"From: a@example.com\r\nSubject: " + value + b"\r\n\r\nbody").subject == expected


# --- Senders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ('"Wang, Min" <wang@example.com>', "Wang, Min", "wang@example.com"),
        ("wang@corp.example <mallory@evil.example>", "wang@corp.example", "mallory@evil.example"),
        ("wang@example.com (Wang Min)", "Wang Min", "wang@example.com"),
        ("=?utf-8?B?546L77yM5pWP?= <wang@example.com>", "王，敏", "wang@example.com"),
        ("<wang@EXAMPLE.com>", "", "wang@example.com"),
        ("Wang <wang+it@example.com>, Wang <wang+it@example.com>", "Wang", "wang+it@example.com"),
    ],
)
def test_one_sender_with_name_and_address(value: str, name: str, address: str) -> None:
    assert read(mail(f"From: {value}")).sender == Address(name, address)


def test_two_senders_and_none_are_refused() -> None:
    assert reason(mail("From: a@example.com", "From: b@example.com")) == "several_senders"
    assert reason(mail("From: a@example.com, b@example.com")) == "several_senders"
    assert reason(b"Subject: nobody\r\n\r\nbody") == "no_sender"
    assert reason(b"  \r\n ") == "empty"


def test_a_line_among_the_headers_that_is_none_hides_no_sender() -> None:
    letter = read(
        b"Received: from somewhere\r\nby somebody with ESMTP\r\nFrom: a@example.com\r\nSubject: S\r\n\r\nbody"
    )
    assert (letter.sender.email, letter.subject, letter.text) == ("a@example.com", "S", "body")


# --- Parts ------------------------------------------------------------------------------------------------------------


def built(message: EmailMessage) -> Letter:
    message["From"] = "a@example.com"
    return read(message.as_bytes())


def test_files_inline_pictures_and_a_mail_within_the_mail() -> None:
    message = EmailMessage()
    message.set_content("看截图")
    message.add_alternative(
        '<p>看截图 <img src="cid:shot@x"><img src="https://evil.example/dot.png"></p>', subtype="html"
    )
    message.get_payload()[1].add_related(b"PNG" * 500, "image", "png", cid="<shot@x>", filename="截图.png")
    message.add_attachment("时间,结果".encode("gbk"), maintype="text", subtype="csv", filename="记录 1.csv")
    inner = EmailMessage()
    inner["Subject"] = "原来的邮件"
    inner["From"] = "b@example.com"
    inner.set_content("里面")
    message.add_attachment(inner)
    letter = built(message)
    assert letter.text == "看截图"
    assert [(file.name, file.is_inline) for file in letter.files] == [
        ("截图.png", True),
        ("记录 1.csv", False),
        ("原来的邮件.eml", False),
    ]
    assert letter.files[0].content_id == "shot@x"
    assert letter.files[1].content.decode("gbk") == "时间,结果"
    assert 'src="cid:shot@x"' in letter.html and "evil.example" not in letter.html


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("attachment; filename*=utf-8''%E6%88%AA%E5%9B%BE.png", "截图.png"),
        ("attachment; filename*0*=gbk''%BD%D8; filename*1*=%CD%BC.png", "截图.png"),
        ('attachment; filename="=?utf-8?B?5oiq5Zu+LnBuZw==?="', "截图.png"),
        ('attachment; filename="截图.png"', "截图.png"),
        ('attachment; filename="C:\\\\Users\\\\a\\\\..\\\\shot.png"', "shot.png"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment", "file-1.bin"),
    ],
)
def test_file_names(header: str, expected: str) -> None:
    kind = "application/bin"
    [file] = read(mail(f"Content-Disposition: {header}", kind=kind, body=b"x")).files
    assert (file.name, file.content) == (expected, b"x")


def test_html_alone_gives_text_and_loses_what_is_dangerous() -> None:
    source = "<style>p{}</style><p>第一段</p><script>alert(1)</script><p onclick=x>第二段 <a href='javascript:x'>链接</a></p>"
    letter = read(mail(kind="text/html; charset=utf-8", body=source))
    assert letter.text.split() == ["第一段", "第二段", "链接"]
    assert all(word not in letter.html for word in ("script", "onclick", "style"))


def test_files_of_one_name_are_told_apart_before_the_first_dot() -> None:
    message = EmailMessage()
    message.set_content("x")
    for _ in range(3):
        message.add_attachment(b"x", maintype="application", subtype="gzip", filename="日志.tar.gz")
    assert [file.name for file in built(message).files] == ["日志.tar.gz", "日志1.tar.gz", "日志2.tar.gz"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image/jpeg", "image.jpg"),
        ("video/mp4", "video.mp4"),
        ("text/calendar", "calendar.ics"),
        ("text/plain", "document.txt"),
        ("application/pdf", "file-1.pdf"),
        ("message/delivery-status", "delivery-status.txt"),
    ],
)
def test_a_file_without_a_name_is_called_by_its_sort(kind: str, expected: str) -> None:
    [file] = read(mail("Content-Disposition: attachment", kind=kind, body=b"x")).files
    assert file.name == expected


def test_a_picture_without_a_name_is_called_by_its_content_id() -> None:
    [file] = read(mail("Content-ID: <image001.png@01DC1234.5678>", kind="image/png", body=b"x")).files
    assert (file.name, file.content_id) == ("image001.png", "image001.png@01DC1234.5678")


def test_pictures_between_plain_texts_stand_in_their_places() -> None:
    pieces = [
        "Content-Type: text/plain; charset=utf-8\r\n\r\n先看 <这里>",
        "Content-Type: image/png; name=a.png\r\nContent-Disposition: inline\r\nContent-ID: <a@x>\r\n\r\nPNG",
        "Content-Type: text/plain; charset=utf-8\r\n\r\n再看\r\n这里",
    ]
    letter = read(mail(kind="multipart/mixed; boundary=b", body="--b\r\n" + "\r\n--b\r\n".join(pieces) + "\r\n--b--"))
    assert letter.text == "先看 <这里>\n再看\n这里"
    assert letter.html.replace("\n", "") == (
        '<div>先看 &lt;这里&gt;</div><img src="cid:a@x" alt="a.png"><div>再看<br>这里</div>'
    )
    assert [file.is_inline for file in letter.files] == [True]


def test_a_page_s_title_is_part_of_what_it_says() -> None:
    page = "<title>磁盘已满 srv-01</title><p>剩余 0 字节</p>"
    assert read(mail(kind="text/html; charset=utf-8", body=page)).text == "磁盘已满 srv-01\n\n剩余 0 字节"
    assert read(mail("Subject: 磁盘已满 srv-01", kind="text/html; charset=utf-8", body=page)).text == "剩余 0 字节"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>打印机\r\n  坏了</p>", "打印机坏了"),
        ("<p>打印机<span>坏</span><span lang=EN-US>A4</span></p>", "打印机坏A4"),
        ("<p>printer\nis broken</p>", "printer is broken"),
        ("<table><tr><td>型号</td><td>M404</td></tr><tr><td>楼层</td><td>3</td></tr></table>", "型号 M404\n楼层 3"),
        ("<table><tr><td><p>一</p><p>二</p></td></tr></table>", "一\n\n二"),
        ("<pre>a\n  b</pre>", "a\n  b"),
    ],
)
def test_html_as_a_person_reads_it(source: str, expected: str) -> None:
    assert read(mail(kind="text/html; charset=utf-8", body=source)).text.strip() == expected


def test_html_of_the_depth_of_a_long_exchange_keeps_its_words_in_lines() -> None:
    page = "<p>new</p>" + "<blockquote><div>old</div>" * 300 + "<p>oldest</p>"
    lines = read(mail(kind="text/html", body=page)).text.split("\n")
    assert (lines[0], lines[-1], sum(line == "old" for line in lines)) == ("new", "oldest", 300)


@pytest.mark.parametrize("page", ["", "<p>&nbsp;</p>", "<img src='https://evil.example/dot.png'>", "<div><br></div>"])
def test_html_in_which_nothing_is_seen_is_none(page: str) -> None:
    assert read(mail(kind="text/html", body=page)).html == ""


def test_what_only_the_plain_text_says_is_kept_beside_fuller_html() -> None:
    message = EmailMessage()
    message.set_content("Ticket 4711.")
    message.add_alternative("<p>" + "My printer prints stripes. " * 10 + "</p>", subtype="html")
    text = built(message).text
    assert text.startswith("Ticket 4711.") and "stripes" in text


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (["Subject: VPN"], "x", "VPN"),
        (["Subject:  "], "\n打印机坏了\n三楼", "打印机坏了"),
        ([], "x" * 300, "x" * 119 + "…"),
        ([], "", ""),
    ],
)
def test_a_mail_without_a_subject_is_about_how_it_begins(headers: list[str], body: str, expected: str) -> None:
    assert matter_of(read(mail(*headers, body=body))) == expected


BLOCK = "From: Li Lei <li@example.com>\nDate: Fri, 20 Nov 2026 10:00:00\nSubject: VPN\n\nIt fails."


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ("FW: VPN", f"@team, see below\n\n{BLOCK}", "li@example.com"),
        (
            "转发：打印机",
            "发件人： 李雷 <li@example.com>\n发送时间： 2026-11-20 10:00\n主题： 打印机\n\n坏了",
            "li@example.com",
        ),
        ("VPN", BLOCK, None),
        ("Re: VPN", f"Still fails\n\n{BLOCK}", None),
        ("FW: VPN", "see the other mail", None),
    ],
)
def test_the_sender_of_a_forwarded_mail(subject: str, body: str, expected: str | None) -> None:
    sender = original_sender(read(mail(f"Subject: {subject}", body=body)))
    assert (sender and sender.email) == expected


def test_the_sender_of_a_mail_that_was_attached_whole() -> None:
    inner = EmailMessage()
    inner["From"] = "李雷 <li@example.com>"
    inner.set_content("里面")
    message = EmailMessage()
    message.set_content("")
    message.add_attachment(inner)
    assert original_sender(built(message)) == Address("李雷", "li@example.com")


def test_html_of_a_depth_that_nobody_writes_still_gives_its_words() -> None:
    letter = read(mail(kind="text/html", body="<div>" * 5000 + "help &amp; advice"))
    assert (letter.text.strip(), letter.html) == ("help & advice", "")


def test_plain_text_that_only_points_at_the_html_is_not_all_there_is() -> None:
    message = EmailMessage()
    message.set_content("See the HTML part.")
    message.add_alternative("<p>" + "My printer prints stripes. " * 10 + "</p>", subtype="html")
    assert "stripes" in built(message).text


# --- Hostile ----------------------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    source = b"Content-Type: text/plain\r\n\r\ndeep"
    for level in range(depth):
        mark = f"b{level}".encode()
        source = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n%s\r\n--%s--\r\n' % (
            mark,
            mark,
            source,
            mark,
        )
    return b"From: a@example.com\r\n" + source


def test_limits() -> None:
    assert read(nested(DEEPEST - 1)).text == "deep"
    assert reason(nested(DEEPEST + 2)) == "too_deep"
    assert reason(nested(1000)) == "too_deep"
    parts = b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 1000
    assert reason(mail(kind='multipart/mixed; boundary="b"', body=parts + b"--b--\r\n")) == "too_many_parts"
    assert reason(b"From: a@example.com\r\n\r\n" + b"x" * LARGEST) == "too_large"


@pytest.mark.parametrize(
    "source",
    [
        mail("Subject: " + "=?utf-8?B?" * 50_000),
        mail("To: " + "<" * 200_000),
        mail("To: " + "a@b.example, " * 50_000),
        mail("X-Long: " + "x" * 1_000_000),
        mail(body="<" * 500_000, kind="text/html"),
        mail(body="<div>" * 200_000, kind="text/html"),
        mail(body="<ul><li>" * 100_000, kind="text/html"),
        mail(body=base64.b64encode(b"x" * 100_000)[:-3], kind="text/plain\r\nContent-Transfer-Encoding: base64"),
        mail(kind="text/plain; charset=unicode_escape", body=b"\\x41"),
        mail(kind="multipart/mixed", body=b"no boundary"),
    ],
    ids=[
        "words",
        "brackets",
        "addresses",
        "header",
        "html",
        "deep html",
        "deep lists",
        "cut base64",
        "no charset",
        "no boundary",
    ],
)
def test_what_is_built_to_hurt_is_read_all_the_same(source: bytes) -> None:
    assert read(source).sender.email == "wang@example.com"


@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", b"From: a@example.com\n", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"]),
)
def test_any_bytes_give_a_letter_or_a_reason(source: bytes, before: bytes) -> None:
    try:
        letter = read(before + source)
    except Unreadable as refusal:
        assert refusal.reason != "malformed"
    else:
        assert "\0" not in letter.text + letter.subject


# --- The corpus -------------------------------------------------------------------------------------------------------

# Where other desks expect what a reader would call wrong: all else holds for these mails too. docs/mail.md says why.
DISAGREES = {
    "zammad:mail046.box": {"from_name"},  # in GBK, which we read
    "zammad:mail060.box": {"body_words_in_order"},  # broken letters
    "zammad:mail064.box": {"attachments"},  # broken letters
    "zammad:mail073.box": {"attachments"},  # broken letters
    "zammad:mail076.box": {"from_email", "from_name"},  # a bracket as part of the address
    "zammad:mail087.box": {"from_email", "from_name", "attachment_count", "attachments"},  # name and address as one
}
NOT_VISIBLE = ["visible", "content"]  # a peer's own words for an empty text


def words_in_order(text: str, words: list[str]) -> bool:
    place = 0
    for word in words:
        place = text.find(word, place)
        if place < 0:
            return False
        place += len(word)
    return True


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def emails(text: str) -> list[str]:
    return [email.lower() for email in re.findall(r"[^\s<>\"(),;:]+@[^\s<>\"(),;:]+", text or "")]


def unmet(letter: Letter, expect: dict[str, Any]) -> set[str]:
    """Which of the expectations the letter doesn't meet."""
    text = f"{letter.text}\n{text_of_html(letter.html)}"
    names = [file.name for file in letter.files]
    sums = {hashlib.sha256(file.content).hexdigest(): file for file in letter.files}
    words = expect.get("body_words_in_order", NOT_VISIBLE)
    sender = original_sender(letter)
    is_met = {
        "from_email": letter.sender.email.lower() == expect.get("from_email", "").lower(),
        "from_name": letter.sender.name == expect.get("from_name"),
        "to": [address.email.lower() for address in letter.to] == emails(expect.get("to", "")),
        "reply_to": [address.email.lower() for address in letter.reply_to] == emails(expect.get("reply_to", "")),
        "subject": letter.subject == " ".join((expect.get("subject") or letter.subject).split()),
        "subject_has": all(words in letter.subject for words in listed(expect.get("subject_has", []))),
        "subject_nonempty": bool(matter_of(letter)),
        "date": letter.date == (datetime.fromisoformat(expect["date"]) if "date" in expect else None),
        "html": bool(letter.html) is expect.get("html"),
        "attachment_count": expect.get("attachment_count")
        in (len(names), sum(not file.content_id for file in letter.files)),
        "attachments": names == expect.get("attachments"),
        "attachment_ext": all(name.endswith(expect.get("attachment_ext", "")) for name in names),
        "attachment_size": all(
            (name, size) in sizes(letter) for name, size in expect.get("attachment_size", {}).items()
        ),
        "attachment_sha256": all(sums[sha].name == name for name, sha in expect.get("attachment_sha256", {}).items()),
        "attachment_sha256_any": bool(sums.keys() & set(expect.get("attachment_sha256_any", []))),
        # The peers' fixtures hold no bytes of these pictures: what counts is that the text still has their places.
        "inline_images": letter.html.count('src="cid:') == expect.get("inline_images"),
        "body_words_in_order": words == NOT_VISIBLE or words_in_order(text, words),
        "body_has": all(words in text for words in listed(expect.get("body_has", []))),
        "body_not": not any(words in letter.text for words in listed(expect.get("body_not", []))),
        "body_is": letter.text.split() == expect.get("body_is", "").split(),
        "body_starts": letter.text.startswith(expect.get("body_starts", "")),
        "reply_is": split(letter.text).new.split() == expect.get("reply_is", "").split(),
        "original_sender": sender is not None and sender.email == expect.get("original_sender"),
        "no_replacement_char": "\ufffd" not in letter.text + letter.subject,
        "no_nul_in_subject": "\0" not in letter.subject,
        "in_reply_to": (expect.get("in_reply_to") or "").strip("<>") in " ".join(letter.references),
        "in_reply_to_first": (letter.in_reply_to or ("",))[0].strip("<>") == expect.get("in_reply_to_first"),
        "references": list(letter.references) == expect.get("references"),
    }
    return {name for name, holds in is_met.items() if name in expect and not holds}


def sizes(letter: Letter) -> set[tuple[str, int]]:
    return {(file.name, len(file.content)) for file in letter.files}


@each("inbound-parse", "charset", "attachment", "threading", "forward", "malformed")
def test_mails_of_other_desks(row: dict[str, Any]) -> None:
    try:
        letter = read(raw(row))
    except Unreadable as refusal:
        assert row["expect"].get("accept") is False, refusal.reason
        return
    assert unmet(letter, row["expect"]) == DISAGREES.get(row["id"], set())


@pytest.mark.skipif(not cases("bounce"), reason=ABSENT)
def test_no_mail_of_the_corpus_is_malformed_to_us() -> None:
    for row in [row for strength in ("must", "policy") for row in cases(*KINDS, strength=strength)]:
        try:
            read(raw(row))
        except Unreadable as refusal:
            assert refusal.reason in {"no_sender", "several_senders"}, row["id"]


KINDS = ("bounce", "bounce-malformed", "auto-reply", "spam", "signature", "inbound-parse", "attachment")
