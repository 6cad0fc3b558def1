"""Import and export of Markdown files: all or nothing, and the same twice changes nothing."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.common.errors import NotAllowed
from helpdesk.common.file_store import discard_bytes
from knowledge.importing import read_file, write_file
from knowledge.models import Article, ArticleFile, Topic
from knowledge.packages import read_folder, read_zip
from knowledge.services.exchange import export_articles, import_articles
from knowledge.services.files import withdraw_file
from tests.api.test_races import all_at_once
from tests.knowledge.acts import PNG, at, publish, published, save, send
from tests.knowledge.exchange import BESIDE, EN_FILE, FILES, ZH_FILE, load, objections, text_file, zipped


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
def test_what_seems_personal_is_left_as_a_draft(cast):
    text = b"---\ntitle: Call\n---\n\n## Solution\n\nCall 13812345678."
    done = load(cast, {"call.en.md": text}, publish=True)
    assert (done.published, done.held) == (0, ["call"])
    assert Article.objects.get().published_at is None
    with pytest.raises(NotAllowed):
        import_articles(files=FILES, actor=cast.lead, at=at())
    with pytest.raises(NotAllowed):
        export_articles(actor=cast.agent)


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


@pytest.mark.django_db
def test_values_of_the_front_matter_are_the_text_that_they_are(cast):
    load(cast, {"a.en.md": text_file(title="2026", front="applies_to: [404, on, 1e3]\n")})
    article = Article.objects.get()
    assert [row.name for row in article.applies_to.all()] == ["404", "on", "1e3"]
    assert article.versions.get().texts.get().title == "2026"


@pytest.mark.django_db
def test_an_owner_who_left_stays_with_their_article(cast):
    load(cast, FILES, publish=True)
    cast.agent.is_active = False
    cast.agent.save()
    changed = {**FILES, "printer.en.md": EN_FILE.replace("grey", "pale").encode()}
    assert (load(cast, FILES).unchanged, load(cast, changed, publish=True).updated) == (1, 1)
    assert Article.objects.get().owner == cast.agent
    said = objections(cast, {"other.zh.md": ZH_FILE.encode(), "files/settings.png": PNG})
    assert said == ["other.zh.md, line 6: There is nobody of the desk with the user name “agent”."]


@pytest.mark.django_db
def test_drafts_of_others_do_not_matter_where_nothing_differs(cast):
    files = {
        **FILES,
        "printer.zh.md": ZH_FILE.replace("review_on", "files: [a.txt]\nreview_on").encode(),
        "a.txt": b"a",
    }
    load(cast, files, publish=True)
    article = save(Article.objects.get(), cast.agent2, {"en": {"advice": "Half-written"}})
    for send_it in (False, True):
        if send_it:
            send(article, cast.agent2)
        for at_once in (False, True):
            done = load(cast, files, publish=at_once)
            assert (done.unchanged, done.updated, done.published) == (1, 0, 0)
    assert article.versions.open().get().texts.get(language="en").advice == "Half-written"
    for name, content in (
        ("printer.en.md", EN_FILE.replace("grey", "pale").encode()),
        ("printer.zh.md", files["printer.zh.md"].replace(b"public", b"staff")),
        ("files/settings.png", PNG + b"\0"),
        ("a.txt", b"b"),
    ):
        assert "Somebody else is writing" in objections(cast, {**files, name: content})[0], name


@pytest.mark.django_db
@pytest.mark.parametrize("publish", [False, True])
def test_an_import_leaves_the_drafts_of_others_alone(cast, publish):
    load(cast, FILES, publish=True)
    article = save(Article.objects.get(), cast.agent2, {"en": {"advice": "Half-written"}})
    said = objections(cast, {**FILES, "printer.en.md": EN_FILE.replace("grey", "pale").encode()}, publish=publish)
    assert said == [
        "printer.en.md, line 1: Somebody else is writing on the article “printer”. Publish their draft, or throw it away."
    ]
    draft = article.versions.open().get()
    assert (draft.state, draft.texts.get(language="en").advice) == ("draft", "Half-written")


@pytest.mark.django_db
def test_an_importer_goes_on_with_their_own_draft(cast):
    load(cast, FILES)
    done = load(cast, {**FILES, "printer.en.md": EN_FILE.replace("grey", "pale").encode()})
    assert done.updated == 1
    article = Article.objects.get()
    save(article, cast.agent, {"en": {"advice": "Also mine"}})
    assert "Somebody else is writing" in objections(cast, FILES)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written",
    [
        '![x](../pics/a.png "A title")',
        "![x](<../pics/a.png>)",
        "![a [b] c](../pics/a.png)",
        "[![x](../pics/a.png)](https://x.example)",
        "![x](./../pics/a.png)",
        "![x][1]\n\n[1]: ../pics/a.png",
        "![P] and\n\n> [p]: <../pics/a.png>\n> 'A title'",
        "![x][a \\] b]\n\n[a \\] b]:\n  ../pics/a.png",
    ],
)
def test_pictures_are_found_however_they_are_written(cast, written):
    load(cast, {"articles/a.en.md": text_file(body=written), "pics/a.png": PNG})
    text = Article.objects.get().versions.get().texts.get().body
    assert ArticleFile.objects.get().path in text and "pics" not in text


@pytest.mark.django_db
def test_links_by_reference_lead_to_their_files_in_an_export_and_back(cast, tmp_path):
    """Each field has labels of its own, though all of them stand in one file."""
    load(cast, {"a.en.md": text_file(front="files: [one.txt, p.png, code.txt]\n"), **BESIDE}, publish=True)
    article = Article.objects.get()
    paths = {file.name: file.path for file in article.files.all()}
    words = {
        "symptom": f"![p][1]\n\n[1]: {paths['p.png']} 'What you see'",
        "solution": f"[words][1]\n\n[1]:\n{paths['one.txt']}",
        "advice": f"```\n[1]: {paths['code.txt']}\n```",
    }
    save(article, cast.admin, {"en": words})
    send(article, cast.admin)
    publish(article, cast.lead)
    call_command("export_articles", str(tmp_path / "out"))
    exported = read_folder(tmp_path / "out")
    text = exported["a.en.md"].decode()
    assert "[1]: files/a/p.png 'What you see'" in text and "[1]:\nfiles/a/one.txt" in text
    assert "files:\n- files/a/code.txt\n---" in text
    assert load(cast, exported).unchanged == 1
    Article.objects.update(slug="old")
    load(cast, exported, publish=True)
    new = Article.objects.get(slug="a")
    read = new.versions.published().get().texts.get()
    kept = {file.name: file.path for file in new.files.filter(published_at__isnull=False)}
    assert kept.keys() == paths.keys() and kept["p.png"] in read.symptom and kept["one.txt"] in read.solution


@pytest.mark.django_db
def test_attached_files_come_along(cast, tmp_path):
    notes = text_file(front="files: [notes.txt, files/guide (1).txt]\n")
    files = {"a.en.md": notes, "notes.txt": b"one", "files/guide (1).txt": b"two"}
    load(cast, files, publish=True)
    article = Article.objects.get()
    assert {file.name for file in article.files.filter(published_at__isnull=False)} == {"notes.txt", "guide (1).txt"}
    withdraw_file(article_id=article.pk, uuid=article.files.get(name="notes.txt").uuid, actor=cast.admin, at=at(1))
    call_command("export_articles", str(tmp_path / "out"))
    exported = read_folder(tmp_path / "out")
    assert sorted(exported) == ["a.en.md", "files/a/guide (1).txt"]
    Article.objects.update(slug="old")
    load(cast, exported, publish=True)
    assert Article.objects.get(slug="a").files.get().published_at is not None
    more = {**exported, "a.en.md": exported["a.en.md"].replace(b"files:\n", b"files:\n- b.txt\n"), "b.txt": b"three"}
    done = load(cast, more, publish=True)
    assert (done.updated, done.published) == (1, 1)
    assert Article.objects.get(slug="a").files.get(name="b.txt").published_at is not None


@pytest.mark.django_db
def test_an_export_goes_on_without_a_file_that_is_lost(cast, as_user, tmp_path, capsys):
    load(cast, FILES, publish=True)
    discard_bytes(ArticleFile.objects.get().storage_key)
    exported = read_zip(io.BytesIO(b"".join(as_user(cast.admin).get("/knowledge/export/").streaming_content)))
    assert exported["missing-files.txt"] == b"files/printer/settings.png\n" and "printer.zh.md" in exported
    call_command("export_articles", str(tmp_path / "out"))
    assert "files/printer/settings.png" in capsys.readouterr().err


@pytest.mark.django_db
def test_an_import_reads_the_names_of_people_once(cast):
    files = {f"a{number}.en.md": text_file(title=f"T {number}") for number in range(3)}
    with CaptureQueriesContext(connection) as captured:
        assert load(cast, files, publish=True).published == 3
    asked = [query for query in captured if query["sql"].startswith('SELECT "accounts_user"."full_name"')]
    assert len(asked) == 1


@pytest.mark.django_db
def test_a_day_that_is_over_where_it_was_written_becomes_another_one(cast):
    overdue = {**FILES, "printer.zh.md": ZH_FILE.replace("2027-06-01", "2024-06-01").encode()}
    load(cast, overdue, publish=True)
    article = Article.objects.get()
    assert article.review_on is not None and (article.review_on - at().date()).days == 180
    assert load(cast, overdue).unchanged == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_of_two_imports_of_the_same_folder_at_once_the_second_changes_nothing(cast):
    one = {f"a{number}/way-{number}.en.md": EN_FILE.encode() for number in range(6)}
    other = {f"a{6 - number}/way-{number}.en.md": EN_FILE.encode() for number in range(6)}

    def importing(files):
        return lambda: import_articles(files=files, actor=cast.admin, at=at(), publish=True)

    done = all_at_once([importing(one), importing(other)])
    assert sorted((found.created, found.unchanged) for found in done) == [(0, 6), (6, 0)]
    assert Article.objects.count() == 6
