"""The palette while somebody types faster than it is answered, and search boxes while an input method composes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.e2e

ANSWERS = "**/search/palette/?q=*"


@pytest.fixture
def page(open_as: Callable[..., Page]) -> Page:
    """A ticket that can be acted on, with the clock of the browser in our hands."""
    page = open_as("agent")
    page.clock.install()
    page.goto("/desk/")
    page.locator("main a[href^='/desk/tickets/']").first.click()
    expect(page.locator(".hd h1")).to_be_visible()
    return page


def other_number(page: Page) -> str:
    """Of a ticket that isn't the one on the page."""
    rows = page.request.get("/api/v1/tickets/").json()["results"]
    return str(next(row["number"] for row in rows if row["number"] not in page.url))


def hold_answers(page: Page) -> list[Route]:
    held: list[Route] = []
    page.route(ANSWERS, lambda route: held.append(route))
    return held


def posts(page: Page) -> list[str]:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    return sent


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list [role=option]").first).to_be_visible()


def answer(page: Page, held: list[Route]) -> None:
    with page.expect_response(ANSWERS):
        for route in held:
            route.continue_()


@pytest.mark.parametrize("is_under_way", [False, True])
def test_enter_means_what_stands_in_the_field(page: Page, is_under_way: bool) -> None:
    wanted, held, sent, here = other_number(page), hold_answers(page), posts(page), page.url
    open_palette(page)
    page.keyboard.type(f"#{wanted}")
    if is_under_way:
        with page.expect_request(ANSWERS):
            page.clock.run_for(1_000)
        page.keyboard.press("Enter")
    else:
        with page.expect_request(ANSWERS):
            page.keyboard.press("Enter")
    assert page.url == here
    expect(page.locator("#palette")).to_be_visible()
    answer(page, held)
    page.wait_for_url(f"**/desk/tickets/{wanted}/")
    assert not [url for url in sent if "/presence/" not in url]


@pytest.mark.parametrize("key", ["Escape", "x"])
def test_who_closes_or_types_on_chooses_nothing(page: Page, key: str) -> None:
    wanted, held, here = other_number(page), hold_answers(page), page.url
    open_palette(page)
    page.keyboard.type(f"#{wanted}")
    with page.expect_request(ANSWERS):
        page.keyboard.press("Enter")
    page.keyboard.press(key)
    answer(page, held)
    expect(page.locator("#palette")).to_be_visible(visible=key == "x")
    page.clock.run_for(50)
    assert page.url == here


def test_without_an_answer_it_says_so_and_leads_to_the_search(page: Page) -> None:
    page.route(ANSWERS, lambda route: route.abort())
    open_palette(page)
    page.keyboard.type("zzzz")
    page.keyboard.press("Enter")
    expect(page.locator("#palette-said")).not_to_be_empty()
    expect(page.locator("#palette-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=zzzz")


def test_it_says_that_nothing_was_found(page: Page) -> None:
    open_palette(page)
    page.keyboard.type("龘龘龘")
    page.clock.run_for(1_000)
    expect(page.locator("#palette-said")).not_to_be_empty()
    expect(page.locator("#palette-list [role=option]")).to_have_count(1)


def test_slash_opens_it_on_a_ticket(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#palette-q")).to_be_focused()


def test_searches_wait_for_the_input_method(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search/palette/" in request.url else None)
    devtools = page.context.new_cdp_session(page)
    open_palette(page)
    page.keyboard.type("p")
    devtools.send("Input.imeSetComposition", {"text": "da'yin", "selectionStart": 6, "selectionEnd": 6})
    page.clock.run_for(2_000)
    assert asked == []
    with page.expect_request(ANSWERS):
        devtools.send("Input.insertText", {"text": "打印"})
        page.clock.run_for(2_000)
    assert [url.partition("?q=")[2] for url in asked] == ["p%E6%89%93%E5%8D%B0"]

    page.goto("/desk/")
    page.evaluate("globalThis.told = 0; addEventListener('ui:input', () => { globalThis.told += 1; })")
    page.focus("#desk-q")
    page.keyboard.type("pr")
    devtools.send("Input.imeSetComposition", {"text": "da'yin", "selectionStart": 6, "selectionEnd": 6})
    page.clock.run_for(2_000)
    assert page.evaluate("told") == 0
    devtools.send("Input.insertText", {"text": "打印"})
    page.clock.run_for(2_000)
    assert page.evaluate("told") == 1
