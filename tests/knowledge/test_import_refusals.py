"""Folders and archives that an import refuses: in words, by file and line, with nothing written."""

from __future__ import annotations

import io
import zipfile

import pytest

from helpdesk.common.errors import InvalidInput, TooLarge
from knowledge import packages
from knowledge.packages import read_zip
from tests.knowledge.acts import PNG
from tests.knowledge.exchange import FILES, objections, refused, text_file, zipped


@pytest.mark.django_db
def test_nothing_is_written_when_any_file_is_wrong(cast):
    assert refused(cast, {"readme.md": b"x"}) == ["There is no file like name.zh.md or name.en.md in it."]
    said = refused(
        cast,
        {
            **FILES,
            "a.en.md": b"no front matter",
            "b.en.md": b"---\ntitle: [\n---\n\nx",
            "c.en.md": b"---\ntitle: C\ntopics: [Nonsense]\nowner: requester\ncolour: red\n---\n\nx",
            "d.en.md": b"\xff\xfe",
            "e.en.md": b"---\naudience: public\n---\n\nx",
            "f.en.md": b"---\ntitle: &a F\nowner: *a\n---\n\nx",
            "g.en.md": b"---\ntitle: G\n---\n\n![x](files/none.png)",
            "h.en.md": b"---\ntitle: H\nreview_on: soon\naudience: public\n---\n\nx",
        },
    )
    assert any(line.startswith("a.en.md, line 1:") for line in said)
    assert any(line.startswith("b.en.md, line ") for line in said)
    assert "c.en.md, line 5: “colour” isn't known here" in " ".join(said)
    for name in "defgh":
        assert any(line.startswith(f"{name}.en.md") for line in said), name


@pytest.mark.django_db
def test_names_that_are_unknown_are_told_with_their_line(cast):
    front = b"---\ntitle: C\ntopics: [Nonsense]\nowner: requester\n---\n\n## Solution\n\nx"
    said = refused(cast, {"c.en.md": front})
    assert said == [
        "c.en.md, line 3: There is no topic “Nonsense”.",
        "c.en.md, line 4: There is nobody of the desk with the user name “requester”.",
    ]
    pair = {"c.en.md": b"---\ntitle: C\naudience: staff\n---\nx", "c.zh.md": b"---\ntitle: C\naudience: public\n---\nx"}
    assert refused(cast, pair) == ["c.zh.md, line 3: The other language says something else."]


@pytest.mark.parametrize("name", ["../evil.en.md", "/etc/evil.en.md", "a/../../evil.en.md", "c:\\evil.en.md"])
def test_a_zip_leads_nowhere_else(name):
    with pytest.raises(InvalidInput):
        read_zip(zipped(**{name: b"x"}))


def test_a_zip_that_would_burst_is_not_unpacked(monkeypatch):
    with pytest.raises(InvalidInput):
        read_zip(zipped(**{"a.en.md": b"\0" * 5_000_000}))
    with pytest.raises(InvalidInput):
        read_zip(io.BytesIO(b"PK\x03\x04 nonsense"))
    monkeypatch.setattr(packages, "MOST_ENTRIES", 2)
    with pytest.raises(TooLarge):
        read_zip(zipped(a=b"1", b=b"2", c=b"3"))
    monkeypatch.setattr(packages, "LARGEST_FILE", 2)
    with pytest.raises(TooLarge):
        read_zip(zipped(a=b"123"))
    assert read_zip(zipped(**{"a": b"1", ".DS_Store": b"x", "__MACOSX/a": b"x"})) == {"a": b"1"}


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_broken_contents_is_refused_in_words(method):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr("a.en.md", b"some words that are packed " * 20)
    content = target.getvalue()
    for start in range(30 + len("a.en.md"), 60, 3):
        broken = content[:start] + bytes(byte ^ 0xFF for byte in content[start : start + 4]) + content[start + 4 :]
        try:
            read_zip(io.BytesIO(broken))
        except InvalidInput as error:
            assert error.fields.keys() == {"archive"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "front",
    [
        f"owner: 0x{'f' * 6000}\n",
        f"0x{'f' * 6000}: x\n",
        "owner: !!int x\n",
        "owner: !!bool x\n",
        "owner: !!timestamp x\n",
    ],
)
def test_hostile_front_matter_is_refused_in_words(cast, front):
    assert objections(cast, {"a.en.md": text_file(front=front)})[0].startswith("a.en.md, line 3: ")


