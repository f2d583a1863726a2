"""Telegram's Bot API as the sheet has it: updates by long polling or webhook, never both; no receipts at all."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, ClassVar, Final

import httpx

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.posting import CALM, Delivery, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.telegram_rules import fault_of
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, Upload, told
from mim_desk.rehearsal.scripts import Act, Script

TOKEN: Final = "4711:AAHrehearsal_token_of_nobody_012345"  # noqa: S105  # of the rehearsal
BOT: Final = {"id": 4711, "is_bot": True, "username": "JuniperSailBot"}
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
        self._dice = Random(self.mischief.seed)  # noqa: S311  # a game, no secret

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
        phone = TelegramPhone(self, script)
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
            case "getWebhookInfo":
                return yes({"url": self.called[0], "pending_update_count": len(self.unread)})
            case "getMe":
                return yes({**BOT, "first_name": self.brand})
            case "getFile":
                return self._where(str(given.get("file_id", "")))
            case "answerCallbackQuery":
                return yes(True)
        return self._addressed(method, given)

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


class TelegramPhone(Phone):
    """A person's Telegram.

    Attributes:
        started: whether the person has pressed Start, before which no bot may write.
        numbers: of the messages in this chat.
    """

    can = frozenset({"file", "sticker", "voice", "place", "card", "quote", "react", "press", "edit"})

    def __init__(self, telegram: Telegram, script: Script) -> None:
        super().__init__()
        self.id = int(digits(script.name, 10))
        self.started = self.has_blocked = False
        self.numbers: set[int] = set()
        self._telegram = telegram
        self._names = script.name.partition(" ")
        self._locale = script.locale
        self._next = itertools.count(11)
        self._last: dict[str, Any] = {}

    def _number(self) -> int:
        made = next(self._next)
        self.numbers.add(made)
        return made

    def _chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", **self._person()}

    def _person(self) -> dict[str, Any]:
        first, _, last = self._names
        return {"first_name": first, **({"last_name": last} if last else {})}

    def _sender(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "language_code": self._locale, **self._person()}

    async def do(self, act: Act) -> None:
        self.started = True
        now = int(self._telegram.clock())
        ours = self._ours()
        button = self.button(act.text)
        match act.kind:
            case "edit" if self._last:
                self._last |= {"text": act.text, "edit_date": now}
                return await self._telegram.tell(edited_message=dict(self._last))
            case "react" if ours:
                change = {"old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": act.text}]}
                where = {"chat": self._chat(), "message_id": ours["message_id"], "user": self._sender(), "date": now}
                return await self._telegram.tell(message_reaction={**where, **change})
            case "press" if button:
                query = {"id": f"cq{self._number()}", "from": self._sender(), "chat_instance": "ci", "data": button.id}
                return await self._telegram.tell(callback_query={**query, "message": ours})
        head = {"message_id": self._number(), "date": now, "chat": self._chat(), "from": self._sender()}
        quote = {"reply_to_message": ours} if act.kind == "quote" and ours else {}
        self._last = {**head, **quote, **self._content(act)}
        return await self._telegram.tell(message=self._last)

    def _ours(self) -> dict[str, Any]:
        """The bot's newest message as updates show it."""
        newest = next((heard for heard in reversed(self.heard) if heard.kind != "reaction"), None)
        if newest is None:
            return {}
        head = {"message_id": int(newest.id), "date": int(self._telegram.clock()), "chat": self._chat()}
        return {**head, "from": {**BOT, "first_name": self._telegram.brand}, "text": newest.text}

    def _content(self, act: Act) -> dict[str, Any]:
        if act.kind == "place" and act.at:
            spot = {"latitude": act.at[0], "longitude": act.at[1]}
            return {
                "location": spot,
                **({"venue": {"location": spot, "title": act.text, "address": ""}} if act.text else {}),
            }
        if act.kind == "card":
            return {"contact": {"phone_number": f"+{digits(act.text, 11)}", "first_name": act.text}}
        if not act.file:
            return {"text": act.text}
        kept = self._telegram.keep(act)
        file = {"file_id": kept.id, "file_unique_id": f"u{kept.id}", "file_size": len(kept.data)}
        caption = {"caption": act.text} if act.text else {}
        if act.kind == "sticker":
            return {
                "sticker": {
                    **file,
                    "width": 512,
                    "height": 512,
                    "type": "regular",
                    "is_animated": False,
                    "is_video": False,
                }
            }
        if act.kind == "voice":
            return {"voice": {**file, "duration": 2, "mime_type": kept.mime_type}, **caption}
        if kept.mime_type in ("image/png", "image/jpeg"):
            return {"photo": [{**file, "width": 320, "height": 240}], **caption}
        return {"document": {**file, "file_name": kept.name, "mime_type": kept.mime_type}, **caption}

    def notice(self, method: str, given: Mapping[str, Any]) -> None:
        """What the bot does to the chat besides writing."""
        if method == "setMessageReaction":
            emoji = "".join(str(one.get("emoji", "")) for one in given.get("reaction") or ())
            self.hear(Heard(str(given["message_id"]), emoji, self._telegram.brand, "reaction"))

    def take(self, method: str, given: Mapping[str, Any]) -> Any:
        """A message of the bot arrives; of an album several. Answers what the Bot API answers."""
        if method == "sendMediaGroup":
            return [self._taken("album", {**one, "file": given.get(one["media"][9:])}) for one in given["media"]]
        kind = method.removeprefix("send").lower()
        return self._taken(kind, {**given, "file": given.get(kind)})

    def _taken(self, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
        number = self._number()
        text = str(given.get("text") or given.get("caption") or "")
        file = given.get("file")
        rows = (given.get("reply_markup") or {}).get("inline_keyboard") or ()
        buttons = tuple(Button(str(one.get("callback_data", "")), str(one["text"])) for row in rows for one in row)
        quotes = str((given.get("reply_parameters") or {}).get("message_id", ""))
        data = file.data if isinstance(file, Upload) else b""
        self.hear(Heard(str(number), text, self._telegram.brand, kind, data, buttons, quotes))
        return {"message_id": number, "date": int(self._telegram.clock()), "chat": self._chat(), "text": text}

    async def block(self, *, blocked: bool = True) -> None:
        """Stop the bot, or let it in again."""
        self.has_blocked = blocked
        status = {"status": "kicked", "until_date": 0} if blocked else {"status": "member"}
        bot = {**BOT, "first_name": self._telegram.brand}
        change = {"old_chat_member": {"status": "member", "user": bot}, "new_chat_member": {**status, "user": bot}}
        now = int(self._telegram.clock())
        await self._telegram.tell(my_chat_member={"chat": self._chat(), "from": self._sender(), "date": now, **change})
