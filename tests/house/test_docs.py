"""The guide names everything people can use: each command and option, setting, API call, event and channel."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from mim_desk import cli
from mim_desk.desk.settings import Settings
from mim_desk.protocol import events
from mim_desk.resources import resource
from tests.house.sources import ROOT, relative, tracked_files
from tests.hub.process import embedded_hub

HIDDEN = {"MIM_DESK_LOOKS", "MIM_DESK_FAILPOINT"}
"""Of the tests alone: the reference pictures' switch, and where a hub is made to fail."""


def _page(name: str) -> str:
    return resource(f"guide/{name}.md").read_text(encoding="utf-8")


def _commands(parser: argparse.ArgumentParser, said: str = "mim-desk") -> Iterator[tuple[str, argparse.Action | None]]:
    yield said, None
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from _commands(inner, f"{said} {name}")
        elif action.option_strings and "--help" not in action.option_strings:
            yield said, action


def _names() -> list[str]:
    return [action.option_strings[-1] if action else said for said, action in _commands(cli._parser())]


@pytest.mark.parametrize("name", sorted(set(_names())))
def test_every_command_and_option_is_on_the_commands_page(name: str) -> None:
    assert f"`{name}" in _page("commands")


def test_every_command_of_the_script_is_on_the_commands_page() -> None:
    script = (ROOT / "mim").read_text(encoding="utf-8")
    cases = script[script.rindex("case $command in\n") :]
    names = re.findall(r"^    ([a-z]+)\)", cases, re.MULTILINE)

    assert {"run", "test"} <= set(names)
    assert [name for name in names if f"`./mim {name}" not in _page("commands")] == []


def test_every_setting_from_the_environment_is_on_the_settings_page() -> None:
    sources = [path for path in tracked_files() if relative(path).startswith("mim_desk/") and path.suffix == ".py"]
    found = {name for path in [*sources, ROOT / "mim"] for name in _variables(path)}

    assert {"MIM_DESK_HOME"} <= found
    assert {name for name in found - HIDDEN if f"`{name}`" not in _page("settings")} == set()


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Settings)])
def test_every_setting_of_the_desk_is_on_the_settings_page(name: str) -> None:
    assert f"`{name}`" in _page("settings")


def _variables(path: Path) -> list[str]:
    return re.findall(r"\bMIM_DESK_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "name",
    [
        *events.ROW_TYPES,
        events.HELLO,
        events.HEARTBEAT,
        events.SKIPPED,
        events.FORGOTTEN,
        events.TYPING,
        events.PRESENCE,
    ],
)
def test_every_event_is_on_the_events_page(name: str) -> None:
    assert f"`{name}`" in _page("events")


async def test_every_call_of_the_api_is_on_the_api_page(tmp_path: Path) -> None:
    """The calls are asked from a running hub: what its OpenAPI document says is what there is."""
    async with embedded_hub(tmp_path) as hub, httpx.AsyncClient() as client:
        document = (await client.get(f"{hub.url}/api/openapi.json")).json()

    calls = [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    assert len(calls) > 20
    assert [call for call in calls if f"`{call}`" not in _page("api")] == []


def _manifests() -> list[Path]:
    return sorted((ROOT / "mim_desk/channels").glob("*/manifest.toml"))


@pytest.mark.parametrize("manifest", _manifests(), ids=lambda path: path.parent.name)
def test_every_channel_is_on_the_channels_page(manifest: Path) -> None:
    assert f"`{manifest.parent.name}`" in _page("channels")


@pytest.mark.parametrize("manifest", _manifests(), ids=lambda path: path.parent.name)
def test_every_setting_of_a_channel_is_in_its_guide(manifest: Path) -> None:
    """By its name or by its label, which is what people see; what every channel has is on the common page."""
    stated = tomllib.loads(manifest.read_text(encoding="utf-8"))
    said = (manifest.parent / "README.md").read_text(encoding="utf-8") + _page("channels")
    fields = [*stated.get("settings", []), *stated.get("secrets", [])]

    missing = [
        field["name"] for field in fields if field["name"] not in said and field["label"].lower() not in said.lower()
    ]
    assert missing == []


@pytest.mark.parametrize("page", sorted(resource("guide").glob("*.md")), ids=lambda path: path.name)
def test_pages_of_the_guide_point_at_files_that_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_test_that_a_promise_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", _page("promises"))

    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).is_file() or f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert len(named) > 20
    assert missing == []


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_links_of_the_first_pages_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8"))

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_begins_with_a_picture_and_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:25])

    (picture,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", first_screen)
    assert (ROOT / picture).is_file()
    assert "./mim run" in first_screen
    assert "./mim test" in first_screen
