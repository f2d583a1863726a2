"""What the simulated channels of Meta have in common: one app with its secret, the Graph's tokens, errors and handshake."""

import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import httpx

from mim_desk.rehearsal.providers.posting import CALM, Delivery, Mischief
from mim_desk.rehearsal.providers.provider import Clock, NotShaken, Order, Provider
from mim_desk.rehearsal.providers.wire import Answer, Call, told

APP_SECRET: Final = "a41d0cc7b5fd4f4b9a90c1d2e3f40516"  # noqa: S105  # of the rehearsal
TOKEN: Final = "EAAGrehearsalToken0123456789"  # noqa: S105  # the same
VERIFY_TOKEN: Final = "juniper-verifies"  # noqa: S105  # the same
APP_ID: Final = 440000000000002
DAY_S: Final = 86_400.0
_VERSION: Final = re.compile(r"v(2[2-6])\.0")
_CHALLENGE: Final = "1158201444"


def error(code: int, message: str, subcode: int = 0, status: int = 400, **headers: str) -> Answer:
    """An error as the Graph says it."""
    body: dict[str, Any] = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code}
    if subcode:
        body["error_subcode"] = subcode
    return told({"error": {**body, "error_data": {"details": message}, "fbtrace_id": "AbCdEf"}}, status, **headers)


EXPIRED: Final = error(190, "The access token has expired.", 463, status=401)
ORDERED: Final = {
    Order.TOKEN_EXPIRED: EXPIRED,
    Order.BROKEN: error(2, "Service temporarily unavailable.", status=503),
}
"""What the four answer alike."""


class Graph(Provider):
    """One asset of the app: a number, a Page or an Instagram account.

    Attributes:
        object: what its webhook calls itself.
        account: the id of the asset, which its webhook's entries bear.
        subscribed: the fields that the app hears of.
        refuses_fields: those that it may not hear of.
    """

    object: ClassVar[str] = ""
    account: ClassVar[str] = ""
    subscribed: Sequence[str] = ("messages",)
    refuses_fields: Sequence[str] = ()
    batch = 20

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self._numbers = itertools.count(1)

    def secrets(self) -> dict[str, str]:
        """What an admin copies from the app's pages."""
        return {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}

    def next_number(self) -> int:
        """For ids."""
        return next(self._numbers)

    async def shake_hands(self, verify_token: str) -> None:
        asked = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": _CHALLENGE}
        answer = await self.http.get(self.webhook_url, params=httpx.QueryParams(asked))
        if answer.status_code != 200 or answer.text != _CHALLENGE:
            raise NotShaken(f"{self.webhook_url} answered {answer.status_code} to the handshake")

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        """Bytes outside ASCII are escaped, and what is signed is what is sent."""
        body = json.dumps({"object": self.object, "entry": self.entries(news)}).encode()
        mark = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={mark}", "Content-Type": "application/json"}
        return [Delivery(self.webhook_url, body, headers)]

    def entries(self, news: Sequence[Any]) -> list[dict[str, Any]]:
        """The entries of a delivery."""
        raise NotImplementedError

    async def answer(self, call: Call) -> Answer:
        version, _, path = call.path.strip("/").partition("/")
        if version == "files":
            return self.handed_out(call, path)
        if not _VERSION.fullmatch(version):
            return self.no(f"no such version: {version}", error(2635, "You are calling a deprecated version."))
        if TOKEN not in (call.bearer, call.query.get("access_token")):
            return self.no("wrong access token", error(190, "Invalid OAuth access token.", status=401))
        parts = path.split("/")
        if parts in ([self.account, "subscribed_apps"], ["me", "subscribed_apps"]):
            return self._subscriptions(call)
        return self.asked(call, parts)

    def _subscriptions(self, call: Call) -> Answer:
        """Which app hears of what; fields that are named take the place of those before."""
        if call.method == "POST":
            named = call.query.get("subscribed_fields", "")
            if any(one in self.refuses_fields for one in named.split(",")):
                return error(100, f"Param subscribed_fields has a field that is not allowed: {named}")
            self.subscribed = named.split(",") if named else ("messages",)
            return told({"success": True})
        ours = [{"id": str(APP_ID), "subscribed_fields": list(self.subscribed)}] if self.subscribed else []
        return told({"data": ours}) if call.method == "GET" else self.unknown(call)

    def handed_out(self, call: Call, file_id: str) -> Answer:
        """A file at its address, which the others see without a token too."""
        return self.file(file_id)

    def asked(self, call: Call, path: Sequence[str]) -> Answer:
        """Answer a call with a good token; ``path`` begins below the version."""
        raise NotImplementedError

    def unknown(self, call: Call) -> Answer:
        """Nothing of this name, or nothing that the token may see."""
        why = f"Unsupported {call.method.lower()} request: {call.path} does not exist."
        return self.no(why, error(100, why, 33))


def faults(*checks: tuple[object, str]) -> str:
    """The first that is true; empty when nothing is wrong."""
    return next((why for wrong, why in checks if wrong), "")


def fields(call: Call, everything: Mapping[str, Any]) -> Answer:
    """A node, cut to the fields that were asked for."""
    wanted = {"id", *call.query.get("fields", "").split(",")}
    return told({name: value for name, value in everything.items() if name in wanted})
