"""House rules of the sources, read from their syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import name, python_sources, tree, where

PURE = {
    "assets/lifecycle.py",
    "tickets/handover.py",
    "tickets/intake/authentication.py",
    "tickets/intake/automatic.py",
    "tickets/intake/automatic_words.py",
    "tickets/intake/bounces.py",
    "tickets/intake/charsets.py",
    "tickets/intake/files.py",
    "tickets/intake/fingerprint.py",
    "tickets/intake/forwards.py",
    "tickets/intake/gate.py",
    "tickets/intake/headers.py",
    "tickets/intake/markup.py",
    "tickets/intake/page.py",
    "tickets/intake/parts.py",
    "tickets/intake/quoting.py",
    "tickets/intake/quoting_words.py",
    "tickets/intake/reading.py",
    "tickets/intake/signs.py",
    "tickets/intake/thanks.py",
    "tickets/intake/tnef.py",
    "tickets/intake/tokens.py",
    "tickets/lifecycle.py",
    "tickets/priority.py",
    "tickets/security.py",
    "tickets/targets.py",
    "tickets/timing.py",
    "escalation/alarm.py",
    "escalation/business_time.py",
    "escalation/keeping.py",
    "escalation/notice.py",
    "escalation/policy_rules.py",
    "escalation/ruler.py",
    "escalation/segments.py",
    "escalation/actions.py",
    "escalation/turns.py",
    "escalation/whatif.py",
    "tickets/conformance.py",
    "tickets/survey.py",
}
CLOCKS = {"now", "today", "utcnow", "localtime", "localdate", "time", "monotonic"}
CLOCK_MODULES = {"datetime", "date", "timezone", "time"}
BARE_READS = {"all", "get"}
DOORS = ("views", "api", "web")
VAGUE = {"utils.py", "helpers.py", "misc.py", "common.py", "stuff.py", "util.py", "helper.py"}
MODEL_SIGNALS = {"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"}
HTTP_CLIENTS = {"requests", "httpx", "httpcore", "urllib3", "aiohttp", "http.client", "urllib.request", "socket"}
GUARDED_CLIENT = "helpdesk/common/net.py"
NORMAL_FORMS = "helpdesk/common/unicode_forms.py"
MAX_MODULE_LINES = 420
MAX_FUNCTION_LINES = 60


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def imported(path: Path) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def is_door(path: Path) -> bool:
    return any(part in DOORS or part.removesuffix(".py") in DOORS for part in Path(name(path)).parts)


def test_doors_read_through_visible_to() -> None:
    """`Model.objects.all()` and `.get()` in a view or the API would show what the viewer may not see."""
    found = []
    for path in filter(is_door, python_sources()):
        for call in calls(path):
            function = call.func
            if not isinstance(function, ast.Attribute) or function.attr not in BARE_READS:
                continue
            if isinstance(function.value, ast.Attribute) and function.value.attr in {"objects", "_default_manager"}:
                found.append(where(path, call))
    # Signs of life are nobody's data; the administration's report is about configuration, for administrators only.
    exempt = ("helpdesk/web/health.py", "helpdesk/web/missing_translations.py")
    assert [place for place in found if not place.startswith(exempt)] == []


def test_doors_do_not_look_up_unscoped_models() -> None:
    found = []
    for path in filter(is_door, python_sources()):
        for call in calls(path):
            is_shortcut = isinstance(call.func, ast.Name) and call.func.id in {"get_object_or_404", "get_list_or_404"}
            if is_shortcut and call.args and isinstance(call.args[0], ast.Name) and call.args[0].id[0].isupper():
                found.append(where(path, call))
    assert found == []


def sets_status(node: ast.AST) -> bool:
    """`x.status = …` or `.update(status=…)`."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    else:
        is_update = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        return is_update and any(keyword.arg == "status" for keyword in node.keywords)
    return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)