@pytest.mark.django_db
@pytest.mark.parametrize("sign", ["\\ud800", "\\0"])
@pytest.mark.parametrize(
    "front", ['owner: "{}"', 'team: "{}"', 'topics: ["{}"]', 'files: ["{}"]', '"{}": x', 'title: "{}"']
)
def test_characters_that_cannot_be_stored_are_told_with_their_line(cast, front, sign):
    said = objections(cast, {"a.en.md": text_file(front=front.format(sign) + "\n")})
    assert said == ["a.en.md, line 3: The text contains characters that can't be stored. Please type it again."]


@pytest.mark.django_db
def test_everything_that_is_wrong_in_an_article_is_told_at_once(cast):
    front = "topics: [Nonsense]\naudience: everybody\nowner: requester\nreview_on: soon\ncolour: red\nteam: [x]\n"
    body = "![x](files/none.png)"
    said = objections(cast, {"a.en.md": text_file("", front, body), "a.zh.md": text_file("T", "topics: []\n")})
    assert said == [
        "a.en.md, line 2: The front matter names no title.",
        "a.en.md, line 3: There is no topic “Nonsense”.",
        "a.en.md, line 4: Choose one of public, staff, team.",
        "a.en.md, line 5: There is nobody of the desk with the user name “requester”.",
        "a.en.md, line 6: Write a date like 2026-03-02.",
        "a.en.md, line 7: “colour” isn't known here. Known: "
        "title, topics, audience, team, applies_to, owner, review_on, files.",
        "a.en.md, line 8: “team” has to be a text.",
        "a.en.md, line 11: The file “files/none.png” is missing.",
        "a.zh.md, line 3: The other language says something else.",
    ]


@pytest.mark.django_db
def test_files_whose_names_do_not_fit_are_told_of(cast):
    names = ("printer.md", "打印机.zh.md", "x.zh-CN.md", "y.en.MD")
    said = refused(cast, {**FILES, **dict.fromkeys(names, text_file()), "docs/ReadMe.md": b"About this folder"})
    assert len(said) == len(names)
    for name, line in zip(sorted(names), said, strict=True):
        assert line.startswith(f"{name}, line 1: The name has to be like name.zh.md")


@pytest.mark.django_db
def test_a_missing_picture_is_told_with_its_line(cast):
    body = "## Solution\n\n1. Open\n\n![x](files/none.png)\n\nSee [y](https://x.example) and\n[z](ftp://x.example)"
    assert refused(cast, {"a.en.md": text_file(body=body)}) == [
        "a.en.md, line 9: The file “files/none.png” is missing.",
        "a.en.md, line 12: “ftp://x.example” can't be a link here. Links begin with https, http, mailto or tel.",
    ]
    foreign = {"a.en.md": text_file(body="![x](https://x.example/p.png)")}
    assert refused(cast, foreign)[0].startswith(
        "a.en.md, line 5: The picture “https://x.example/p.png” isn't kept here."
    )


@pytest.mark.django_db
def test_a_link_that_cannot_be_followed_to_its_file_is_told_of(cast):
    body = "![x](\na.png) ![y](../../a.png)"
    assert refused(cast, {"a.en.md": text_file(body=body), "a.png": PNG}) == [
        "a.en.md, line 5: The file “../../a.png” is missing.",
        "a.en.md, line 5: Write the link to “a.png” on one line, as [words](path).",
    ]
