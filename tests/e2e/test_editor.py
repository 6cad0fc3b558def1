"""The editor of articles in a browser: words that were sent in vain are there again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD

pytestmark = pytest.mark.e2e

DRAFT = "/knowledge/7/edit/"
ADVICE = "[name=en_advice]"


def sign_in(page: Page, username: str) -> None:
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button[type=submit]").last.click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def test_words_sent_after_the_session_ended_are_in_the_editor_again(open_as: Callable[..., Page]) -> None:
    page = open_as("agent2", language="en")
    page.goto(DRAFT)
    page.fill(ADVICE, "An hour of work")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save the draft").click()
    page.wait_for_url("**/accounts/login/**")
    sign_in(page, "agent2")
    assert page.url.endswith(DRAFT)
    assert page.input_value(ADVICE) == "An hour of work"
    expect(page.locator("#toasts")).to_contain_text("Your text that had not been saved is here again.")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.fill(ADVICE, "Other words")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.goto(DRAFT)
    assert page.input_value(ADVICE) == "Other words"


def test_words_survive_the_switch_of_the_language(open_as: Callable[..., Page]) -> None:
    page = open_as("agent2", language="en")
    page.goto(DRAFT)
    page.fill(ADVICE, "Not saved yet")
    page.get_by_role("button", name="中文").first.click()
    expect(page.get_by_role("button", name="保存草稿")).to_be_visible()
    assert page.input_value(ADVICE) == "Not saved yet"
    # The choice is kept with the person, whom other tests expect in English.
    page.get_by_role("button", name="English").first.click()
    expect(page.get_by_role("button", name="Save the draft")).to_be_visible()
    assert page.input_value(ADVICE) == "Not saved yet"


def test_a_page_with_unsaved_words_asks_before_it_is_left(open_as: Callable[..., Page]) -> None:
    page = open_as("agent2", language="en")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(DRAFT)
    page.fill("[name=zh_title]", "")
    page.fill("[name=en_title]", "")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#summary-title")).to_be_visible()
    page.locator("nav.crumbs a").first.click()
    page.wait_for_url("**/knowledge/manage/")
    assert asked == ["beforeunload"]
