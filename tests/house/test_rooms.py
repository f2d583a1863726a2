"""Import rules that import-linter cannot say: parts of Qt, clocks, and that its contracts name every room."""

import ast
import tomllib
from collections.abc import Iterator

import pytest

from tests.house.sources import ROOT, calls, modules

PURE = ("mim_desk/domain/", "mim_desk/protocol/", "mim_desk/suggest/")
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "time_ns", "sleep"}


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def test_item_models_know_only_the_core_of_qt() -> None:
    found = [
        f"{name}:{line} {module}"
        for name, tree in modules("mim_desk/ui")
        if name.endswith("/model.py")
        for line, module in _imported(tree)
        if module.startswith("PySide6.") and not module.startswith("PySide6.QtCore")
    ]

    assert not found


def test_item_models_never_await() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules("mim_desk/ui")
        if name.endswith("/model.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Await | ast.AsyncFunctionDef)
    ]

    assert not found


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_read_no_clock(room: str) -> None:
    found = [
        f"{name}:{call.lineno} {ast.unparse(call.func)}"
        for name, tree in modules()
        if name.startswith(room)
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in CLOCKS and _is_clock(call.func.value)
    ]

    assert not found


def _is_clock(owner: ast.expr) -> bool:
    return ast.unparse(owner) in {"datetime", "datetime.datetime", "date", "datetime.date", "time"}


def test_addons_of_qt_are_not_needed() -> None:
    """Only Essentials is installed; Charts, Multimedia and WebEngine are in Addons."""
    essentials = {"QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtDBus", "QtSvg", "QtTest", "QtPrintSupport"}
    found = [
        f"{name}:{line} {module}"
        for name, tree in modules()
        for line, module in _imported(tree)
        if module.startswith("PySide6.") and module.split(".")[1] not in essentials
    ]

    assert not found


def _contracts() -> list[dict[str, object]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, object]] = project["tool"]["importlinter"]["contracts"]
    return contracts


def test_every_channel_is_kept_apart_from_the_others() -> None:
    folders = {path.parent.name for path in (ROOT / "mim_desk/channels").glob("*/manifest.toml")}
    (contract,) = (contract for contract in _contracts() if contract["type"] == "independence")

    assert {f"mim_desk.channels.{name}" for name in folders} == set(contract["modules"])  # type: ignore[call-overload]


def test_no_channel_is_special_outside_its_folder() -> None:
    """No ``if channel == "line"``: what a channel can do is data in its manifest."""
    channels = {path.parent.name for path in (ROOT / "mim_desk/channels").glob("*/manifest.toml")}
    found = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name, tree in modules()
        if not name.startswith(("mim_desk/channels/", "mim_desk/hub/web_chat/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        and any(isinstance(side, ast.Constant) and side.value in channels for side in (node.left, *node.comparators))
    ]

    assert not found


def test_only_the_fakes_file_fakes_and_our_own_modules_are_never_patched() -> None:
    found = [
        f"{name}:{call.lineno}"
        for name, tree in modules("tests")
        for call in calls(tree)
        if ast.unparse(call.func).endswith(("mock.patch", "mock.patch.object", "mocker.patch"))
        or (
            ast.unparse(call.func).endswith(".setattr")
            and call.args
            and isinstance(call.args[0], ast.Constant)
            and str(call.args[0].value).startswith("mim_desk")
        )
    ]

    assert not found
