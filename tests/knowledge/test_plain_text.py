"""Between Markdown and plain text: what goes from articles into tickets, and from tickets into articles."""

from __future__ import annotations

import re

import pytest

from knowledge.markdown import as_html, as_markdown, as_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Press `Ctrl + F5`, **twice**.", "Press Ctrl + F5, twice."),
        ("1. Quit\n2. Sign in\n\n   again", "1. Quit\n2. Sign in\n   again"),
        ("3. Third\n4. Fourth", "3. Third\n4. Fourth"),
        ("- one\n  - below\n- two", "- one\n  - below\n- two"),
        ("[page](https://it.example/a) or <https://it.example>", "page (https://it.example/a) or https://it.example"),
        ("[Mail](mailto:it@a.com) [it@a.com](mailto:it@a.com)", "Mail (it@a.com) it@a.com"),
        ("[above](#top)", "above"),
        ("[guide](/knowledge/3/)", "guide (https://desk.example/knowledge/3/)"),
        ("![dialog](/knowledge/files/12345678-1234-1234-1234-123456789012/) shows", "dialog shows"),
        ("## Title\n\nText\nmore\n\n```\nipconfig /all\n  x\n```", "Title\n\nText\nmore\n\nipconfig /all\n  x"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("> quoted\n\n---\n\nafter \\* &amp; ~~old~~", "quoted\n\nafter * & old"),
        ("", ""),
    ],
)
def test_plain_text_reads_well(settings, text, expected):
    settings.SITE_URL = "https://desk.example"
    assert as_text(text) == expected


PLAIN = [
    r"\\filesrv\share",
    r"C:\_temp\*.log and C:\Users\*",
    "C:\\temp\\",
    "ends with a backslash\\\nnext line",
    "*stars* **two** _line_ __two__ snake_case_name _x",
    "`code` ``` and ~~gone~~ ~ home ~/x ~~~",
    "[link](https://example.com) ![picture](x) [INFO] started [a]: b [a][b]",
    "<b>bold</b> <https://example.com> <it@example.com> a < b > c",
    "&amp; &#65; R&D; AT&T",
    "# heading\n#hash\n####### seven",
    "> quoted\n>> twice",
    "+ plus\n+1",
    "under\n---\nunder\n===\n***\n___\n- - -",
    "a | b\n--- | ---\n1 | 2\n|:-:|\n|---|",
    "1. first\n2. second\n\n3. third",
    "1) first\n2) second",
    "1. first\n7. seventh\n7) again\n1. again",
    "2026. A year\n10.2.0.4",
    "- one\n- two",
    "```\nfenced\n```",
    "~~~\nfenced\n~~~",
    "at java.lang.Foo(Foo.java:12)\nat _b_(x)",
    "hard  \nbreak",
    "1\\. typed so",
    "用户_名_称 *星号* 【说明】：\\*",
]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_is_read_as_it_was_written(text):
    written = (
        "\n".join(line.rstrip() for line in text.split("\n")).replace("1) ", "1. ").replace("2) second", "2. second")
    )
    read = as_text(as_markdown(text))
    assert [line.strip() for line in read.split("\n") if line] == [line for line in written.split("\n") if line]
    html = as_html(as_markdown(text))
    assert not re.search(r"<(?!/?(p|ol|ul|li)\b|br|ol start)", html), html


def test_plain_text_stays_readable_in_the_editor():
    for text in (r"C:\Users\liqiang", "1. Quit\n2. Sign in", "- one", "snake_case [INFO] a < b", "10.2.0.4 #5 (x)"):
        assert as_markdown(text) == text
    assert as_markdown("    indented\n\tcode") == "indented\ncode"
