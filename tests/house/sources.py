"""What the house tests read: the tracked files and the parsed sources."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".git", ".venv", "__pycache__", "dist", "build", ".hypothesis"}


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """What is in version control; where git is missing, everything that is not made by a tool."""
    try:
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
    except (FileNotFoundError, subprocess.CalledProcessError):
        return tuple(path for path in ROOT.rglob("*") if path.is_file() and not _skipped(path))
    return tuple(path for name in listed if name and (path := ROOT / name).is_file())


def _skipped(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part in SKIPPED or part.endswith("_cache") for part in parts)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def modules(folder: str = "mim_desk") -> tuple[tuple[str, ast.Module], ...]:
    """The Python files below a folder with their syntax trees."""
    files = [path for path in tracked_files() if path.suffix == ".py" and relative(path).startswith(f"{folder}/")]
    return tuple((relative(path), ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(files))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node
