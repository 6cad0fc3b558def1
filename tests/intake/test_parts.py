"""Mails taken apart: as the standard library does it where they are sound, within bounds where they are not."""

from __future__ import annotations

import base64
import email
import tracemalloc
from collections.abc import Iterator
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.intake.parts import DEEPEST, LARGEST, MOST_PARTS, Part, Unreadable, part_of
from tickets.intake.reading import read

HEAD = b"From: a@example.com\r\n"
BODY = "看截图。\n第二行\n"


def leaves(part: Part) -> Iterator[Part]:
    for child in part.children:
        yield from leaves(child)
    if not part.children:
        yield part


def their_leaves(message: Message) -> Iterator[Message]:
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        for child in message.get_payload():
            yield from their_leaves(child)
    else:
        yield message


def even(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").rstrip(b"\n")


def built(files: list[tuple[str, bytes]], *, is_html: bool, depth: int) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "王敏 <wang@example.com>"
    message.set_content(BODY)
    if is_html:
        message.add_alternative("<p>看截图</p>", subtype="html")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    for _ in range(depth):
        outer = EmailMessage()
        outer["From"] = "a@example.com"
        outer.make_mixed()
        outer.attach(message)
        message = outer
    return message


@given(
    st.lists(
        st.tuples(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20), st.binary(max_size=200)),
        max_size=4,
    ),
    st.booleans(),
    st.integers(0, 5),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_sound_mails_are_taken_apart_as_the_library_does(
    files: list[tuple[str, bytes]], is_html: bool, depth: int, line_end: bytes
) -> None:
    raw = built(files, is_html=is_html, depth=depth).as_bytes().replace(b"\n", line_end)
    ours = [(part.get_content_type(), even(part.content())) for part in leaves(part_of(raw))]
    theirs = their_leaves(email.message_from_bytes(raw))
    assert ours == [(part.get_content_type(), even(part.get_payload(decode=True))) for part in theirs]


def multipart(body: bytes, head: bytes = b'Content-Type: multipart/mixed; boundary="b"\r\n') -> Part:
    return part_of(HEAD + head + b"\r\n" + body)


TWO = b"--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\nContent-Type: text/plain\r\n\r\ntwo\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (TWO, b'Content-Type: multipart/mixed; boundary="b"\r\n'),
        (b"preamble\r\n\r\n" + TWO + b"epilogue", b"Content-Type: multipart/mixed; boundary=b\r\n"),
        (TWO.removesuffix(b"--b--\r\n"), b"Content-Type: multipart/mixed; boundary=b\r\n"),
        (TWO, b"Content-Type: multipart/mixed\r\n"),
        (TWO, b"Content-Type: multipart/mixed; boundary=other\r\n"),
        (TWO.replace(b"--b\r\n", b"--b  \r\n"), b"Content-Type: multipart/mixed; boundary=b\r\n"),
        (TWO.replace(b"one", b"--bx is no line between parts"), b"Content-Type: multipart/mixed; boundary=b\r\n"),
    ],
    ids=["sound", "with words around", "without an end", "no boundary named", "a wrong one", "blanks", "a near miss"],
)
def test_two_parts_are_found_however_they_are_bounded(body: bytes, head: bytes) -> None:
    found = [even(part.content()) for part in leaves(multipart(body, head))]
    assert (len(found), found[1]) == (2, b"two")


def test_what_has_no_parts_after_all_is_read_as_text() -> None:
    assert read(HEAD + b"Content-Type: multipart/mixed\r\n\r\nno boundary").text == "no boundary"


def test_a_mail_within_a_mail_is_kept_as_it_came() -> None:
    inner = "Subject: 原来的\r\nX-Odd:  two blanks\r\n\r\nbody\r\n--b no boundary".encode()
    raw = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--b--"
    )
    [file] = read(raw).files
    assert (file.name, file.content) == ("原来的.eml", inner)


