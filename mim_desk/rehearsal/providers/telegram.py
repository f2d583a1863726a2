"""Telegram's Bot API as the sheet has it: updates by long polling or webhook, never both; no receipts at all."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

import httpx

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.posting import CALM, Delivery, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Connection, KeptFile, Order, Provider
from mim_desk.rehearsal.providers.telegram_phone import BOT, TelegramPhone
from mim_desk.rehearsal.providers.telegram_rules import fault_of
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, told
from mim_desk.rehearsal.scripts import Script

TOKEN: Final = "4711:AAHrehearsal_token_of_nobody_012345"  # noqa: S105  # of the rehearsal
LONGEST_WAIT_S: Final = 50.0


def no(code: int, description: str, **parameters: int) -> Answer:
    """A refusal as the Bot API says it."""
    more = {"parameters": parameters} if parameters else {}
    return told({"ok": False, "error_code": code, "description": description, **more}, code)


def yes(result: object) -> Answer:
    """A result."""
    return told({"ok": True, "result": result})


_REFUSALS: Final = {
    Order.BLOCKED: no(403, "Forbidden: bot was blocked by the user"),
    Order.BUSY: no(429, "Too Many Requests: retry after 1", retry_after=1),
    Order.TOKEN_EXPIRED: no(401, "Unauthorized"),
    Order.BROKEN: no(500, "Internal Server Error"),
}


class Telegram(Provider):
    """The brand's bot.

    Attributes:
        mode: how the inbox is set up.
        asking: how often updates were asked for.
        unread: updates that nobody acknowledged.
        called: the webhook's address and its secret token; both empty while updates are asked for.
    """

    channel = "telegram"
    mode: ClassVar[str] = "polling"
    refusals = _REFUSALS

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self.asking = 0
        self.unread: list[dict[str, Any]] = []
        self.called = ("", "")
        self._closing = False
        self._people: dict[int, TelegramPhone] = {}
        self._ids = itertools.count(900001)
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def at_work(self, address: str, http: httpx.AsyncClient) -> AsyncIterator[None]:
        async with super().at_work(address, http):
            try:
                yield
            finally:
                self._closing = True
                await self._wake()

    async def connected(self, webhook_url: str, verify_token: str) -> None:
        """The hub has told us by itself how it wants to hear."""

    def connection(self) -> Connection:
        return Connection("Telegram", {"mode": self.mode, "api_base_url": self.address}, {"bot_token": TOKEN})

    def new_phone(self, script: Script) -> Phone:
        phone = TelegramPhone(self, self.tell, script)
        self._people[phone.id] = phone
        return phone

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        url, secret = self.called
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
        return [Delivery(url, json.dumps(one).encode(), headers) for one in news]

    async def tell(self, **update: Any) -> None:
        """An update: called out, or kept until somebody asks."""
        one = {"update_id": next(self._ids), **update}
        if self.called[0]:
            self.poster.post(one)
        else:
            self.unread.append(one)
            await self._wake()

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def answer(self, call: Call) -> Answer:
        if call.path.startswith(f"/file/bot{TOKEN}/"):
            return self.file(call.path.rsplit("/", 1)[-1].partition(".")[0])
        bot, _, method = call.path.removeprefix("/bot").partition("/")
        if not call.path.startswith("/bot") or call.method != "POST":
            return self.no(f"no such call: {call.method} {call.path}", NOWHERE)
        if bot != TOKEN:
            return self.no("wrong bot token", no(401, "Unauthorized"))
        given = _parameters(call)
        match method:
            case "getUpdates":
                return await self._updates(given)
            case "setWebhook" | "deleteWebhook":
                return await self._set_webhook(given)
        return self._told(method, given) or self._addressed(method, given)

    def _told(self, method: str, given: Mapping[str, Any]) -> Answer | None:
        """What goes to no chat."""
        match method:
            case "getWebhookInfo":
                return yes({"url": self.called[0], "pending_update_count": len(self.unread)})
            case "getMe":
                return yes({**BOT, "first_name": self.brand})
            case "getFile":
                return self._where(str(given.get("file_id", "")))
            case "answerCallbackQuery":
                return yes(True)
            case "getUserProfilePhotos":
                return self.pictures(int(given.get("user_id") or 0))
        return None

    async def _updates(self, given: Mapping[str, Any]) -> Answer:
        if self.called[0]:
            why = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            return self.no(why, no(409, why))
        self.asking += 1
        turn = self.asking
        await self._wake()
        self.unread = [one for one in self.unread if one["update_id"] >= int(given.get("offset") or 0)]
        try:
            async with asyncio.timeout(min(float(given.get("timeout") or 0), LONGEST_WAIT_S)), self._changed:
                await self._changed.wait_for(lambda: self.unread or self._closing or turn != self.asking)
        except TimeoutError:
            return yes([])
        if turn != self.asking:
            return no(409, "Conflict: terminated by other getUpdates request; make sure only one instance is running")
        found = self.unread[: min(int(given.get("limit") or 100), 100)]
        return Answer(lost=True) if self._dice.random() < self.mischief.twice else yes(found)

    async def _set_webhook(self, given: Mapping[str, Any]) -> Answer:
        url = str(given.get("url") or "")
        if url and not url.startswith(("https://", "http://127.0.0.1")):
            why = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            return self.no(why, no(400, why))
        self.called = (url, str(given.get("secret_token") or ""))
        waiting, self.unread = (self.unread, []) if url else ([], self.unread)
        for one in waiting:
            self.poster.post(one)
        await self._wake()
        return yes(True)

    def pictures(self, user_id: int) -> Answer:
        """What a person shows of themselves."""
        phone = self._people.get(user_id)
        if phone is None:
            return self.no("invalid user_id specified", no(400, "Bad Request: invalid user_id specified"))
        if not phone.picture:
            return yes({"total_count": 0, "photos": []})
        name = f"p{user_id}"
        self._files[name] = KeptFile("picture.png", "image/png", phone.picture, name)
        size = {"file_id": name, "file_unique_id": name, "width": 160, "height": 160}
        return yes({"total_count": 1, "photos": [[size]]})

    def _where(self, file_id: str) -> Answer:
        kept = self._files.get(file_id)
        if kept is None:
            return self.no("wrong file identifier", no(400, "Bad Request: wrong file_id or the file is unavailable"))
        return yes({"file_id": kept.id, "file_size": len(kept.data), "file_path": f"files/{kept.id}.{kept.name[-3:]}"})

    def _addressed(self, method: str, given: Mapping[str, Any]) -> Answer:
        """A method that goes to a chat."""
        phone = self._people.get(int(given.get("chat_id") or 0))
        if phone is None or not phone.started:
            return self.no("chat not found", no(400, "Bad Request: chat not found"))
        if phone.has_blocked:
            return _REFUSALS[Order.BLOCKED]
        why = fault_of(method, given, phone.numbers)
        if why:
            return self.no(why, no(400, f"Bad Request: {why}"))
        if method in ("sendChatAction", "deleteMessage", "setMessageReaction"):
            phone.notice(method, given)
            return yes(True)
        return self.as_ordered(lambda: yes(phone.take(method, given)))


def _parameters(call: Call) -> dict[str, Any]:
    """JSON, or a form whose structured fields are JSON each."""
    if not call.headers.get("content-type", "").startswith("multipart/"):
        return call.json()
    found: dict[str, Any] = dict(call.form())
    for name in {"reply_parameters", "reply_markup", "media", "caption_entities"} & found.keys():
        found[name] = json.loads(found[name])
    return found
