"""Tasks, changes, settings and backoff."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from mim_desk.desk.backoff import Backoff
from mim_desk.desk.changes import Change, Changes, folded
from mim_desk.desk.settings import Network, SettingsFile
from mim_desk.desk.tasks import TaskOwner


async def test_an_owner_reports_a_failure_once_and_ends_the_others() -> None:
    told: list[tuple[str, str]] = []
    owner = TaskOwner(lambda name, error: told.append((name, str(error))))
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def fails() -> None:
        raise ValueError("broken")

    owner.spawn(waits(), name="waits")
    owner.spawn(fails(), name="fails")
    await asyncio.sleep(0.01)
    await owner.close()

    assert told == [("fails", "broken")]
    assert ended.is_set()


async def test_what_lost_its_cancellation_is_cancelled_again() -> None:
    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    owner = TaskOwner(lambda name, error: None)
    task = owner.spawn(stubborn(), name="stubborn")
    await asyncio.sleep(0)

    await owner.close(again_s=0.01)

    assert task.cancelled()


async def test_nothing_starts_after_an_owner_is_closed() -> None:
    owner = TaskOwner(lambda name, error: pytest.fail(name))
    await owner.close()
    ran: list[int] = []

    async def work() -> None:
        ran.append(1)

    task = owner.spawn(work(), name="late")
    await asyncio.wait([task])

    assert task.cancelled()
    assert ran == []


def test_changes_reach_every_subscriber_until_they_leave() -> None:
    changes, first, second = Changes(), [], []
    leave = changes.subscribe(first.append)
    changes.subscribe(second.append)

    changes.publish(Change(seq=1))
    leave()
    leave()
    changes.publish(Change(seq=2))

    assert [change.seq for change in first] == [1]
    assert [change.seq for change in second] == [1, 2]


def test_folded_changes_name_everything_once() -> None:
    me = object()
    parts = [
        Change(3, frozenset({"a"}), {"k": frozenset({"m1"})}, origin=me),
        Change(
            4, frozenset({"b"}), {"k": frozenset({"m2"}), "l": frozenset({"m3"})}, nouns=frozenset({"inbox"}), origin=me
        ),
    ]

    one = folded(parts)

    assert (one.seq, one.conversations, one.nouns, one.origin) == (4, {"a", "b"}, {"inbox"}, me)
    assert one.messages == {"k": {"m1", "m2"}, "l": {"m3"}}
    assert folded([*parts, Change(reset=True)]).reset
    assert folded([*parts, Change(origin=object())]).origin is None


def test_settings_are_kept_and_what_a_newer_version_added_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsFile(path).change(theme="dark", network=Network.METERED)
    path.write_text(path.read_text().replace("{", '{"from_the_future": [1], ', 1))

    again = SettingsFile(path)

    assert (again.current.theme, again.current.network, again.problem) == ("dark", Network.METERED, "")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", '{"theme": 7}', "\x00\x01"], ids=["empty", "torn", "wrong type", "binary"])
def test_settings_that_cannot_be_read_are_set_aside_and_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)

    settings = SettingsFile(path)

    assert settings.current.theme == "system"
    assert "settings.unreadable.json" in settings.problem
    assert (tmp_path / "settings.unreadable.json").read_text() == text


async def test_a_wait_ends_at_once_when_asked() -> None:
    backoff = Backoff(first_s=30.0)
    loop = asyncio.get_running_loop()
    loop.call_later(0.02, backoff.try_now)
    began = loop.time()

    await backoff.wait()

    assert loop.time() - began < 5


async def test_a_wait_that_is_ended_and_cancelled_at_once_is_cancelled() -> None:
    backoff = Backoff(first_s=60, most_s=60)
    waiting = asyncio.create_task(backoff.wait())  # noqa: TID251  # a task of the test's own
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    backoff.try_now()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_the_session_is_imported_without_what_the_desk_can_do_without() -> None:
    """SQLAlchemy alone took 140 ms of each start and 12 MiB."""
    code = "import sys, mim_desk.desk.session; print([name for name in ('sqlalchemy', 'rich', 'click') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "[]\n"
