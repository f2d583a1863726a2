"""Resources are found from a checkout, inside a wheel and inside a frozen build (the wheel: tests/house)."""

import sys
from pathlib import Path

from mim_desk.resources import resource


def test_a_checkout_reads_the_folder_beside_the_package() -> None:
    assert resource("doctor/packages.toml").is_file()
    assert resource("") == Path(__file__).resolve().parents[1] / "resources"


def test_a_frozen_build_reads_where_it_was_unpacked(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)

    assert resource("themes") == tmp_path / "resources" / "themes"
