"""Every setting of the desk is read somewhere: none is there for show."""

import ast

import msgspec
import pytest

from mim_desk.desk.settings import Settings
from tests.house.sources import modules


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Settings)])
def test_every_setting_is_read_somewhere(name: str) -> None:
    readers = [
        module
        for module, tree in modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and ast.unparse(node).endswith(f"current.{name}"))
        or (
            module in {"mim_desk/app.py", "mim_desk/ui/first_frame.py"}
            and isinstance(node, ast.Constant)
            and node.value == name
        )
    ]

    assert readers
