"""Customers' text reaches the screen as plain text only: nothing that Qt would guess to be markup.

Labels are ``texts.PlainLabel``, tooltips go through ``texts.tooltip``, questions are our own panels.
"""

import ast

from tests.house.sources import calls, modules

SAFE_TOOLTIPS = {"tooltip", "texts.tooltip"}
MARKUP = {"setHtml", "insertHtml", "appendHtml", "setMarkdown", "insertMarkdown", "fromHtml"}
GUESSING = {"RichText", "AutoText", "MarkdownText"}


def _found(matches) -> list[str]:
    return [
        f"{name}:{call.lineno} {ast.unparse(call)[:80]}"
        for name, tree in (*modules("mim_desk/ui"), *((n, t) for n, t in modules() if n == "mim_desk/app.py"))
        for call in calls(tree)
        if matches(call)
    ]


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_no_label_guesses_markup() -> None:
    assert not _found(lambda call: _called(call).rpartition(".")[2] == "QLabel")


def test_tooltips_are_escaped() -> None:
    def raw(call: ast.Call) -> bool:
        if _called(call) == "QToolTip.showText":
            text = call.args[1]
        elif _called(call).endswith(".setToolTip"):
            text = call.args[0]
        else:
            return False
        fixed = isinstance(text, ast.Constant) and "<" not in str(text.value)
        return not fixed and not (isinstance(text, ast.Call) and _called(text) in SAFE_TOOLTIPS)

    assert not _found(raw)


def test_no_message_box_is_used() -> None:
    """It guesses markup, and its static functions run a loop of their own."""
    assert not _found(lambda call: _called(call).startswith("QMessageBox") or "QMessageBox" in ast.unparse(call.func))


def test_no_text_is_read_as_markup() -> None:
    assert not _found(lambda call: _called(call).rpartition(".")[2] in MARKUP)


def test_no_widget_is_told_to_guess() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules("mim_desk/ui")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in GUESSING
    ]

    assert not found
