"""``mim-desk channel add|list|test|remove`` for every channel, with right and with wrong settings, against the simulators."""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from mim_desk import cli
from mim_desk.rehearsal.providers.provider import Provider, at_work
from mim_desk.rehearsal.providers.registry import PROVIDERS
from tests.hub.live import ADMIN_TOKEN
from tests.hub.process import embedded_hub

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
Shell = Callable[..., Awaitable[tuple[int, str]]]


@pytest_asyncio.fixture
async def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Shell]:
    """``await shell("list")`` answers the exit code and what was printed."""
    async with embedded_hub(tmp_path) as hub:
        monkeypatch.setenv("MIM_DESK_HUB", hub.url)
        monkeypatch.setenv("MIM_DESK_ADMIN_TOKEN", ADMIN_TOKEN)

        async def run(*arguments: str, typed: str = "") -> tuple[int, str]:
            monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
            code = await asyncio.to_thread(cli.main, ["channel", *arguments])
            told = capsys.readouterr()
            return code, told.out + told.err

        yield run


@pytest_asyncio.fixture
async def providers() -> AsyncIterator[list[Provider]]:
    """All simulated providers, at work."""
    made = [each() for each in PROVIDERS]
    async with at_work(made):
        yield made


def add(provider: Provider, name: str, **wrong: str) -> tuple[list[str], str]:
    """The command that connects a provider's account, and what is typed after it."""
    wanted = provider.connection()
    given: Mapping[str, object] = {**wanted.settings, **{k: v for k, v in wrong.items() if k in wanted.settings}}
    secrets = {**wanted.secrets, **{k: v for k, v in wrong.items() if k in wanted.secrets}}
    written = {key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()}
    command = ["add", provider.channel, "--name", name]
    command += [part for key, value in written.items() for part in ("--set", f"{key}={value}")]
    command += [part for key in secrets for part in ("--secret", key)]
    return command, "".join(f"{value}\n" for value in secrets.values())


TRIED = {
    "custom": "signing_secret",
    "email": "password",
    "facebook_comments": "access_token",
    "instagram": "access_token",
    "kakaotalk": "api_key",
    "line": "channel_access_token",
    "matrix": "access_token",
    "messenger": "access_token",
    "rcs": "service_account",
    "sms_smpp": "password",
    "sms_twilio": "auth_token",
    "telegram": "bot_token",
    "viber": "auth_token",
    "wechat": "app_secret",
    "wecom_kf": "secret",
    "whatsapp": "access_token",
}
"""What a provider can be asked about; the other secrets show at the first delivery."""


async def test_every_channel_is_added_tried_listed_and_removed(shell: Shell, providers: list[Provider]) -> None:
    accounts = [add(provider, f"Our {provider.channel}") for provider in providers]
    accounts.append((["add", "web_chat", "--name", "Our web_chat"], ""))

    for command, typed in accounts:
        channel = command[1]
        added = await shell(*command, typed=typed)
        tested = await shell("test", f"Our {channel}")
        listed = await shell("list")
        removed = await shell("remove", f"Our {channel}")
        gone = await shell("list")

        assert (added[0], tested[0], removed[0]) == (0, 0, 0), (channel, added, tested, removed)
        assert " is connected. " in added[1]
        assert tested[1].splitlines()[-1].startswith(f"Our {channel}: ok")
        assert f"\t{channel}\tOur {channel}\tok" in listed[1]
        assert f"Our {channel}" not in gone[1]


async def test_a_wrong_secret_is_refused_by_name_and_nothing_is_connected(
    shell: Shell, providers: list[Provider]
) -> None:
    assert TRIED.keys() == {provider.channel for provider in providers}
    before = await shell("list")

    for provider in providers:
        secret = TRIED[provider.channel]
        value = provider.connection().secrets[secret]
        command, typed = add(provider, "Wrong", **{secret: "wrong" + value[5:]})
        code, told = await shell(*command, typed=typed)

        assert code == 1, (provider.channel, told)
        assert told.rstrip().endswith(f"(secrets.{secret})"), told
        assert value not in told

    assert await shell("list") == before


async def test_what_a_channel_does_not_know_is_refused_before_anything_is_sent(
    shell: Shell, providers: list[Provider]
) -> None:
    for provider in providers:
        command, typed = add(provider, "Wrong")
        code, told = await shell(*command, "--set", "colour_of_the_moon=1", typed=typed)
        assert (code, "colour_of_the_moon" in told) == (1, True), told

        missing = await shell("add", provider.channel, "--name", "Wrong")
        assert missing[0] == 1, missing
        assert "(se" in missing[1], missing  # settings.x or secrets.x
    assert (await shell("add", "carrier_pigeon"))[0] == 1
    assert (await shell("test", "Nobody"))[0] == 1
    assert (await shell("remove", "Nobody"))[0] == 1
