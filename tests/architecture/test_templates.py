"""Templates under the strict content security policy, and nothing unescaped."""

from __future__ import annotations

import re

from django.contrib.staticfiles import finders

from tests.architecture.sources import ROOT, name, templates, tracked_files, where

RULES = {
    "inline style": re.compile(r"<[a-z][^>]*\sstyle\s*=|<style\b", re.IGNORECASE),
    "inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=|hx-on", re.IGNORECASE),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*\bnonce=)", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "foreign address": re.compile(
        r"<(?:script|link|img|iframe|form)\b[^>]*(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE
    ),
    "unescaped output": re.compile(r"(?<!help_text)\|\s*safe\b|autoescape\s+off"),
    "unscoped read": re.compile(r"\.objects\b|_default_manager"),
}
STATIC = re.compile(r"{%\s*static\s+[\"']([^\"'{]+)[\"']")
DJANGO_CODE = re.compile(r"{#.*?#}|{%.*?%}", re.DOTALL)


def test_templates_obey_the_content_security_policy_and_escape() -> None:
    found = []
    for path in templates():
        # Template code may hold ">" and quotes; blank it out, keeping the lines.
        source = path.read_text(encoding="utf-8")
        blanked = DJANGO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)
        for rule, pattern in RULES.items():
            text = source if rule in {"unescaped output", "unscoped read", "inline script"} else blanked
            lines = (text[: match.start()].count("\n") + 1 for match in pattern.finditer(text))
            found += [f"{where(path, line)}: {rule}" for line in lines]
    assert found == []


def test_every_static_file_that_a_template_names_exists() -> None:
    """The manifest storage would answer a missing one with an error page."""
    found = [
        f"{name(path)}: {match[1]}"
        for path in tracked_files()
        if path.suffix == ".html"
        for match in STATIC.finditer(path.read_text(encoding="utf-8"))
        if finders.find(match[1]) is None
    ]
    assert found == []


def test_style_sheets_and_scripts_load_nothing_from_elsewhere() -> None:
    outside = re.compile(r"(?:@import|url\(|from|import\()\s*[\"'(]*(?:https?:)?//")
    own = [path for path in (ROOT / "static").rglob("*") if path.suffix in {".css", ".js"}]
    assert [name(path) for path in own if outside.search(path.read_text(encoding="utf-8"))] == []


def test_scripts_build_no_code_from_text() -> None:
    dangerous = re.compile(
        r"\beval\(|new Function\(|\.innerHTML\s*\+?=|document\.write|insertAdjacentHTML|outerHTML\s*="
    )
    found = [
        where(path, number)
        for path in tracked_files()
        if path.suffix == ".js"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if dangerous.search(line)
    ]
    assert found == []
