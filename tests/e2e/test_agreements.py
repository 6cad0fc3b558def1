"""What the desk and the requester agree on, in the browser: cards, sheets, the strip, and that all of it fits and is accessible."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_screens import LANGUAGES, check_screen

pytestmark = pytest.mark.e2e

# The demo's ticket with questions of both kinds, found by its subject.
SUBJECT = "财务系统登录后白屏"
SHEETS = (
    "consents",
    "session",
    "steps",
    "promises",
    "windows",
    "actions",
    "vendor-cases",
    "confidentiality",
    "process",
)
WIDTHS = (1440, 390, 320)


def desk_ticket(page: Page) -> str:
    page.goto(f"/desk/?q={SUBJECT}")
    link = page.locator(f"main a[href^='/desk/tickets/']:has-text('{SUBJECT}')").first
    return str(link.get_attribute("href")).partition("?")[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_sheets_and_tabs_of_the_desk_fit_and_are_accessible(
    open_as: Callable[..., Page], width: int, language: str
) -> None:
    problems: list[str] = []
    page = open_as("agent2", width=width, language=language, theme="dark" if width > 600 else "light")
    ticket = desk_ticket(page)
    pages = [f"{ticket}?tab=diagnosis", f"{ticket}?all=1", *(f"{ticket}{name}/" for name in SHEETS)]
    for path in (*pages, f"{ticket}dossier/", "/desk/?promise=passed"):
        check_screen(page, path, problems)
    assert problems == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_cards_of_the_portal_fit_and_are_accessible(open_as: Callable[..., Page], width: int, language: str) -> None:
    problems: list[str] = []
    page = open_as("requester", width=width, language=language, theme="light" if width > 600 else "dark")
    page.goto("/tickets/")
    ticket = page.locator(f"main a[href^='/tickets/1']:has-text('{SUBJECT}')").first.get_attribute("href")
    check_screen(page, str(ticket), problems)
    cards = page.locator("section.ask form").all()
    assert len(cards) >= 2
    for address in [str(card.get_attribute("action")) for card in cards]:
        check_screen(page, address, problems)
    assert problems == []


def test_an_answer_reaches_the_open_page_of_the_agent(open_as: Callable[..., Page]) -> None:
    """The strip changes by itself while somebody writes, and what they wrote stays (ux 5, 25)."""
    agent = open_as("agent2", language="en")
    ticket = desk_ticket(agent)
    agent.goto(ticket)
    agent.fill("#reply-body", "Half a sen")
    expect(agent.locator("#guard .pending")).to_be_visible()
    requester = open_as("requester", language="en")
    requester.goto(ticket.replace("/desk", ""))
    card = requester.locator("section.ask:has([name=allowed])")
    for box in card.locator("[name=allowed]").all():
        box.check()
    card.locator("button[value=allow]").click()
    expect(requester.get_by_text("You have allowed:").first).to_be_visible()
    expect(agent.locator("#guard .allowed")).to_be_visible(timeout=20_000)
    assert agent.input_value("#reply-body") == "Half a sen"
    requester.get_by_role("link", name="Take it back").first.click()
    requester.locator("dialog button.danger, main button.danger").first.click()
    expect(agent.locator("#guard .allowed")).to_be_hidden(timeout=20_000)
    assert agent.input_value("#reply-body") == "Half a sen"
