"""A Matrix homeserver as the sheet has it: long polling with gaps, sends under transaction ids, files behind the token."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final

import httpx

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.matrix_rooms import BRAND, SERVER, Event, Room, Rooms
from mim_desk.rehearsal.providers.posting import CALM, Delivery
from mim_desk.rehearsal.providers.provider import Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.wire import Answer, Call, Upload, told
from mim_desk.rehearsal.scripts import Act, Script

TOKEN: Final = "syt_rehearsal_of_nobody_0123456789"  # noqa: S105  # of the rehearsal
LARGEST_EVENT: Final = 65_536
LONGEST_WAIT_S: Final = 60.0
USUAL_LIMIT: Final = 10
_FILES: Final = ("m.image", "m.video", "m.audio", "m.file")
_GEO: Final = re.compile(r"geo:-?[0-9.]+,-?[0-9.]+")
_TEXTS: Final = ("m.text", "m.notice", "m.emote", "m.location")


def no(status: int, code: str, why: str, **more: object) -> Answer:
    """A refusal as homeservers say it."""
    return told({"errcode": code, "error": why, **more}, status)


_REFUSALS: Final = {
    Order.BLOCKED: no(403, "M_FORBIDDEN", "You are not in the room."),
    Order.BUSY: no(429, "M_LIMIT_EXCEEDED", "Too Many Requests", retry_after_ms=500),
    Order.TOKEN_EXPIRED: no(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.", soft_logout=False),
    Order.BROKEN: no(502, "M_UNKNOWN", "Bad gateway"),
}


class Matrix(Provider):
    """The homeserver with the brand's user."""

    channel = "matrix"
    tells = "read"
    refusals = _REFUSALS

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.rooms = Rooms(self.clock, self._wake)
        self._people: dict[str, MatrixPhone] = {}
        self._names = {BRAND: self.brand}
        self._transactions: dict[str, Answer] = {}
        self._uploads: dict[str, Upload] = {}
        self._news = asyncio.Event()
        self._closing = False
        self._numbers = itertools.count(1)
        self._dice = Random(self.mischief.seed)  # noqa: S311  # a game, no secret

    @asynccontextmanager
    async def at_work(self, address: str, http: httpx.AsyncClient) -> AsyncIterator[None]:
        async with super().at_work(address, http):
            try:
                yield
            finally:
                self._closing = True
                self._wake()

    def connection(self) -> Connection:
        return Connection("Matrix", {"homeserver": self.address, "user_id": BRAND}, {"access_token": TOKEN})

    def new_phone(self, script: Script) -> Phone:
        phone = MatrixPhone(self, script)
        self._people[phone.id] = phone
        self._names[phone.id] = script.name
        return phone

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        """Nothing is brought: the hub asks."""
        return []

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def open_room(self, phone: "MatrixPhone") -> Room:
        """A direct room with the brand, who is invited."""
        return self.rooms.make(phone.id, [BRAND], self._names)

    def say(self, phone: "MatrixPhone", room: Room, kind: str, content: Mapping[str, Any], **more: Any) -> str:
        """An event of a person; where there is mischief, their own server may bring it late."""
        event = self.rooms.made(kind, phone.id, content, **more)
        if self.mischief != CALM and self._dice.random() < self.mischief.held:
            late_s = self._dice.uniform(0, self.mischief.held_s)
            asyncio.get_running_loop().call_later(late_s, self.rooms.enter, room, event)
        else:
            self.rooms.enter(room, event)
        return str(event["event_id"])

    async def answer(self, call: Call) -> Answer:
        if call.bearer != TOKEN:
            code = "M_UNKNOWN_TOKEN" if call.bearer else "M_MISSING_TOKEN"
            return self.no("wrong access token", no(401, code, "Invalid access token passed.", soft_logout=False))
        match (call.method, *call.path.strip("/").split("/")[1:]):
            case "GET", "client", "v3", "account", "whoami":
                return told({"user_id": BRAND, "device_id": "REHEARSAL", "is_guest": False})
            case "GET", "client", "v3", "sync":
                return await self._sync(call)
            case "GET", "client", "v1", "media", "download", server, file_id if server == SERVER:
                return self.file(file_id)
            case "POST", "media", "v3", "upload":
                return self._upload(call)
            case "POST", "client", "v3", "createRoom":
                return self._create(call)
            case (method, "client", "v3", "rooms", room_id, *rest):
                return self._in_room(method, room_id, rest, call)
        return self.no(f"no such call: {call.method} {call.path}", no(404, "M_UNRECOGNIZED", "Unrecognized request"))

    async def _sync(self, call: Call) -> Answer:
        since = _place(call.query.get("since", ""), "s")
        if since is None:
            return self.no("a place nobody gave", no(400, "M_INVALID_PARAM", "Invalid since token"))
        limit = cut = _limit(call.query.get("filter", ""))
        if self.mischief != CALM:
            cut = min(limit, 1 + self._dice.randrange(4))
        wait_s = min(float(call.query.get("timeout") or 0) / 1000, LONGEST_WAIT_S)
        found = await self._new_since(since, wait_s, limit, cut)
        answer = told({"next_batch": f"s{self.rooms.place}", "rooms": found})
        return Answer(lost=True) if self._dice.random() < self.mischief.twice / 3 else answer

    async def _new_since(self, since: int, wait_s: float, limit: int, cut: int) -> dict[str, Any]:
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    changed = self._news
                    found = self.rooms.news(since, limit, cut)
                    if any(found.values()) or not wait_s or self._closing:
                        return found
                    await changed.wait()
        except TimeoutError:
            return self.rooms.news(since, limit, cut)

    def _upload(self, call: Call) -> Answer:
        if not call.body:
            return self.no("an empty upload", no(400, "M_INVALID_PARAM", "Empty upload"))
        media_id = f"up{next(self._numbers)}"
        mime_type = call.headers.get("content-type", "application/octet-stream")
        self._uploads[media_id] = Upload(call.query.get("filename", ""), mime_type, call.body)
        return told({"content_uri": f"mxc://{SERVER}/{media_id}"})

    def _create(self, call: Call) -> Answer:
        invited = [self._people[one] for one in call.json().get("invite") or () if one in self._people]
        if not invited:
            return self.no("nobody is invited", no(400, "M_INVALID_PARAM", "Nobody to invite"))
        room = self.rooms.make(BRAND, [phone.id for phone in invited], self._names)
        room.joined_at = 1
        for phone in invited:
            self.rooms.join(room, phone.id, self._names)
            phone.room = room
        return told({"room_id": room.id})

    def _in_room(self, method: str, room_id: str, path: Sequence[str], call: Call) -> Answer:
        room = self.rooms.get(room_id)
        if room is None or BRAND not in room.members:
            return self.no("a foreign room", no(403, "M_FORBIDDEN", f"User {BRAND} not in room {room_id}"))
        if (method, *path) == ("POST", "join"):
            self.rooms.join(room, BRAND, self._names)
            return told({"room_id": room_id})
        if room.members[BRAND] != "join":
            return self.no("not yet joined", no(403, "M_FORBIDDEN", f"User {BRAND} not in room {room_id}"))
        match (method, *path):
            case "GET", "joined_members" | "messages" as what:
                return self._back(room, call) if what == "messages" else self._joined(room)
            case "PUT", "send", kind, txn_id:
                return self.as_ordered(lambda: self._once(txn_id, lambda: self._said(room, kind, call)))
            case "PUT", "redact", event_id, txn_id:
                return self._once(txn_id, lambda: self._redacted(room, event_id))
            case "PUT", "typing", user if user == BRAND:
                self.rooms.flit(room, "m.typing", {"user_ids": [BRAND] if call.json().get("typing") else []})
                return told({})
            case "POST", "receipt", "m.read" | "m.read.private", event_id if room.event(event_id):
                for phone in self._in(room):
                    phone.read_by_brand.append(event_id)
                return told({})
        return self.no(f"no such call: {method} {path}", no(404, "M_UNRECOGNIZED", "Unrecognized request"))

    def _joined(self, room: Room) -> Answer:
        there = [who for who, membership in room.members.items() if membership == "join"]
        return told({"joined": {who: {"display_name": self._names.get(who)} for who in there}})

    def _back(self, room: Room, call: Call) -> Answer:
        start, until = _place(call.query.get("from", ""), "t"), _place(call.query.get("to", ""), "s")
        if start is None or until is None or call.query.get("dir") != "b":
            return self.no("a page that cannot be read", no(400, "M_INVALID_PARAM", "Invalid from, to or dir"))
        limit = int(call.query.get("limit") or USUAL_LIMIT)
        if self.mischief != CALM:
            limit = min(limit, 1 + self._dice.randrange(4))
        return told(self.rooms.back(room, start, until, limit))

    def _once(self, txn_id: str, act: Any) -> Answer:
        """The same transaction is answered as the first time."""
        if txn_id not in self._transactions:
            answer = act()
            if answer.status != 200:
                return answer  # type: ignore[no-any-return]  # an Answer
            self._transactions[txn_id] = answer
        return self._transactions[txn_id]

    def _said(self, room: Room, kind: str, call: Call) -> Answer:
        content = call.json()
        why = self._why_not(kind, content, len(call.body))
        if why:
            return self.no(why[2], no(*why))
        event = self.rooms.made(kind, BRAND, content)
        self.rooms.enter(room, event)
        for phone in self._in(room):
            phone.hear_event(event, self._uploads)
        return told({"event_id": event["event_id"]})

    def _why_not(self, kind: str, content: Mapping[str, Any], size: int) -> tuple[int, str, str] | None:
        media = str(content.get("url", "")).rpartition("/")[2]
        said = str(content.get("msgtype", ""))
        faults = (
            (not content, 400, "M_NOT_JSON", "Content not JSON."),
            (size > LARGEST_EVENT, 413, "M_TOO_LARGE", "event too large"),
            (kind == "m.room.message" and said not in (*_TEXTS, *_FILES), 400, "M_BAD_JSON", "unknown msgtype"),
            (kind == "m.room.message" and not content.get("body"), 400, "M_BAD_JSON", "'body' not in content"),
            (kind == "m.sticker" and not content.get("body"), 400, "M_BAD_JSON", "'body' not in content"),
            (said == "m.location" and not _GEO.match(str(content.get("geo_uri"))), 400, "M_BAD_JSON", "no geo_uri"),
            (
                (said in _FILES or kind == "m.sticker") and media not in self._uploads,
                400,
                "M_BAD_JSON",
                "a file nobody uploaded",
            ),
        )
        return next(((status, code, why) for wrong, status, code, why in faults if wrong), None)

    def _redacted(self, room: Room, event_id: str) -> Answer:
        if room.event(event_id) is None:
            return self.no("an event nobody sent", no(404, "M_NOT_FOUND", "Event not found."))
        event = self.rooms.made("m.room.redaction", BRAND, {"redacts": event_id}, redacts=event_id)
        self.rooms.enter(room, event)
        return told({"event_id": event["event_id"]})

    def _in(self, room: Room) -> list["MatrixPhone"]:
        return [phone for one, phone in self._people.items() if room.members.get(one) == "join"]


