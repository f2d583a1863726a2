"""Files and functions stay small enough to be read in one go."""

import ast
import io
import tokenize

from tests.house.sources import ROOT, functions, modules, relative, tracked_files

FILE_AIM, FILE_NEVER = 400, 600
FUNCTION_AIM, FUNCTION_NEVER = 30, 60
REASON = "# long:"
"""A function over the aim says why: ``def f() -> None:  # long: one case per kind of message``."""


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the signature to the end, without the docstring, which is welcome to be long."""
    first = function.body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def _reasons(name: str) -> set[int]:
    text = (ROOT / name).read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        token.start[0]
        for token in tokens
        if token.type == tokenize.COMMENT and token.string.startswith(REASON) and len(token.string) > len(REASON) + 8
    }


def test_no_function_is_long_without_a_reason() -> None:
    long = []
    for name, tree in modules():
        reasons = _reasons(name)
        for function in functions(tree):
            length = _length(function)
            header = range(function.lineno, function.body[0].lineno + 1)
            if length > FUNCTION_NEVER or (length > FUNCTION_AIM and not reasons & set(header)):
                long.append(f"{name}:{function.lineno} {function.name} has {length} lines")

    assert not long, "\n".join(long)


def test_no_file_is_long_without_a_reason() -> None:
    long = []
    for path in tracked_files():
        if path.suffix != ".py":
            continue
        lines = path.read_text(encoding="utf-8").count("\n")
        # A file of tests is read one test at a time.
        aim = FILE_NEVER if relative(path).startswith("tests/") else FILE_AIM
        if lines > FILE_NEVER or (lines > aim and not _reasons(relative(path)) & {1, 2, 3}):
            long.append(f"{relative(path)} has {lines} lines")

    assert not long, "\n".join(long)


def test_the_median_function_is_short() -> None:
    lengths = sorted(_length(function) for _, tree in modules() for function in functions(tree))

    assert lengths[len(lengths) // 2] <= 10
