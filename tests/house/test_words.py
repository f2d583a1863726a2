"""The words of the house: one word for one thing, and names that say what comes back or what happens."""

import ast
import re

from tests.house.sources import functions, modules

NO_CLASS = re.compile(r"(Manager|Helper|Util|Utils|Service|Processor)$|^Base[A-Z]")
NO_VERB = re.compile(r"^_{0,2}(get|process|handle|do)_")
NO_WORD = {"ticket", "tickets", "tenant", "persona", "snippet", "snippets", "blast", "broadcast", "urn", "episode"}
FOREIGN_NAMES = {
    # Qt, the standard library and ASGI call these by their names.
    "do_GET",
    "do_POST",
    "handle_starttag",
    "handle_endtag",
    "handle_data",
}


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_class_is_a_manager_of_anything() -> None:
    found = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and NO_CLASS.search(node.name) and name != "mim_desk/channels/base.py"
    ]

    assert not found


def test_functions_say_what_comes_back_or_what_happens() -> None:
    found = [
        f"{name}:{function.lineno} {function.name}"
        for name, tree in modules()
        for function in functions(tree)
        if NO_VERB.match(function.name) and function.name not in FOREIGN_NAMES and not _answers_http(function)
    ]

    assert not found


def _answers_http(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """An answer to a call may be named by the call's method: ``get_page`` answers GET."""
    return function.name.startswith("get_") and any(argument.arg == "call" for argument in function.args.args)


def test_names_use_the_words_of_the_house() -> None:
    named = [
        (name, node.lineno, node.name)
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    found = [f"{name}:{line} {word}" for name, line, word in named if _words(word) & NO_WORD]
    assert not found


def test_the_words_are_split_as_a_reader_would() -> None:
    assert _words("open_ticketFor") == {"open", "ticket", "for"}
