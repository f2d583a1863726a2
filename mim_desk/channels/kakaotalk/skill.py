"""The bot's skill server: what people tell the bot is kept, and answered at once with the brand's line and a way to people.

Kakao waits five seconds for the answer, so no person can give it; people answer in consultation talk.
https://kakaobusiness.gitbook.io/main/tool/chatbot/skill_guide/answer_json_format
"""

import hashlib
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    Account,
    HandshakeAnswer,
    IncomingFile,
    IncomingMessage,
    Parsed,
    RawRequest,
    Sender,
    Unknown,
)
from mim_desk.channels.kakaotalk import skill_files
from mim_desk.channels.shared.json_bodies import read, word
from mim_desk.domain.message import MessageType
from mim_desk.domain.refusal import Refusal

PERSON: Final = "bot:"
"""What the ids of people begin with who write to the bot: they are others than those of consultation talk."""
LONGEST_ANSWER: Final = 1000
LONGEST_LABEL: Final = 14
"""[unverified] The sheet names no length of a quick reply's label."""
_LONGEST_KEY: Final = 70
_MOST_FACTS: Final = 10
_DEFAULT: Final = "문의를 받았습니다."


Word = str | int | None
"""Digits may come as a number."""


class User(msgspec.Struct, frozen=True):
    """``{"id": "bot-user-1", "type": "botUserKey"}``."""

    id: Word = None


class Named(msgspec.Struct, frozen=True):
    """``{"id": "blk1", "name": "Ask"}``."""

    id: Word = None
    name: Word = None


class Params(msgspec.Struct, frozen=True):
    """``{"surface": "Kakaotalk.plusfriend", "media": {"type": "image", "url": "https://..."}}``."""

    media: msgspec.Raw = msgspec.Raw()


class Asked(msgspec.Struct, frozen=True):
    """``{"lang": "ko", "timezone": "Asia/Seoul", "utterance": "배송 언제 와요?", "block": {...}, "user": {...}}``."""

    user: User
    utterance: str | None = None
    lang: Any = None
    timezone: Any = None
    block: msgspec.Raw = msgspec.Raw()
    params: msgspec.Raw = msgspec.Raw()


class Action(msgspec.Struct, frozen=True):
    """``{"id": "act1", "name": "intake", "params": {"order": "77"}}``: what the bot asked for and was told."""

    params: dict[str, Any] = {}


class Call(msgspec.Struct, frozen=True, rename={"asked": "userRequest"}):
    """``{"userRequest": {...}, "bot": {"id": "bot1!", "name": "Demo"}, "action": {...}}``."""

    asked: Asked
    bot: Named | None = None
    action: msgspec.Raw = msgspec.Raw()

    @property
    def told(self) -> dict[str, Any]:
        """What the bot asked for and was told."""
        return (read(_action, self.action) or Action()).params


class Skill(msgspec.Struct, frozen=True, rename={"asked": "userRequest"}):
    """Any call of a skill, however odd: Kakao shows people its own error where it gets no answer."""

    asked: msgspec.Raw


_call: Final = msgspec.json.Decoder(Call)
_skill: Final = msgspec.json.Decoder(Skill)
_action: Final = msgspec.json.Decoder(Action)
_named: Final = msgspec.json.Decoder(Named)
_params: Final = msgspec.json.Decoder(Params)


def check(settings: Any) -> None:
    """Raise a Refusal that names the field."""
    if len(str(settings.get("skill_answer") or "")) > LONGEST_ANSWER:
        told = f"The bot's answer has up to {LONGEST_ANSWER} characters."
        raise Refusal("invalid-settings", told, "settings.skill_answer")


def parsed(account: Account, request: RawRequest) -> Parsed | None:
    """What somebody told the bot, with the answer it gives; None for a delivery of the dealer."""
    call = read(_call, request.body)
    if call is None:
        is_skill = read(_skill, request.body) is not None
        return Parsed((Unknown("skill", "cannot be read"),), _answer(account)) if is_skill else None
    named = str(account.settings.get("skill_bot_id") or "").replace(",", " ").split()
    wanted = [one.removesuffix("!") for one in named]
    if wanted and (call.bot is None or str(call.bot.id or "").removesuffix("!") not in wanted):
        return Parsed((Unknown("skill", "another bot"),), _answer(account))
    key = str(call.asked.user.id or "")[:_LONGEST_KEY]
    event = _message(call, key, request) if key else Unknown("skill", "nobody is named")
    return Parsed((event,), _answer(account))


def _message(call: Call, key: str, request: RawRequest) -> IncomingMessage:
    text = (call.asked.utterance or "").strip()
    kind = MessageType.TEXT if text else MessageType.UNSUPPORTED
    files: tuple[IncomingFile, ...] = ()
    sent = skill_files.sent(call.told, (read(_params, call.asked.params) or Params()).media)
    if sent is not None:
        kind, files = sent
        text = "" if any(text == one.url for one in files) else text
    block = read(_named, call.asked.block) or Named()
    told = {"kind": "bot", "block": block.name or block.id, "bot": call.bot.name if call.bot else None}
    return IncomingMessage(
        external_id=_id(request),
        sender=_person(call, key),
        occurred_at=request.received_at,
        type=kind,
        text=text,
        files=files,
        details={name: str(value)[:300] for name, value in told.items() if value},
        wants_answer=False,
    )


def _person(call: Call, key: str) -> Sender:
    """Who asks, with what the bot found out: unproven, since nothing in a call is signed."""
    words = {name: value.strip() for name, value in call.told.items() if isinstance(value, str) and value.strip()}
    told = {name: value for name, value in words.items() if not skill_files.secured(value)}
    fields = {f"claimed.{name[:60]}": value[:300] for name, value in list(told.items())[:_MOST_FACTS]}
    return Sender(
        PERSON + key, language=word(call.asked.lang)[:20], time_zone=word(call.asked.timezone)[:60], fields=fields
    )


def _id(request: RawRequest) -> str:
    """Kakao tells a call's id in a header alone; without one each call is new."""
    given = request.headers.get("x-request-id", "")
    if given:
        return f"skill:{given[:200]}"
    return f"skill:{hashlib.sha256(_stamp(request.received_at) + request.body).hexdigest()[:40]}"


def _stamp(at: datetime) -> bytes:
    return str(at.timestamp()).encode()


def _answer(account: Account) -> HandshakeAnswer:
    """The brand's line, and below it the way to people where there is one."""
    settings = account.settings
    text = str(settings.get("skill_answer") or _DEFAULT)
    template: dict[str, Any] = {"outputs": [{"simpleText": {"text": text}}]}
    block = str(settings.get("skill_block") or "")
    if block:
        label = str(settings.get("skill_label") or "상담원 연결")[:LONGEST_LABEL]
        template["quickReplies"] = [{"label": label, "action": "block", "blockId": block, "messageText": label}]
    body = msgspec.json.encode({"version": "2.0", "template": template})
    return HandshakeAnswer(body, content_type="application/json")


def refuse(recipient: str) -> None:
    """Raise a Refusal where somebody wrote to the bot alone."""
    if recipient.startswith(PERSON):
        reason = "This was written to the bot, which has answered. The customer has to open consultation talk to be answered by you."
        raise Refusal("bot-only", reason)
