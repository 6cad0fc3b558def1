"""What may be in the repository at all."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.sources import ROOT, name, tracked_files

# Written in two halves, because this file is tracked too.
REGISTRY_HOSTS = [
    first + second
    for first, second in [
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("py", "pi.python.org"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("yarn", "pkg.com"),
        ("js", "delivr.net"),
        ("unp", "kg.com"),
        ("cdn", "js.cloudflare.com"),
        ("proxy.go", "lang.org"),
        ("crates", ".io"),
        ("ruby", "gems.org"),
        ("conda", ".anaconda.org"),
        ("docker", ".io"),
        ("ghcr", ".io"),
        ("quay", ".io"),
        ("mirrors.ali", "yun.com"),
        ("tuna.tsing", "hua.edu.cn"),
        ("mirrors.ten", "cent.com"),
        ("deb.deb", "ian.org"),
    ]
]
FOREIGN_LOCKS = {
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "pdm.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "npm-shrinkwrap.json",
}
TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "requirements.lock", "requirements-dev.lock"),
    *("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "Procfile", "Dockerfile", "docker-compose.yml"),
    *("helpdesk", "tickets", "escalation", "knowledge", "assets", "notifications"),
    *("templates", "static", "locale", "docs", "tests", "bench"),
}
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return {match[1].lower().replace("_", "-"): match[2] for match in PIN.finditer((ROOT / lock).read_text())}


def test_no_tracked_file_names_a_registry() -> None:
    pattern = re.compile("|".join(map(re.escape, REGISTRY_HOSTS)).encode(), re.IGNORECASE)
    found = [(name(path), pattern.search(path.read_bytes())) for path in tracked_files()]
    assert [(path, match[0].decode()) for path, match in found if match] == []


def test_no_lock_with_download_addresses_is_tracked() -> None:
    assert [name(path) for path in tracked_files() if path.name in FOREIGN_LOCKS] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_everything_with_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    assert [entry for entry in entries if PIN.match(entry) and "--hash=sha256:" not in entry] == []
    assert len(pins(lock)) > 30


def test_both_locks_agree() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {
        package: (version, dev.get(package)) for package, version in run.items() if dev.get(package) != version
    } == {}


def test_locks_follow_the_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    word = re.compile(r"[A-Za-z0-9._-]+")
    for lock, declared in (
        ("requirements.lock", project["project"]["dependencies"]),
        ("requirements-dev.lock", project["dependency-groups"]["dev"]),
    ):
        wanted = {match[0].lower().replace("_", "-") for text in declared if (match := word.match(text))}
        assert wanted - pins(lock).keys() == set()


def test_django_is_above_the_floor() -> None:
    assert tuple(map(int, pins("requirements.lock")["django"].split("."))) >= (5, 2, 17)


def test_the_top_level_stays_as_given() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
    assert {top for top in tops if not top.startswith(".")} - TOP_LEVEL == set()


def test_no_secret_is_tracked() -> None:
    secret = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bghp_[A-Za-z0-9]{36}\b")
    assert [name(path) for path in tracked_files() if secret.search(path.read_bytes())] == []
    assert [name(path) for path in tracked_files() if path.name in {".env", "secret_key"}] == []


def test_no_tracked_file_knows_this_machine() -> None:
    elsewhere = re.compile("|".join([r"/wo" + "rk/", r"/ro" + "ot/", r"/ho" + r"me/[a-z]+/", r"/Us" + "ers/"]).encode())
    found = [name(path) for path in tracked_files() if path.suffix != ".lock" and elsewhere.search(path.read_bytes())]
    assert found == []
