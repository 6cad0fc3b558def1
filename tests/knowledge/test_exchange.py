"""Import and export of Markdown files: all or nothing, the same twice changes nothing, and no bombs."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from helpdesk.common.errors import InvalidInput, NotAllowed, TooLarge
from knowledge import packages
from knowledge.importing import read_file, write_file
from knowledge.models import Article, ArticleFile, Topic
from knowledge.packages import read_folder, read_zip
from knowledge.services.exchange import export_articles, import_articles
from tests.knowledge.acts import PNG, at, published

ZH_FILE = """---
title: 打印机脱机
topics: [打印与会议设备]
audience: public
applies_to: [HP M404]
owner: agent
review_on: 2027-06-01
---

## 现象

图标是灰色的。

## 解决方法

1. 打开设置
2. 取消“脱机使用”

![设置](files/settings.png)
"""
EN_FILE = """---
title: Printer is offline
---

Ask the desk when two printers have the same name.

## Symptom

The icon is grey.

## Solution

1. Open the settings
2. Clear "Use offline"
"""
FILES = {
    "printer.zh.md": ZH_FILE.encode(),
    "printer.en.md": EN_FILE.encode(),
    "files/settings.png": PNG,
    "README.md": b"not an article",
}


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "store"


def load(cast, files, **more):
    return import_articles(files=files, actor=cast.admin, at=at(), **more)


def refused(cast, files) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        load(cast, files)
    assert not Article.objects.exists()
    return [str(text) for text in error.value.fields["archive"]]


@pytest.mark.django_db
def test_a_folder_becomes_articles_and_the_same_again_changes_nothing(cast):
    done = load(cast, FILES, publish=True)
    assert (done.created, done.published) == (1, 1)
    article = Article.objects.get()
    assert (article.slug, article.owner, article.audience) == ("printer", cast.agent, "public")
    assert [topic.name_en for topic in article.topics.all()] == ["Printing and meeting rooms"]
    texts = {text.language: text for text in article.versions.published().get().texts.all()}
    assert texts["en"].symptom == "The icon is grey." and texts["en"].body.startswith("Ask the desk")
    assert ArticleFile.objects.get().path in texts["zh-hans"].solution
    done = load(cast, FILES, publish=True)
    assert (done.created, done.updated, done.unchanged, done.published) == (0, 0, 1, 0)
    assert ArticleFile.objects.count() == 1
    changed = {**FILES, "printer.en.md": EN_FILE.replace("grey", "pale").encode()}
    done = load(cast, changed, publish=True)
    assert (done.updated, done.published) == (1, 1)
    assert article.versions.published().get().number == 2


@pytest.mark.django_db
def test_what_was_exported_is_what_is_imported(cast, tmp_path):
    load(cast, FILES, publish=True)
    published(cast, {"en": {"title": "Second", "solution": "## Not a field\n\ntext", "body": "```\n## Solution\n```"}})
    call_command("export_articles", str(tmp_path / "out"))
    done = load(cast, read_folder(tmp_path / "out"))
    assert (done.created, done.updated, done.unchanged) == (0, 0, 2)
    Article.objects.filter(slug="second").update(slug="renamed")
    call_command("import_articles", str(tmp_path / "out"), "--publish")
    words = Article.objects.get(slug="second").versions.published().get().texts.get().words
    assert words["solution"] == "## Not a field\n\ntext" and words["body"] == "```\n## Solution\n```"
    with pytest.raises(CommandError):
        call_command("export_articles", str(tmp_path / "out"))


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


@pytest.mark.django_db
def test_what_seems_personal_is_left_as_a_draft(cast):
    text = b"---\ntitle: Call\n---\n\n## Solution\n\nCall 13812345678."
    done = load(cast, {"call.en.md": text}, publish=True)
    assert (done.published, done.held) == (0, ["call"])
    assert Article.objects.get().published_at is None
    with pytest.raises(NotAllowed):
        import_articles(files=FILES, actor=cast.lead, at=at())
    with pytest.raises(NotAllowed):
        export_articles(actor=cast.agent)


def zipped(**entries: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    target.seek(0)
    return target


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


@pytest.mark.django_db
def test_administrators_import_and_export_in_pages(cast, as_user):
    admin = as_user(cast.admin)
    archive = SimpleUploadedFile("a.zip", zipped(**FILES).read(), "application/zip")
    page = admin.post("/knowledge/import/", {"archive": archive, "publish": "on"}).content.decode()
    assert "New: 1." in page and "Published: 1." in page
    wrong = SimpleUploadedFile("a.zip", zipped(**{"x.en.md": b"x"}).read(), "application/zip")
    refusal = admin.post("/knowledge/import/", {"archive": wrong})
    assert refusal.status_code == 422 and "x.en.md, line 1" in refusal.content.decode()
    exported = read_zip(io.BytesIO(b"".join(admin.get("/knowledge/export/").streaming_content)))
    assert sorted(exported) == ["files/printer/settings.png", "printer.en.md", "printer.zh.md"]
    assert as_user(cast.agent).get("/knowledge/export/").status_code == 403


def test_a_file_reads_back_as_it_was_written():
    words = {
        "title": "T",
        "symptom": "a\n\n## b\n\nc",
        "cause": "",
        "solution": "```\n## Symptom\n```",
        "advice": "",
        "body": "## Odd",
    }
    text = write_file("en", {"title": "T"}, words)
    assert read_file("t.en.md", text.encode()).words == words


@pytest.mark.django_db
def test_topics_are_named_in_either_language(cast):
    topic = Topic.objects.get(name_en="E-mail")
    load(
        cast,
        {
            "m.en.md": b"---\ntitle: M\ntopics: [e-mail]\n---\n\nx",
            "n.zh.md": "---\ntitle: N\ntopics: [电子邮件]\n---\n\nx".encode(),
        },
    )
    assert topic.articles.count() == 2
