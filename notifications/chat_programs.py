"""The chat programs that can be written to. apprise knows their forms; what it sends goes out by our guarded client.

Its plugins call a module that they know as `requests`. In those offered here, and in no others, that name stands for
`_GuardedRequests`, so that addresses, redirects, time and size are judged as everywhere (reliability-security 1.11). A
plugin that found another way out would be noticed: a message counts as sent only if we carried it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

# apprise itself is imported where it is needed: with what it brings along it takes 17 MB, which most web processes never
# need.
from helpdesk.common import net
from helpdesk.common.net import Answer, EgressError

# It would write keys into the log. A filter, because setting up logging anew enables what was disabled.
logging.getLogger("apprise").addFilter(lambda record: False)


@dataclass(frozen=True)
class Program:
    """A chat program. `host` and `key` say how it writes its addresses itself, where apprise doesn't know that.

    `has_own_hosts`: the address names the host, so it has to be checked.
    """

    code: str
    label: str
    schemes: tuple[str, ...]
    host: str = ""
    key: re.Pattern[str] | None = None
    has_own_hosts: bool = False


PROGRAMS = (
    Program("wecom", "企业微信 WeCom", ("wecombot",)),
    Program("dingtalk", "钉钉 DingTalk", ("dingtalk",), "oapi.dingtalk.com"),
    Program("feishu", "飞书 Feishu", ("feishu",), "open.feishu.cn", re.compile(r"/open-apis/bot/v2/hook/([\w-]+)/?")),
    Program("lark", "Lark", ("lark",)),
    Program("slack", "Slack", ("slack",)),
    Program("teams", "Microsoft Teams", ("workflow", "workflows"), has_own_hosts=True),
)
LABELS = {program.code: program.label for program in PROGRAMS}
_BY_SCHEME = {scheme: program for program in PROGRAMS for scheme in program.schemes}


# Of what apprise lets an address say besides, only this: a template would be fetched from anywhere, files included.
_OPTIONS = ("pa", "route", "ver")


class UnknownAddress(Exception):
    """This is no address of a chat program that is offered."""


@dataclass
class _Passed:
    """What one message made the plugin ask, and what came back."""

    answers: list[Answer] = field(default_factory=list)
    error: EgressError | None = None
    is_rehearsal: bool = False
    urls: list[str] = field(default_factory=list)


_passed: ContextVar[_Passed] = ContextVar("passed")


class _GuardedRequests:
    """As much of the library `requests` as the plugins use. Whatever else they ask for doesn't exist."""

    codes = SimpleNamespace(ok=200, created=201, accepted=202, no_content=204)

    class RequestException(Exception):
        """Nothing came back."""

    def post(self, url: str, **options: Any) -> SimpleNamespace:
        return self.request("POST", url, **options)

    def get(self, url: str, **options: Any) -> SimpleNamespace:
        return self.request("GET", url, **options)

    def request(
        self,
        method: str,
        url: str,
        *,
        data: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        **_theirs: Any,  # their own time limit, certificates, redirects
    ) -> SimpleNamespace:
        passed = _passed.get()
        full = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
        passed.urls.append(full)
        if passed.is_rehearsal:
            raise self.RequestException
        content = data.encode() if isinstance(data, str) else data or b""
        try:
            answer = net.request(method.upper(), full, headers=headers, content=content)
        except EgressError as error:
            passed.error = error
            raise self.RequestException from error
        passed.answers.append(answer)
        return SimpleNamespace(
            status_code=answer.status,
            content=answer.body,
            text=answer.body.decode("utf-8", "replace"),
            headers=dict(answer.headers),
        )


_GUARDED = _GuardedRequests()


def read_address(text: str) -> tuple[Program, str]:
    """The program whose address this is, whichever of its forms, and the form that is kept. Raises UnknownAddress."""
    _plugin(text)
    address = _own_form(text)
    return _BY_SCHEME[_scheme_of(address)], address


def check_address(text: str) -> None:
    """Refuse an address whose host may not be written to. Raises UnknownAddress, EgressError."""
    program, _address = read_address(text)
    if program.has_own_hosts:
        for url in _converse(text, "?", is_rehearsal=True).urls:
            net.check_url(url)


def post(text: str, *, to: str) -> Answer:
    """Write one message. The answer may be a refusal. Raises UnknownAddress, EgressError."""
    passed = _converse(to, text, is_rehearsal=False)
    if passed.error is not None:
        raise passed.error
    if not passed.answers:
        raise EgressError("bad_url", "the chat program's address is of no use")
    return passed.answers[-1]


def refusal_in(answer: Answer) -> str:
    """What a program says in its answer's text, though the answer is called a success; else nothing."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    for name in ("errcode", "code", "StatusCode"):
        if said.get(name) not in (None, 0, "0"):
            return f"{name} {said[name]}"[:100]
    return str(said.get("error", "refused"))[:100] if said.get("ok") is False else ""


def _converse(address: str, text: str, *, is_rehearsal: bool) -> _Passed:
    from apprise import NotifyType

    plugin = _plugin(address)
    passed = _Passed(is_rehearsal=is_rehearsal)
    token = _passed.set(passed)
    try:
        plugin.send(body=text, title="", notify_type=NotifyType.INFO)
    finally:
        _passed.reset(token)
    return passed


def _instance(address: str) -> Any:
    """apprise's plugin for an address, or None."""
    from apprise import Apprise, NotifyBase

    plugin = Apprise.instantiate(address, suppress_exceptions=True)
    return plugin if isinstance(plugin, NotifyBase) else None


def _plugin(text: str) -> Any:
    address = _own_form(text)
    if _scheme_of(address) not in _BY_SCHEME:
        raise UnknownAddress
    plugin = _instance(address)
    if plugin is None:
        raise UnknownAddress
    names = type(plugin).send.__globals__
    if "requests" not in names:
        raise UnknownAddress  # another release than the one this was written for
    names["requests"] = _GUARDED
    return plugin


def _scheme_of(address: str) -> str:
    return address.partition("://")[0].lower()


def _own_form(text: str) -> str:
    """apprise's form of an address, without options that aren't needed; also of one copied from the chat program."""
    try:
        parts = urlsplit(_translated(text) if _scheme_of(text) == "https" else text)
        options = [(name, value) for name, value in parse_qsl(parts.query) if name in _OPTIONS]
    except ValueError:
        raise UnknownAddress from None
    return urlunsplit(parts._replace(query=urlencode(options), fragment=""))


def _translated(text: str) -> str:
    parts = urlsplit(text)
    query = parse_qs(parts.query)
    for program in PROGRAMS:
        if program.host and parts.hostname == program.host:
            match = program.key.fullmatch(parts.path) if program.key is not None else None
            key = match[1] if match is not None else query.get("access_token", [""])[0]
            return f"{program.schemes[0]}://{key}/"
    plugin = _instance(text)
    if plugin is None:
        raise UnknownAddress
    return str(plugin.url())
