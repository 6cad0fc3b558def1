"""What is known already, in a browser: an answer is inserted without losing a word, and read where it is offered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e

SUBJECT = "VPN disconnects every few minutes"


def reported(requester: Page) -> str:
    """The number of a new ticket."""
    requester.goto("/tickets/new/")
    requester.fill("[name=subject]", SUBJECT)
    requester.fill("[name=description]", "It began on Monday.")
    requester.locator("[name=impact][value=department]").check()
    requester.locator("[name=urgency][value=blocked]").check()
    requester.get_by_role("button", name="Send the report", exact=True).click()
    requester.wait_for_url("**/submitted/")
    return requester.url.rstrip("/").split("/")[-2]


def being_diagnosed(requester: Page, agent: Page) -> str:
    """The number of a ticket for which a solution can be proposed."""
    number = reported(requester)
    agent.goto(f"/desk/tickets/{number}/do/classify/")
    agent.select_option("[name=category]", "network_vpn")
    agent.select_option("[name=impact]", "department")
    agent.select_option("[name=urgency]", "blocked")
    agent.locator("main form:has([name=category]) button[type=submit]").first.click()
    agent.wait_for_url(f"**/desk/tickets/{number}/**")
    agent.goto(f"/desk/tickets/{number}/")
    agent.get_by_role("button", name="Acknowledge").first.click()
    expect(agent.get_by_text("Diagnosing").first).to_be_visible()
    return number


def test_inserting_an_answer_keeps_what_was_typed_a_moment_before(open_as: Callable[..., Page]) -> None:
    requester, agent = open_as("requester", language="en"), open_as("agent", language="en")
    number = being_diagnosed(requester, agent)
    agent.goto(f"/desk/tickets/{number}/?mode=solution")
    insert = agent.locator("#knowledge form[data-needs-drafts] button").first
    expect(insert).to_be_visible()
    agent.locator("#composer [name=solution]").fill("Typed by hand.")
    agent.locator("#composer [name=verification]").fill("Tried it.")
    insert.click()
    expect(agent.locator("#toasts")).to_contain_text("It stands in your draft of the solution.")
    for _look in range(2):
        text = agent.locator("#composer [name=solution]").input_value()
        assert text.startswith("Typed by hand.\n\n") and len(text) > len("Typed by hand.\n\n")
        assert agent.locator("#composer [name=verification]").input_value() == "Tried it."
        agent.reload()


def test_nothing_is_inserted_while_what_was_typed_cannot_be_kept(open_as: Callable[..., Page]) -> None:
    requester, agent = open_as("requester", language="en"), open_as("agent", language="en")
    number = being_diagnosed(requester, agent)
    address = f"/desk/tickets/{number}/?mode=solution"
    agent.goto(address)
    insert = agent.locator("#knowledge form[data-needs-drafts] button").first
    expect(insert).to_be_visible()
    agent.route("**/draft/**", lambda route: route.abort())
    agent.locator("#composer [name=solution]").fill("Typed by hand.")
    insert.click()
    expect(agent.locator("#composer [data-draft-state]:visible")).to_contain_text("Draft not saved")
    assert agent.url.endswith(address)
    assert agent.locator("#composer [name=solution]").input_value() == "Typed by hand."
    agent.unroute("**/draft/**")
    insert.click()
    expect(agent.locator("#toasts")).to_contain_text("It stands in your draft of the solution.")
    assert agent.locator("#composer [name=solution]").input_value().startswith("Typed by hand.\n\n")


def test_without_script_the_panel_is_another_page(open_as: Callable[..., Page]) -> None:
    requester, agent = open_as("requester", language="en"), open_as("agent", language="en")
    number = being_diagnosed(requester, agent)
    plain = open_as("agent", language="en", scripts=False)
    plain.goto(f"/desk/tickets/{number}/?mode=solution")
    plain.locator("#composer [name=solution]").fill("Typed by hand.")
    with plain.expect_popup() as opened:
        plain.get_by_role("link", name="Look", exact=True).click()
    panel = opened.value
    panel.locator("#knowledge form[data-needs-drafts] button").first.click()
    expect(panel.locator("#composer [name=solution]")).not_to_have_value("")
    assert plain.locator("#composer [name=solution]").input_value() == "Typed by hand."


def test_an_answer_is_sent_from_the_sheet_that_classifies(open_as: Callable[..., Page]) -> None:
    requester, agent = open_as("requester", language="en"), open_as("agent", language="en")
    number = reported(requester)
    agent.goto(f"/desk/tickets/{number}/")
    agent.locator(f"a[data-dialog][href*='/{number}/do/classify/']:visible").first.click()
    agent.locator("dialog a:has-text('Send this answer')").first.click()
    expect(agent.locator("dialog [name=body]")).not_to_have_value("")
    agent.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    expect(agent.locator("#toasts")).to_contain_text("sent")


def test_an_article_is_read_in_the_portal_as_it_was_formatted(open_as: Callable[..., Page]) -> None:
    page = open_as("requester", language="en")
    page.goto(f"/tickets/new/?subject={SUBJECT}")
    page.locator("#suggestions details summary").first.click()
    steps = page.locator(".suggested ol li")
    assert steps.first.evaluate("el => getComputedStyle(el).display") == "list-item"