def _place(token: str, letter: str) -> int | None:
    """The place in a token; 0 without one, None where it is none of ours."""
    if not token:
        return 0
    number = token.removeprefix(letter)
    return int(number) if token.startswith(letter) and number.isdigit() else None


def _limit(filter_: str) -> int:
    """How many events of a room the filter wants."""
    try:
        wanted = json.loads(filter_ or "{}")
    except ValueError:
        return USUAL_LIMIT
    return int(wanted.get("room", {}).get("timeline", {}).get("limit", USUAL_LIMIT))


class MatrixPhone(Phone):
    """A person's Matrix client.

    Attributes:
        read_by_brand: events that the brand let them see as read.
    """

    can = frozenset({"file", "sticker", "place", "quote", "react", "edit", "unsend"})

    def __init__(self, matrix: Matrix, script: Script) -> None:
        super().__init__()
        self.id = f"@guest{digits(script.name, 8)}:{SERVER}"
        self.room: Room | None = None
        self.read_by_brand: list[str] = []
        self._matrix = matrix
        self._last = ""

    def _here(self) -> Room:
        if self.room is None:
            self.room = self._matrix.open_room(self)
        return self.room

    async def do(self, act: Act) -> None:
        room, newest = self._here(), self.heard[-1].id if self.heard else ""
        match act.kind:
            case "edit" if self._last:
                new = {"msgtype": "m.text", "body": act.text}
                replaces = {"rel_type": "m.replace", "event_id": self._last}
                content = {**new, "body": f"* {act.text}", "m.new_content": new, "m.relates_to": replaces}
                self._matrix.say(self, room, "m.room.message", content)
            case "unsend" if self._last:
                self._matrix.say(self, room, "m.room.redaction", {"redacts": self._last}, redacts=self._last)
            case "react" if newest:
                relates = {"rel_type": "m.annotation", "event_id": newest, "key": act.text}
                self._matrix.say(self, room, "m.reaction", {"m.relates_to": relates})
            case _:
                quote = {"m.relates_to": {"m.in_reply_to": {"event_id": newest}}} if act.kind == "quote" else {}
                kind = "m.sticker" if act.kind == "sticker" else "m.room.message"
                self._last = self._matrix.say(self, room, kind, {**self._content(act), **quote})

    def _content(self, act: Act) -> dict[str, Any]:
        if act.kind == "place" and act.at:
            return {"msgtype": "m.location", "body": act.text, "geo_uri": f"geo:{act.at[0]},{act.at[1]}"}
        if not act.file:
            return {"msgtype": "m.text", "body": act.text}
        kept = self._matrix.keep(act)
        family = kept.mime_type.partition("/")[0]
        info = {"mimetype": kept.mime_type, "size": len(kept.data)}
        content = {"body": act.text or kept.name, "url": f"mxc://{SERVER}/{kept.id}", "info": info}
        if act.kind == "sticker":
            return content
        kind = f"m.{family}" if family in ("image", "video", "audio") else "m.file"
        return {**content, "msgtype": kind, "filename": kept.name}

    def hear_event(self, event: Event, uploads: Mapping[str, Upload]) -> None:
        """The brand said something."""
        content = event["content"]
        if (
            event["type"] not in ("m.room.message", "m.sticker")
            or (content.get("m.relates_to") or {}).get("rel_type") == "m.replace"
        ):
            return
        upload = uploads.get(str(content.get("url", "")).rpartition("/")[2])
        kind = str(content.get("msgtype") or event["type"]).removeprefix("m.")
        quotes = str(((content.get("m.relates_to") or {}).get("m.in_reply_to") or {}).get("event_id", ""))
        data = upload.data if upload else b""
        shown = {"geo_uri": content["geo_uri"]} if kind == "location" else {}
        brand = self._matrix.brand
        self.hear(Heard(event["event_id"], str(content["body"]), brand, kind, data, quotes=quotes, shown=shown))

    async def typing(self) -> None:
        self._matrix.rooms.flit(self._here(), "m.typing", {"user_ids": [self.id]})

    async def read(self, heard: Heard) -> None:
        seen = {heard.id: {"m.read": {self.id: {"ts": self._matrix.rooms.now_ms()}}}}
        self._matrix.rooms.flit(self._here(), "m.receipt", seen)

    def leave(self) -> None:
        """Leave the room."""
        room = self._here()
        room.members[self.id] = "leave"
        event = self._matrix.rooms.made("m.room.member", self.id, {"membership": "leave"}, state_key=self.id)
        self._matrix.rooms.enter(room, event)
