"""``mim-desk agent`` and ``mim-desk channel``, as a person types them, against a real hub process."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from mim_desk import cli
from mim_desk.channels.registry import ADAPTERS
from mim_desk.desk.administration import not_reached
from mim_desk.desk.hub_client import Unreachable, refusal
from tests.hub.live import ADMIN_TOKEN
from tests.hub.process import embedded_hub

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery\n"


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Awaitable[Said]]


@pytest_asyncio.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    """``await run("agent", "list")`` speaks to a hub of this test."""
    async with embedded_hub(tmp_path) as hub:

        async def command(*arguments: str, typed: str = "", token: str = ADMIN_TOKEN) -> Said:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "mim_desk", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "MIM_DESK_HUB": hub.url, "MIM_DESK_ADMIN_TOKEN": token},
            )
            async with asyncio.timeout(30):
                out, err = await process.communicate(typed.encode())
            return Said(process.returncode or 0, out.decode(), err.decode())

        yield command


async def test_an_agent_is_added_and_listed(run: Run) -> None:
    added = await run("agent", "add", "sofia", "--name", "Sofia Lind", "--role", "supervisor", typed=PASSWORD)
    listed = await run("agent", "list")

    assert added.code == 0, added.err
    assert "sofia\tSofia Lind\tsupervisor\toffline" in listed.out.splitlines()


async def test_a_password_is_set_for_a_known_agent_only(run: Run) -> None:
    known = await run("agent", "passwd", "admin", typed=PASSWORD)
    unknown = await run("agent", "passwd", "nobody", typed=PASSWORD)

    assert known.code == 0, known.err
    assert unknown.code == 1
    assert "There is no agent with the login nobody" in unknown.err


async def test_a_channel_is_connected_listed_tried_and_removed(run: Run) -> None:
    site = "allowed_origins=https://shop.example, https://www.shop.example"
    added = await run("channel", "add", "web_chat", "--name", "Shop", "--set", site)
    listed = await run("channel", "list")
    tried = await run("channel", "test", "Shop")
    removed = await run("channel", "remove", "Shop")
    after = await run("channel", "list")

    assert added.code == 0, added.err
    assert "Visitors reach it by its page." in added.out
    assert "/chat/wpub_" in added.out
    assert "\tweb_chat\tShop\tok\t" in listed.out
    assert tried.out.splitlines() == ["ok\tWhat is needed is filled in\t", "Shop: ok"]
    assert removed.out == "Shop is disconnected; its conversations stay.\n"
    assert "Shop" not in after.out


async def test_what_the_hub_refuses_is_one_sentence_naming_the_field(run: Run) -> None:
    said = await run("channel", "add", "custom", "--set", "callback_url=not an address", typed="short\n")

    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "(" in said.err


async def test_each_check_of_an_account_is_told_and_what_failed_is_not_saved(run: Run) -> None:
    said = await run(
        *("channel", "add", "custom", "--set", "callback_url=http://127.0.0.1:9/in", "--secret", "signing_secret"),
        typed="signing-secret-of-the-tests\n",
    )
    listed = await run("channel", "list")

    assert said.code == 1
    assert [line.split("\t")[:2] for line in said.out.splitlines()] == [
        ["ok", "What is needed is filled in"],
        ["wrong", "The account"],
    ]
    assert said.err.endswith("(settings.callback_url)\n")
    assert "custom" not in listed.out


async def test_an_unknown_channel_is_answered_with_the_known_ones(run: Run) -> None:
    said = await run("channel", "add", "pigeon")

    assert f"There is no channel pigeon; there are {', '.join(sorted(ADAPTERS))}." in said.err


async def test_without_a_token_it_says_where_one_comes_from(run: Run) -> None:
    said = await run("agent", "list", token="")

    assert said.code == 1
    assert "MIM_DESK_ADMIN_TOKEN" in said.err


async def test_a_wrong_token_and_a_silent_hub_are_said_plainly(run: Run) -> None:
    wrong = await run("agent", "list", token="mim_wrong")
    silent = await run("agent", "list", "--hub", "http://127.0.0.1:9")

    assert wrong.code == 1
    assert "sign-in" in wrong.err
    assert silent.code == 1
    assert "Traceback" not in silent.err


async def test_a_setting_the_channel_does_not_know_is_refused_with_those_it_knows(run: Run) -> None:
    bare = await run("channel", "add", "web_chat", "--set", "subtitle")
    unknown = await run("channel", "add", "web_chat", "--set", "colour=#fff")
    secret = await run("channel", "add", "custom", "--secret", "sign_secret", typed="x\n")
    listed = await run("channel", "list")

    assert [one.code for one in (bare, unknown, secret)] == [1, 1, 1]
    assert "NAME=VALUE" in bare.err
    assert "colour" in unknown.err
    assert "color, mode" in unknown.err
    assert "signing_secret" in secret.err
    assert len(listed.out.splitlines()) == 1, "the one every workspace begins with"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("http://127.0.0.1:1", "No hub answers at http://127.0.0.1:1. Start one", id="nobody there"),
        pytest.param("nonsense", "nonsense is no address. Write it like https://", id="no address"),
    ],
)
def test_a_hub_that_cannot_be_reached_is_said_in_plain_words(monkeypatch, capsys, address: str, said: str) -> None:
    monkeypatch.setenv("MIM_DESK_ADMIN_TOKEN", ADMIN_TOKEN)

    code = cli.main(["channel", "list", "--hub", address])

    assert code == 1
    assert said in capsys.readouterr().err


def test_a_hub_that_answers_is_never_said_to_be_missing() -> None:
    told = refusal(
        503, httpx.Headers(), b'{"type": "unavailable", "title": "Full", "status": 503, "detail": "No room."}'
    )
    assert isinstance(told, Unreachable)
    with pytest.raises(Unreachable) as raised:
        raise told from ExceptionGroup("several", [told])  # as where several calls were made at once

    assert (
        not_reached("/there", raised.value) == "The hub at /there cannot do it now; try again in a moment. (No room.)"
    )
