"""The log of the hub that the desk starts: what a failed start says, and that it does not grow for ever."""

from pathlib import Path

from mim_desk.desk import embedded_hub
from mim_desk.desk.paths import Paths


def _start_without_key(paths: Paths) -> None:
    process = embedded_hub.spawn(paths)
    process.communicate(b"no key\n", timeout=60)


def _log(tmp_path: Path) -> tuple[Paths, Path]:
    paths = Paths(tmp_path)
    log = embedded_hub.log_of(paths)
    log.parent.mkdir(parents=True)
    return paths, log


def test_a_failed_start_is_told_in_the_hubs_own_words(tmp_path: Path) -> None:
    paths, log = _log(tmp_path)
    _start_without_key(paths)
    words = embedded_hub.last_words(log)
    assert words in log.read_text("utf-8")
    assert words != ""


def test_words_of_an_earlier_start_are_not_taken_for_those_of_the_last_one(tmp_path: Path) -> None:
    paths, log = _log(tmp_path)
    log.write_text("mim-desk hub: Another hub works with these files.\n", "utf-8")
    _start_without_key(paths)
    assert "Another hub" not in embedded_hub.last_words(log)


def test_a_long_log_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    paths, log = _log(tmp_path)
    log.write_bytes(b"x" * (embedded_hub.LONGEST_LOG + 1))
    _start_without_key(paths)
    assert log.stat().st_size < embedded_hub.LONGEST_LOG
    assert log.with_name("hub.log.1").stat().st_size == embedded_hub.LONGEST_LOG + 1
