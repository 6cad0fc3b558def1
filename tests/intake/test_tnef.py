"""winmail.dat: unpacked into what Outlook put in, kept whole where that can't be read."""

from __future__ import annotations

import base64
import struct
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tnefparse import TNEF

from tickets.intake import tnef
from tickets.intake.reading import Letter, read

STREAM = struct.pack("<IH", 0x223E9F78, 1)


def attribute(name: int, value: bytes, level: int = 1, kind: int = 6) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def padded(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value + b"\0" * (-len(value) % 4)


def text(name: int, value: str) -> bytes:
    return struct.pack("<HHI", 0x1F, name, 1) + padded(value.encode("utf-16-le") + b"\0\0")


def binary(name: int, value: bytes, kind: int = 0x102) -> bytes:
    return struct.pack("<HHI", kind, name, 1) + padded(value)


def number(name: int, value: int) -> bytes:
    return struct.pack("<HHI", 3, name, value)


def properties(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def attachment(title: bytes, content: bytes, *values: bytes) -> bytes:
    return (
        attribute(0x9002, b"\1\0" + b"\0" * 12, 2)
        + attribute(0x8010, title + b"\0", 2)
        + attribute(0x800F, content, 2)
        + (attribute(0x9005, properties(*values), 2) if values else b"")
    )


MAIL = (
    STREAM
    + attribute(0x9007, struct.pack("<II", 936, 0))
    + attribute(0x8004, "打印机".encode("gbk") + b"\0", kind=7)
    + attribute(
        0x9003,
        properties(
            number(0x3FDE, 936),
            struct.pack("<HH", 0x1003, 0x4000) + struct.pack("<III", 2, 7, 8),  # two values, stepped over
            struct.pack("<HH", 0x1F, 0x8001)
            + b"G" * 16
            + struct.pack("<II", 0, 5)
            + struct.pack("<I", 1)
            + padded(b"a\0"),
            text(0x1000, "打印机不工作了。"),
        ),
    )
    + attachment(b"SHORT~1.TXT", "第一行".encode(), text(0x3707, "很长的名字.txt"), text(0x370E, "text/plain"))
    + attachment("截图.png".encode("gbk"), b"PNG" * 10, text(0x3712, "shot@x"))
)


def letter(data: bytes, body: str = "", name: str = "winmail.dat", kind: str = "application/ms-tnef") -> Letter:
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content(body)
    message.add_attachment(data, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    return read(message.as_bytes())


def test_the_fixture_is_what_others_call_tnef() -> None:
    other = TNEF(MAIL)
    assert (other.body, len(other.attachments)) == ("打印机不工作了。", 2)
    assert other.attachments[0].long_filename() == "很长的名字.txt"
    assert other.attachments[0].data == "第一行".encode()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("winmail.dat", "application/ms-tnef"),
        ("x", "application/vnd.ms-tnef"),
        ("WINMAIL.DAT", "application/octet-stream"),
    ],
)
def test_it_is_unpacked_into_files(name: str, kind: str) -> None:
    files = letter(MAIL, "看附件", name, kind).files
    assert [(file.name, file.content_type, file.content_id) for file in files] == [
        ("很长的名字.txt", "text/plain", ""),
        ("截图.png", "application/octet-stream", "shot@x"),
    ]
    assert files[0].content.decode() == "第一行"


def test_its_body_is_the_text_only_where_the_mail_has_none() -> None:
    assert letter(MAIL, "看附件").text == "看附件"
    assert letter(MAIL).text == "打印机不工作了。"


def test_its_html_is_read_by_its_own_charset() -> None:
    data = STREAM + attribute(0x9003, properties(number(0x3FDE, 936), binary(0x1013, "<p>打印机</p>".encode("gbk"))))
    found = letter(data)
    assert (found.text.strip(), found.html, found.files) == ("打印机", "<p>打印机</p>", ())


def test_a_mail_within_it_gives_its_text_and_its_files() -> None:
    inner = bytes.fromhex("0703020000000000c000000000000046") + MAIL
    data = STREAM + attachment(b"mail", b"", binary(0x3701, inner, 0x0D))
    assert [file.name for file in letter(data, "x").files] == ["打印机.txt", "很长的名字.txt", "截图.png"]
    assert letter(data, "x").files[0].content.decode() == "打印机不工作了。"


def test_mails_within_each_other_have_an_end() -> None:
    data = MAIL
    for _ in range(10):
        data = STREAM + attachment(
            b"mail", b"", binary(0x3701, bytes.fromhex("0703020000000000c000000000000046") + data, 0x0D)
        )
    [file] = letter(data, "x").files
    assert file.name == "mail"


@pytest.mark.parametrize(
    "data",
    [
        b"no tnef at all",
        STREAM,
        STREAM + b"\1\2\3",
        MAIL[:60],
        STREAM + attribute(0x9003, struct.pack("<IHHI", 2**32 - 1, 0x101E, 0x1000, 2**32 - 1) + b"\0" * 100_000),
        STREAM + attribute(0x9003, struct.pack("<IHHI", 2**32 - 1, 0x1003, 0x1000, 2**32 - 1)),
        STREAM + attribute(0x8005, b"x") * 100_000,
    ],
    ids=["other", "empty", "cut in its first attribute", "cut", "counts", "values", "attributes"],
)
def test_what_cannot_be_unpacked_is_kept_whole(data: bytes) -> None:
    [file] = letter(data, "看附件").files
    assert (file.name, file.content) == ("winmail.dat", data)


@given(st.binary(max_size=400), st.integers(0, len(MAIL)))
def test_any_bytes_give_a_mail_or_none(garbage: bytes, at: int) -> None:
    tnef.unpack(STREAM + garbage)
    tnef.unpack(MAIL[:at] + garbage + MAIL[at + len(garbage) :])


def test_a_broken_base64_is_no_tnef() -> None:
    source = b"From: a@example.com\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert read(source + base64.b64encode(MAIL)).files[0].name == "很长的名字.txt"
    assert read(source + base64.b64encode(MAIL)[7:]).files[0].content_type == "application/ms-tnef"
