"""What differs between start and end is mirrored: Qt turns a layout's items round, never its margins."""

import ast

from tests.house.sources import calls, modules


def test_margins_are_the_same_at_start_and_end() -> None:
    uneven = [
        f"{name}:{call.lineno} {ast.unparse(call)}"
        for name, tree in modules("mim_desk/ui")
        for call in calls(tree)
        if ast.unparse(call.func).endswith(".setContentsMargins")
        and ast.unparse(call.args[0]) != ast.unparse(call.args[2])
    ]

    assert not uneven, "use addSpacing at the start or the end"