def test_digests_hold_mails() -> None:
    raw = HEAD + b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: one\r\n\r\nx\r\n--b--"
    assert [file.name for file in read(raw).files] == ["one.eml"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_sort(line_end: str) -> None:
    lines = ["From: a@example.com", "Subject: one", " two", "", "body", "more"]
    letter = read(line_end.join(lines).encode())
    assert (letter.subject, letter.text) == ("one two", "body\nmore")


@pytest.mark.parametrize(
    ("encoding", "coded", "expected"),
    [
        ("base64", base64.b64encode(b"hello"), b"hello"),
        ("BASE64 ", b"aGVs\r\nbG8=", b"hello"),
        ("base64", b"aGVsbG8", b"hello"),
        ("base64", b"aGVs!bG8?=", b"hello"),
        ("base64", b"aGVsbG8==trailing", b"hello"),
        ("base64", b"?", b""),
        ("quoted-printable", b"h=65llo=\r\n you", b"hello you"),
        ("quoted-printable", b"100=", b"100"),
        ("x-uuencode", b"begin 644 a\n%:&5L;&\\\n`\nend\n", b"hello"),
        ("uuencode", b"%:&5L;&\\\nbroken line here\n`\n", b"hello"),
        ("8bit", b"\xff\0", b"\xff\0"),
        ("nonsense", b"hello", b"hello"),
    ],
)
def test_transfer_encodings(encoding: str, coded: bytes, expected: bytes) -> None:
    raw = HEAD + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + coded
    assert part_of(raw).content() == expected
    assert part_of(raw).content(2) == expected[:2]


# --- Bounds -----------------------------------------------------------------------------------------------------------


def parts_of(number: int, head: bytes = b"Content-Type: image/png", content: bytes = b"x") -> bytes:
    piece = b"--b\r\n" + head + b"\r\n\r\n" + content + b"\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + piece * number + b"--b--\r\n"


def nested(depth: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (at, at) for at in range(depth))
    return HEAD + head + b"\r\ndeep"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (parts_of(MOST_PARTS + 1), "too_many_parts"),
        (parts_of(100_000), "too_many_parts"),
        (nested(DEEPEST + 1), "too_deep"),
        (nested(1000), "too_deep"),
        (HEAD + b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n' + b"-" * 1_000_000, "too_many_parts"),
        (HEAD + b"x" * LARGEST, "too_large"),
    ],
    ids=["parts", "a hundred thousand parts", "depth", "a thousand deep", "near misses", "size"],
)
def test_there_are_bounds(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        part_of(raw)
    assert refusal.value.reason == reason


def test_up_to_the_bounds_all_is_read() -> None:
    assert len(read(parts_of(MOST_PARTS - 1)).files) == MOST_PARTS - 1
    assert read(nested(DEEPEST)).text == "deep"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n" * 1_000_000,
        HEAD + b"a: b\r\n" * 400_000 + b"\r\n",
        HEAD + b"Subject: x\r\n" + b" y\r\n" * 400_000 + b"\r\n",
        HEAD + b"Subject: " + b"=?a?b?x" * 200_000 + b"\r\n\r\n",
        HEAD + b"Content-Type: text/plain" + b";" * 1_000_000 + b"\r\n\r\n",
        HEAD + b'Content-Type: text/plain; a="' + b";" * 1_000_000 + b"\r\n\r\n",
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD!\x80?=\n=" * 100_000,
        parts_of(MOST_PARTS - 1, b"a: b\r\n" * 2000),
        parts_of(MOST_PARTS - 1, b"Content-Type: message/rfc822\r\n\r\nSubject: " + b"=?a?b?x" * 1000),
        parts_of(MOST_PARTS - 1, b"Content-Type: a/b; " + b";".join(b'x%d="\\";"' % at for at in range(300))),
        parts_of(MOST_PARTS - 1, b"Content-Type: text/html", b"<b>" * 5000),
    ],
    ids=[
        *("empty lines", "headers", "a folded header", "half words", "parameters", "quoted parameters", "bad base64"),
        *("headers in parts", "mails in parts", "parameters in parts", "html in parts"),
    ],
)
def test_what_takes_others_the_square_of_the_time_is_read(raw: bytes) -> None:
    """The limit of time is the test suite's; the figures are in docs/mail.md."""
    assert read(raw).sender.email == "a@example.com"


def test_a_large_file_is_held_twice_and_no_more() -> None:
    raw = (
        HEAD
        + b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(b"x" * 10_000_000)
    )
    tracemalloc.start()
    try:
        [file] = read(raw).files
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(file.content) == 10_000_000
    assert peak < 1.5 * len(raw)


@given(
    st.binary(max_size=3000), st.sampled_from([b"", HEAD, HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"])
)
def test_any_bytes_are_taken_apart_or_refused(garbage: bytes, before: bytes) -> None:
    try:
        found = list(leaves(part_of(before + garbage)))
    except Unreadable as refusal:
        assert refusal.reason in ("too_many_parts", "too_deep")
    else:
        assert found and all(isinstance(part.content(), bytes) for part in found)
