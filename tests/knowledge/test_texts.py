"""Markdown that strangers can't turn against readers, personal data that is noticed, and words that are found."""

from __future__ import annotations

import pytest

from helpdesk.common.errors import InvalidInput
from knowledge.markdown import as_html, as_plain
from knowledge.models import Article
from knowledge.personal_data import find_personal_data
from knowledge.search import search_articles
from knowledge.services.writing import create_article
from tests.knowledge.acts import at, publish, published, save, send, write


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://tracker.example/p.png)",
        "![x](//tracker.example/p.png)",
        "<img src=x onerror=alert(1)>",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<style>body{display:none}</style>",
        "<iframe src='/'></iframe>",
    ],
)
def test_markdown_carries_no_code_and_calls_nobody(text):
    html = as_html(text)
    assert not any(f"<{name}" in html for name in ("script", "img", "style", "iframe"))
    assert "href" not in html or "javascript" not in html.partition("href")[2][:20]


def test_markdown_shows_steps_tables_and_pictures_of_ours():
    uuid = "0b7c9a3e-1111-4222-8333-444455556666"
    html = as_html(f"# Kopf\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![x](/knowledge/files/{uuid}/)")
    assert (
        "<h3>Kopf</h3>" in html and "<ol>" in html and "<table>" in html and f'src="/knowledge/files/{uuid}/"' in html
    )
    assert as_plain("**Bold** and `code`\n\n1. one") == "Bold and code one"
    assert as_plain("one  \ntwo\\\nthree\nfour") == "one two three four"


def test_personal_data_is_found_by_its_shape():
    text = "电话 13812345678，邮箱 wang.min@example.com，身份证 11010519491231002X，IP 10.20.3.4，MAC 00:1A:2B:3C:4D:5E，联系王敏"
    found = find_personal_data(text, ["王敏", "李强"])
    assert [finding.kind for finding in found] == ["phone", "email", "id_card", "ip", "mac", "name"]
    assert all(text[finding.start : finding.end] == finding.text for finding in found)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(
            ("phone", text)
            for text in (
                *("13812345678", "138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "0086-13812345678"),
                *("0755-8888 6666", "0755-88886666", "(010) 6234 5678", "（0755）8888-6666", "01062345678"),
                *("010-62345678-802", "+86-755-8888-6666", "+86 (755) 8888 6666", "400-820-8820", "800 820 8820"),
                *("+44 20 7946 0958", "+1 (415) 555-2671", "+14155552671", "+49 30 901820"),
            )
        ),
        *(
            ("ip", text)
            for text in ("10.20.3.4", "2408:8207:78a1::1a2b", "fe80::21a:2bff:fe3c:4d5e", "fd12:3456:789a:1::7")
        ),
        *(("mac", text) for text in ("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e", "aabb.ccdd.eeff")),
        *(("card", text) for text in ("4111111111111111", "6212 3456 7890 1232", "3782 822463 10005")),
        ("card", "6222-0200-0000-0000-000"),
    ],
)
@pytest.mark.parametrize("around", ["请联系{}，谢谢", "号码是{}。", "Call {}.", "({})", "{}: ask, then wait", "No.:{}"])
def test_numbers_are_found_as_people_write_them(kind, text, around):
    assert [(found.kind, found.text.strip("()")) for found in find_personal_data(around.format(text))] == [
        (kind, text.strip("()"))
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("版本 10.4.1", "错误 0x80070005", "127.0.0.1", "KB5034441", "工单 IT-0001234", "每天 2026-11-28 08:00"),
        *("2026-11-28T08:00:00+0800", "UTC+8 2026-11-28", "28/11/2026", "20261128093000", "2026:11:28 08:00:00"),
        *(
            "12:30:45",
            "01:02:03:04:05:06:07:08",
            "10.0.19045.3803",
            "1.2.840.113549",
            "v2024.1201.1234",
            "std::vector",
            "a::b",
            "face::bad",
        ),
        *("SN-010-12345678", "5CG1234ABC", "PF-2X0YZ1", "#10482", "1234567890", "4000 820", "ISBN 978-7-111-54742-6"),
        *(
            "550e8400-e29b-41d4-a716-013812345678",
            "4111111111111112",
            "6222020000000000000001",
            "+12",
            "::1",
            "2001:db8::1",
        ),
        *("1234.5678.9012", "C++17", "3.14159265358979", "0.0.0.0", "255.255.255.0", "SN138123456789"),
    ],
)
def test_what_only_looks_a_little_like_personal_data_is_left_alone(text):
    assert find_personal_data(text, []) == []


