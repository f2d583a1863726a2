"""The lock files say exactly what is installed: every package with a version and hashes."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT

LOCKS = {"runtime": ROOT / "packaging/constraints.txt", "dev": ROOT / "packaging/constraints-dev.txt"}
PINNED = re.compile(r"^([a-zA-Z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def _pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package, version in PINNED.findall(LOCKS[name].read_text(encoding="utf-8")):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", LOCKS[name].read_text(encoding="utf-8").strip())

    assert blocks
    assert all(PINNED.match(block) and "--hash=sha256:" in block for block in blocks)


def test_the_larger_set_holds_the_smaller_at_the_same_versions() -> None:
    runtime, dev = _pins("runtime"), _pins("dev")

    assert {name: versions for name, versions in runtime.items() if dev.get(name) != versions} == {}


def test_people_who_only_run_it_install_no_test_tools() -> None:
    assert not {"pytest", "mypy", "ruff", "playwright"} & _pins("runtime").keys()


def test_the_locks_are_up_to_date_with_the_project() -> None:
    """After a change of the dependencies run ``./mim lock``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *((Requirement(line), "runtime") for line in project["project"]["dependencies"]),
        *((Requirement(line), "dev") for line in project["dependency-groups"]["dev"]),
    ]

    stale = [
        str(requirement)
        for requirement, name in wanted
        if not any(map(requirement.specifier.contains, _pins(name).get(canonicalize_name(requirement.name), ())))
    ]
    assert stale == []


def test_qt_stays_below_the_version_that_aborts() -> None:
    """6.12.0 drops references to None (test_qt_references.py)."""
    (version,) = _pins("runtime")["pyside6-essentials"]

    assert (6, 10) <= tuple(map(int, version.split(".")[:2])) < (6, 12)