def test_only_the_tickets_services_set_a_status() -> None:
    outside = (path for path in python_sources() if not name(path).startswith("tickets/services/"))
    assert [where(path, node) for path in outside for node in ast.walk(tree(path)) if sets_status(node)] == []


def reads_a_clock(call: ast.Call) -> bool:
    """`now()` in any form; the others turn a given moment into a local one when they are given one."""
    function = call.func
    attribute = function.attr if isinstance(function, ast.Attribute) else ""
    if (call.args or call.keywords) and attribute != "now":
        return False
    if isinstance(function, ast.Name):
        return function.id in {"now", "localdate", "monotonic"}
    is_clock = isinstance(function, ast.Attribute) and function.attr in CLOCKS
    return is_clock and isinstance(function.value, ast.Name) and function.value.id in CLOCK_MODULES


def test_pure_modules_and_services_take_the_clock_as_an_argument() -> None:
    timeless = [path for path in python_sources() if name(path) in PURE or "services" in Path(name(path)).parts]
    assert [where(path, call) for path in timeless for call in calls(path) if reads_a_clock(call)] == []


def test_pure_modules_know_no_framework() -> None:
    heavy = re.compile(r"^(django|rest_framework|celery|structlog|time)\b")
    found = [
        where(path, node)
        for path in python_sources()
        if name(path) in PURE
        for node, module in imported(path)
        if heavy.match(module)
    ]
    assert found == []


def test_modules_have_telling_names() -> None:
    assert [name(path) for path in python_sources() if path.name in VAGUE] == []


def test_modules_and_functions_stay_small() -> None:
    found = []
    for path in python_sources():
        lines = path.read_text(encoding="utf-8").count("\n")
        # The demo's stories are data.
        if lines > MAX_MODULE_LINES and not name(path).startswith("helpdesk/demo/"):
            found.append(f"{name(path)}: {lines} lines")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    found.append(f"{where(path, node)}: {node.name} has {length} lines")
    assert found == []


def test_domain_logic_hides_in_no_model_signal() -> None:
    found = [
        where(path, node)
        for path in python_sources()
        for node, module in imported(path)
        if module.startswith("django.db.models.signals.") and module.rpartition(".")[2] in MODEL_SIGNALS
    ]
    assert found == []


def test_nothing_speaks_http_to_the_outside() -> None:
    """The guarded client does, and nobody else: its rules hold only where nothing goes round it (G5)."""
    found = [
        where(path, node)
        for path in python_sources()
        if name(path) != GUARDED_CLIENT
        for node, module in imported(path)
        if any(module == client or module.startswith(f"{client}.") for client in HTTP_CLIENTS)
    ]
    assert found == []


def test_texts_come_into_a_normal_form_by_one_function() -> None:
    """The library's own takes quadratic time for a mail full of accents."""
    found = [
        where(path, call)
        for path in python_sources()
        if name(path) != NORMAL_FORMS
        for call in calls(path)
        if ast.unparse(call.func) == "unicodedata.normalize"
    ]
    assert found == []


def test_no_task_waits_in_the_broker() -> None:
    """Due instants live in the database; an ETA longer than the broker's timeout runs several times."""
    found = [
        where(path, call)
        for path in python_sources()
        for call in calls(path)
        if {keyword.arg for keyword in call.keywords} & {"eta", "countdown"}
    ]
    assert found == []


def test_no_work_is_left_for_later_in_comments() -> None:
    mark = re.compile(r"#.*\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    found = [
        where(path, number)
        for path in python_sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark.search(line)
    ]
    assert found == []


def test_no_text_to_translate_hides_in_an_f_string() -> None:
    """The extraction of texts doesn't look into them, so such a text would stay English for ever."""
    translate = {"_", "gettext", "ngettext", "pgettext", "npgettext", "gettext_lazy", "pgettext_lazy"}
    found = [
        where(path, call)
        for path in python_sources()
        for text in ast.walk(tree(path))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in translate
    ]
    assert found == []
