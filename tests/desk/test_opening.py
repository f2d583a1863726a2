"""What is under way before there is a session: the embedded hub, which takes longest to start."""

import asyncio
from pathlib import Path

import pytest

from mim_desk.desk import embedded_hub, opening
from mim_desk.desk.paths import Paths
from mim_desk.desk.secrets import KEYRING_VARIABLE
from mim_desk.desk.session import Session
from mim_desk.desk.settings import Network, SettingsFile
from mim_desk.desk.shapes import ListQuery
from tests.desk.hubs import _raise, live
from tests.desk.workspace import KEYS


async def prepared(home: Path, *, unasked: bool = False) -> tuple[opening.Opened, opening.Prepared]:
    """A start on a home folder, up to where the session could be made."""
    beginning = opening.begin(Paths(home).make(), "", ListQuery())
    preparing = beginning.prepare(unasked=unasked)
    return await asyncio.wrap_future(beginning.opened), await asyncio.wrap_future(preparing)


async def test_the_session_takes_the_hub_that_was_started_before_it(tmp_path: Path) -> None:
    opened, made = await prepared(tmp_path)
    assert made.keys is not None
    assert made.hub is not None
    assert made.hub.poll() is None, "it waits for its key"
    session = made.session(opened.store.paths, made.keys, made.settings, _raise, early_hub=made.hub)

    await session.start()
    try:
        await live(session)
        assert session.hub is not None
        assert session.hub.process is made.hub
        assert session.hub.crashes == 0
    finally:
        await session.close()
        opened.store.close()
    assert made.hub.returncode == 0


@pytest.mark.parametrize(
    "changed", [{"hub_url": "https://hub.example"}, {"network": Network.OFFLINE}], ids=["a team's hub", "offline"]
)
async def test_no_hub_is_started_where_none_is_wanted(changed: dict[str, object], tmp_path: Path) -> None:
    SettingsFile(Paths(tmp_path).settings).change(**changed)

    opened, made = await prepared(tmp_path)

    assert made.hub is None
    opened.store.close()


@pytest.mark.parametrize("unasked", [False, True])
async def test_without_a_keyring_keys_are_made_only_where_nobody_can_be_asked(
    unasked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEYRING_VARIABLE)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")

    opened, made = await prepared(tmp_path, unasked=unasked)

    assert opened.opening.keys is None
    assert (made.keys is not None) == (made.hub is not None) == unasked
    if made.hub is not None:
        await asyncio.to_thread(made.hub.communicate)
        opened.store.close()


async def test_a_hub_that_nobody_gives_a_key_ends(tmp_path: Path) -> None:
    hub = embedded_hub.spawn(Paths(tmp_path).make())

    await asyncio.to_thread(hub.communicate)

    assert hub.returncode == 2


async def test_a_session_that_is_closed_as_soon_as_it_started_has_no_line_afterwards(tmp_path: Path) -> None:
    paths = Paths(tmp_path).make()
    settings = SettingsFile(paths.settings)
    settings.change(hub_url="http://127.0.0.1:1")
    session = Session(paths, KEYS, settings, _raise)

    await session.start()
    await session.close()
    await asyncio.sleep(0.05)

    assert session.line.client is None
