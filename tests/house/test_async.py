"""Tasks have an owner: nobody spawns one and forgets it, and nobody swallows a cancellation."""

import ast

from tests.house.sources import calls, modules

OWNER = "mim_desk/desk/tasks.py"


def test_tasks_are_spawned_by_an_owner_or_a_task_group_only() -> None:
    """``group.create_task`` of an ``asyncio.TaskGroup`` is fine; ``loop.create_task`` is what ruff cannot see."""
    found = []
    for name, tree in modules():
        for call in calls(tree):
            function = call.func
            if not isinstance(function, ast.Attribute) or function.attr not in {"create_task", "ensure_future"}:
                continue
            if name != OWNER and ast.unparse(function.value) not in _groups(tree):
                found.append(f"{name}:{call.lineno} {ast.unparse(function)}")

    assert not found


def _groups(tree: ast.Module) -> set[str]:
    """Every name for an ``asyncio.TaskGroup`` in a module: bound by ``async with``, an exit stack or an annotation."""
    opened = {
        ast.unparse(item.optional_vars)
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if item.optional_vars and ast.unparse(item.context_expr) == "asyncio.TaskGroup()"
    }
    annotated = {
        node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
        for node in ast.walk(tree)
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation and "TaskGroup" in ast.unparse(node.annotation)
    }
    entered = {
        ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and "enter_async_context(asyncio.TaskGroup())" in ast.unparse(node.value)
    }
    return opened | annotated | entered


def test_a_cancellation_is_never_swallowed() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or {"CancelledError", "BaseException"} & _caught(node.type))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        and name != OWNER
    ]

    assert not found


def _caught(types: ast.expr) -> set[str]:
    return {node.attr for node in ast.walk(types) if isinstance(node, ast.Attribute)} | {
        node.id for node in ast.walk(types) if isinstance(node, ast.Name)
    }


def test_blocking_work_leaves_the_loop_only_where_the_house_says() -> None:
    rooms = {"cache", "outbox", "secrets", "embedded_hub", "diagnostics"}
    found = [
        f"{name}:{call.lineno}"
        for name, tree in modules("mim_desk/desk") + modules("mim_desk/ui")
        for call in calls(tree)
        if ast.unparse(call.func) == "asyncio.to_thread" and not any(f"desk/{room}" in name for room in rooms)
    ]

    assert not found


def test_no_dialog_or_menu_runs_a_loop_of_its_own() -> None:
    """``exec()`` inside a coroutine breaks every other task (qasync issues 59, 82, 174): open and connect."""
    found = [
        f"{name}:{call.lineno} {ast.unparse(call.func)}"
        for name, tree in modules("mim_desk")
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"exec", "exec_"}
    ]

    assert not found