@pytest.mark.parametrize(
    "part",
    [
        "1",
        "+1 ",
        "138 ",
        "0755-",
        "a@",
        "a.",
        "a@b.",
        "2001:",
        "fe80::",
        "aabb.",
        "4111 ",
        "(",
        "10.",
        "13812345678 ",
        "王敏",
    ],
)
def test_what_is_found_in_a_long_text_is_found_in_each_part_of_it_alone(part):
    """Shapes are short, so a text of 100 kB is only that many short ones."""
    text = part * (100_000 // len(part))
    found = find_personal_data(text, ["王敏"])
    assert all(len(finding.text) < 800 for finding in found)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Open [it](javascript:alert(1)).", "“javascript:alert(1)” can't be a link here."),
        ("[share](file://server/share)", "“file://server/share” can't be a link here."),
        (
            "See\n\n![x](https://elsewhere.example/p.png)",
            "The picture “https://elsewhere.example/p.png” isn't kept here.",
        ),
        ("![x][p]\n\n[p]: p.png", "The picture “p.png” isn't kept here."),
    ],
)
def test_links_that_readers_would_not_get_are_refused_at_their_field(cast, text, said):
    with pytest.raises(InvalidInput) as new:
        write(cast.agent, {"en": {"title": "Links", "solution": text}})
    assert said in new.value.fields["en_solution"][0]
    article = write(cast.agent)
    with pytest.raises(InvalidInput) as changed:
        save(article, cast.agent, {"zh-hans": {"advice": text}})
    assert said in changed.value.fields["zh_advice"][0]
    quoted = create_article(
        texts={"en": {"title": "Links", "solution": text}}, actor=cast.agent, at=at(), are_quoted=True
    )
    save(quoted, cast.agent, {"en": {"advice": "New"}})
    with pytest.raises(InvalidInput) as sent:
        send(quoted, cast.agent)
    assert said in sent.value.fields["en_solution"][0]


@pytest.mark.django_db
def test_links_that_readers_get_are_taken(cast):
    text = "[a](https://x.example) [b](mailto:a@x.example) [c](tel:110) [d](/knowledge/) [e](#top) `[f](javascript:g)`"
    article = send(write(cast.agent, {"en": {"title": "Links", "solution": text}}), cast.agent)
    assert article.versions.get().texts.get().solution == text


@pytest.mark.django_db
def test_personal_data_is_published_only_after_a_second_look(cast):
    article = write(cast.agent, {"zh-hans": {"title": "打印机", "solution": f"请找{cast.requester.full_name}"}})
    send(article, cast.agent)
    with pytest.raises(InvalidInput) as found:
        publish(article, cast.lead)
    assert [*found.value.fields] == ["is_personal_checked"]
    publish(article, cast.lead, is_personal_checked=True)


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["证书", "VPN 过期", "vpn", "quit client", "连不上"])
def test_articles_are_found_by_words_of_either_language(cast, words):
    article = published(cast)
    assert search_articles(Article.objects.visible_to(cast.requester), words, cast.requester).get() == article
    assert not search_articles(Article.objects.visible_to(cast.requester), f"{words} 打印机", cast.requester).exists()


@pytest.mark.django_db
def test_an_article_about_the_word_stands_before_one_that_mentions_it(cast):
    about = published(cast)
    mentions = published(cast, {"en": {"title": "Forgotten password", "solution": "Connect the VPN first."}})
    Article.objects.filter(pk=mentions.pk).update(solved_tickets=31, helped=9)
    everything = Article.objects.visible_to(cast.requester)
    assert list(search_articles(everything, "ｖｐｎ", cast.requester)) == [about, mentions]
    assert list(search_articles(everything, "first 连不上 -vpn", cast.requester)) == []


@pytest.mark.django_db
def test_a_line_of_results_marks_the_words_and_nothing_else(cast, client):
    published(cast, {"zh-hans": {"title": "客户端", "solution": "点击 **VPN** `<b>` 图标，再点 ＶＰＮ 设置"}})
    client.force_login(cast.requester)
    page = client.get("/knowledge/", {"q": "vpn"}).content.decode()
    assert "点击 <mark>VPN</mark> &lt;b&gt; 图标，再点 <mark>ＶＰＮ</mark> 设置" in page
    page = client.get("/knowledge/").content.decode()
    assert "<mark>" not in page and "点击 VPN" in page
