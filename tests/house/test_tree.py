"""The tree of the house: what stands at the top, which rooms there are, and what no folder is called."""

import pytest

from tests.house.sources import ROOT, modules, relative, tracked_files

TOP = {
    "mim_desk",
    "resources",
    "packaging",
    "tests",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "mim",
}
ROOMS = {"domain", "protocol", "suggest", "channels", "hub", "rehearsal", "desk", "ui"}
FILES = {"__init__.py", "__main__.py", "cli.py", "app.py", "resources.py"}
NO_ROOM = {"utils", "util", "common", "core", "services", "helpers", "misc", "lib", "managers"}


def test_the_top_level_holds_only_what_was_decided() -> None:
    found = {relative(path).partition("/")[0] for path in tracked_files()}

    assert {name for name in found if not name.startswith(".")} <= TOP
    assert {"LICENSE", "README.md", "CHANGELOG.md", "mim"} <= found


def test_every_room_was_decided() -> None:
    inside = {relative(path).split("/")[1] for path in tracked_files() if relative(path).startswith("mim_desk/")}

    assert inside <= ROOMS | FILES


def test_no_folder_or_module_is_a_drawer_for_anything() -> None:
    parts = {part.removesuffix(".py") for path in tracked_files() for part in path.relative_to(ROOT).parts}

    assert not parts & NO_ROOM


def test_the_license_is_apache() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", ["mim", ".ci/run"])
def test_the_scripts_can_be_started(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!/bin/sh\n")


def test_every_package_says_what_room_it_is() -> None:
    """A folder of modules without ``__init__.py`` would be left out of the import rules."""
    folders = {name.rpartition("/")[0] for name, _ in modules()}
    packages = {name.rpartition("/")[0] for name, _ in modules() if name.endswith("/__init__.py")}

    assert folders == packages
