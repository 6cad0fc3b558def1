from __future__ import annotations

from django.conf import settings

from tickets.table_doc import as_markdown


def test_the_documentation_page_is_the_table():
    page = (settings.BASE_DIR / "docs" / "lifecycle.md").read_text()
    assert page == as_markdown(), "run: manage.py lifecycle_doc > docs/lifecycle.md"
