"""A person's Telegram: what they do as updates, and what the bot sends as they see it."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.provider import Provider, digits
from mim_desk.rehearsal.providers.telegram_rules import SHOWN
from mim_desk.rehearsal.providers.wire import Upload
from mim_desk.rehearsal.scripts import Act, Script

BOT: Final = {"id": 4711, "is_bot": True, "username": "JuniperSailBot"}
_NOTHING: Final[Mapping[str, Any]] = {}
Tell = Callable[..., Awaitable[None]]
"""Called with one kind of update and its content."""


class TelegramPhone(Phone):
    """A person's Telegram.

    Attributes:
        started: whether the person has pressed Start, before which no bot may write.
        numbers: of the messages in this chat.
        picture: what the person shows of themselves; none where it is empty.
    """

    can = frozenset({"file", "sticker", "voice", "place", "card", "quote", "react", "press", "edit"})

    def __init__(self, network: Provider, tell: Tell, script: Script) -> None:
        super().__init__()
        self.id = int(digits(script.name, 10))
        self.started = self.has_blocked = False
        self.numbers: set[int] = set()
        self.picture = b""
        self._network = network
        self._tell = tell
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
        now = int(self._network.clock())
        ours = self._ours()
        button = self.button(act.text)
        match act.kind:
            case "edit" if self._last:
                self._last |= {"text": act.text, "edit_date": now}
                return await self._tell(edited_message=dict(self._last))
            case "react" if ours:
                change = {"old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": act.text}]}
                where = {"chat": self._chat(), "message_id": ours["message_id"], "user": self._sender(), "date": now}
                return await self._tell(message_reaction={**where, **change})
            case "press" if button:
                query = {"id": f"cq{self._number()}", "from": self._sender(), "chat_instance": "ci", "data": button.id}
                return await self._tell(callback_query={**query, "message": ours})
        head = {"message_id": self._number(), "date": now, "chat": self._chat(), "from": self._sender()}
        quote = {"reply_to_message": ours} if act.kind == "quote" and ours else {}
        self._last = {**head, **quote, **self._content(act)}
        return await self._tell(message=self._last)

    def _ours(self) -> dict[str, Any]:
        """The bot's newest message as updates show it."""
        newest = next((heard for heard in reversed(self.heard) if heard.kind != "reaction"), None)
        if newest is None:
            return {}
        head = {"message_id": int(newest.id), "date": int(self._network.clock()), "chat": self._chat()}
        return {**head, "from": {**BOT, "first_name": self._network.brand}, "text": newest.text}

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
        kept = self._network.keep(act)
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
            self.hear(Heard(str(given["message_id"]), emoji, self._network.brand, "reaction"))

    def take(self, method: str, given: Mapping[str, Any]) -> Any:
        """A message of the bot arrives; of an album several. Answers what the Bot API answers."""
        if method == "sendMediaGroup":
            return [self._taken("album", {**one, "file": given.get(one["media"][9:])}) for one in given["media"]]
        kind = method.removeprefix("send").lower()
        shown = {name: given[name] for name in SHOWN.get(method, ())}
        return self._taken(kind, {**given, "file": given.get(kind)}, shown)

    def _taken(self, kind: str, given: Mapping[str, Any], shown: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
        number = self._number()
        text = str(given.get("text") or given.get("caption") or "")
        file = given.get("file")
        markup = given.get("reply_markup") or {}
        rows = [*(markup.get("inline_keyboard") or ()), *(markup.get("keyboard") or ())]
        buttons = tuple(Button(str(one.get("callback_data", "")), str(one["text"])) for row in rows for one in row)
        quotes = str((given.get("reply_parameters") or {}).get("message_id", ""))
        data = file.data if isinstance(file, Upload) else b""
        if kind == "sticker" and not data:
            shown = {"sticker": str(file)}
        self.hear(Heard(str(number), text, self._network.brand, kind, data, buttons, quotes, shown))
        return {"message_id": number, "date": int(self._network.clock()), "chat": self._chat(), "text": text}

    async def block(self, *, blocked: bool = True) -> None:
        """Stop the bot, or let it in again."""
        self.has_blocked = blocked
        status = {"status": "kicked", "until_date": 0} if blocked else {"status": "member"}
        bot = {**BOT, "first_name": self._network.brand}
        change = {"old_chat_member": {"status": "member", "user": bot}, "new_chat_member": {**status, "user": bot}}
        now = int(self._network.clock())
        await self._tell(my_chat_member={"chat": self._chat(), "from": self._sender(), "date": now, **change})
