"""No file names the place where packages come from: that is the machine's own setting."""

import re

import pytest

from tests.house.sources import ROOT, relative, tracked_files

# Written in pieces, so that this file does not find itself.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("pypi", "python", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("conda", "anaconda", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
]
TEXT_LIMIT = 2_000_000


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_a_package_registry(host: str) -> None:
    pattern = re.compile(rf"(?<![\w.-]){re.escape(host)}\b".encode())

    assert [
        relative(path)
        for path in tracked_files()
        if path.stat().st_size < TEXT_LIMIT and pattern.search(path.read_bytes())
    ] == []


@pytest.mark.parametrize("lock", sorted((ROOT / "packaging").glob("*.txt")), ids=lambda path: path.name)
def test_no_lock_file_holds_an_address(lock) -> None:
    assert "://" not in lock.read_text(encoding="utf-8")


def test_no_other_lock_file_is_kept() -> None:
    """uv.lock, pylock.toml and package-lock.json carry addresses."""
    names = {path.name for path in tracked_files()}

    assert not names & {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "package-lock.json", "yarn.lock"}
