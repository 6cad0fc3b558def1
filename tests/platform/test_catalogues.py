"""Extracting, compiling and checking translations, on a small project of its own."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest
from django.conf import settings

from helpdesk import catalogues

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

label = _("Close the ticket")
verb = pgettext("verb", "May")

def count(n):
    return ngettext("%(count)d ticket", "%(count)d tickets", n) % {"count": n}
"""
TEMPLATE = """{% load i18n %}
  <p title="{% translate "Close the ticket" %}">
      {% blocktranslate count n=3 trimmed %}
        One ticket of {{ who }}
      {% plural %}
        {{ n }} tickets of {{ who }}
      {% endblocktranslate %}
    </p>
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tickets").mkdir()
    (tmp_path / "tickets" / "words.py").write_text(PYTHON)
    (tmp_path / "templates" / "portal").mkdir(parents=True)
    (tmp_path / "templates" / "portal" / "page.html").write_text(TEMPLATE)
    catalogues.update(tmp_path)
    return tmp_path


def fill(root: Path, **forms: str) -> None:
    """Translate everything, badly but completely; `forms` replaces texts afterwards."""
    path = catalogues.catalogue_path(root, "zh_Hans")
    text = path.read_text()
    for msgid, translation in {
        "Close the ticket": "关闭工单",
        "May": "可以",
    }.items():
        text = text.replace(f'msgid "{msgid}"\nmsgstr ""', f'msgid "{msgid}"\nmsgstr "{translation}"')
    text = text.replace('tickets"\nmsgstr[0] ""', 'tickets"\nmsgstr[0] "%(count)d 个工单"')
    text = text.replace('of %(who)s"\nmsgstr[0] ""', 'of %(who)s"\nmsgstr[0] "%(who)s 的 %(n)s 个工单"')
    for old, new in forms.items():
        text = text.replace(old, new)
    path.write_text(text)


def test_messages_of_code_and_templates_are_found(root: Path) -> None:
    text = catalogues.catalogue_path(root, "zh_Hans").read_text()
    assert "#: templates/portal/page.html tickets/words.py" in text
    assert 'msgid_plural "%(n)s tickets of %(who)s"' in text
    assert 'msgctxt "verb"' in text


def test_english_repeats_its_ids(root: Path) -> None:
    catalogues.compile_all(root)
    with catalogues.catalogue_path(root, "en").with_suffix(".mo").open("rb") as file:
        english = gettext.GNUTranslations(file)
    assert english.gettext("Close the ticket") == "Close the ticket"
    assert english.ngettext("%(count)d ticket", "%(count)d tickets", 2) == "%(count)d tickets"
    assert not [fault for fault in catalogues.find_faults(root) if fault.startswith("en:")]


def test_a_complete_catalogue_has_no_faults(root: Path) -> None:
    fill(root)
    assert catalogues.find_faults(root) == []


def test_untranslated_messages_are_faults(root: Path) -> None:
    faults = catalogues.find_faults(root)
    assert len(faults) == 4
    assert all(fault.startswith("zh_Hans: ") and fault.endswith("not translated") for fault in faults)


def test_new_and_unused_messages_are_faults_until_extracted(root: Path) -> None:
    fill(root)
    (root / "tickets" / "words.py").write_text(PYTHON.replace("Close the ticket", "Close it"))
    (root / "templates" / "portal" / "page.html").write_text("")
    faults = catalogues.find_faults(root)
    assert "zh_Hans: 'Close it': missing" in faults
    assert "zh_Hans: 'Close the ticket': no longer used" in faults
    catalogues.update(root)
    assert catalogues.find_faults(root) == ["zh_Hans: 'Close it': not translated"]


def test_no_translation_is_guessed(root: Path) -> None:
    fill(root)
    (root / "tickets" / "words.py").write_text(PYTHON.replace("Close the ticket", "Close the tickets"))
    catalogues.update(root)
    text = catalogues.catalogue_path(root, "zh_Hans").read_text()
    assert 'msgid "Close the tickets"\nmsgstr ""' in text
    assert "fuzzy" not in text


def test_wrong_placeholders_are_faults(root: Path) -> None:
    fill(root, **{"%(who)s 的 ": "%(whom)s 的 "})
    (fault,) = catalogues.find_faults(root)
    assert "placeholders ['n', 'whom'] instead of ['n', 'who']" in fault


def test_fuzzy_entries_are_faults(root: Path) -> None:
    fill(root, **{'msgid "Close the ticket"': '#, fuzzy\nmsgid "Close the ticket"'})
    assert catalogues.find_faults(root) == ["zh_Hans: 'Close the ticket': marked fuzzy"]


def test_message_ids_in_chinese_are_faults(root: Path) -> None:
    fill(root)
    (root / "tickets" / "more.py").write_text('text = gettext("关闭")')
    assert "'关闭': the message id is not English" in catalogues.find_faults(root)


def test_extracting_twice_changes_nothing(root: Path) -> None:
    fill(root)
    catalogues.update(root)
    before = catalogues.catalogue_path(root, "zh_Hans").read_bytes()
    catalogues.update(root)
    assert catalogues.catalogue_path(root, "zh_Hans").read_bytes() == before


def test_only_changed_catalogues_are_compiled(root: Path) -> None:
    assert catalogues.compile_all(root) == 2
    assert catalogues.compile_all(root) == 0


def test_every_template_of_this_project_can_be_read() -> None:
    assert len(catalogues.extract_template(settings.BASE_DIR)) > 100
