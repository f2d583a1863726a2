"""One simulated visitor: writes, types, waits for the answer, reads it and answers again, at human pace."""

import asyncio
import base64
import hashlib
import hmac
import json
import mimetypes
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from mim_desk.rehearsal.scripts import Script, Turn, file_of
from mim_desk.rehearsal.web_chat import WebChat

LETTERS_PER_S: Final = 7.0
WIDE_LETTERS_PER_S: Final = 3.0
READING_PER_S: Final = 25.0
TYPING_EVERY_S: Final = 3.0
LINGER_S: Final = 4.0


@dataclass(frozen=True)
class Pace:
    """How fast visitors are.

    Attributes:
        speed: 1 is human; 60 makes a minute a second.
        patience_s: how long one waits for an answer before the nudge.
        leaves_after_s: how long one waits after that before leaving.
    """

    speed: float = 1.0
    patience_s: float = 75.0
    leaves_after_s: float = 600.0

    async def pause(self, seconds: float) -> None:
        """Let human seconds pass."""
        await asyncio.sleep(seconds / self.speed)


class Visitor:
    """Plays one script in one chat page."""

    def __init__(self, chat: WebChat, script: Script, pace: Pace, dice: Random) -> None:
        self._chat = chat
        self._script = script
        self._pace = pace
        self._dice = dice
        self._answers: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    async def play(self, proof: Mapping[str, Any] | None) -> bool:
        """Play the script to its end; False when the visitor left for want of an answer."""
        await self._chat.open(self._script.locale, self._script.page_url, self._script.page_title)
        if proof is not None:
            await self._chat.identify(proof)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen(), name=f"{self._script.name} listens")
            try:
                return await self._play_turns()
            finally:
                listening.cancel()

    async def _listen(self) -> None:
        async for event in self._chat.events():
            if event.kind == "message" and event.data.get("role") == "brand":
                self._answers.put_nowait(event.data)

    async def _play_turns(self) -> bool:
        for number, turn in enumerate(self._script.turns):
            await self._say(turn)
            is_last = number == len(self._script.turns) - 1
            if not is_last and not await self._wait_for_answer(turn.nudge):
                return False
        return True

    async def _say(self, turn: Turn) -> None:
        for number, text in enumerate(turn.says):
            await self._pace.pause(self._dice.uniform(0.5, 2.0))
            await self._type(text)
            files = await self._files(turn) if number == len(turn.says) - 1 else []
            await self._chat.write(text, files)

    async def _files(self, turn: Turn) -> list[str]:
        if not turn.file:
            return []
        file = file_of(turn)
        content = await asyncio.to_thread(file.read_bytes)
        mime_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return [await self._chat.upload(file.name, content, mime_type)]

    async def _type(self, text: str) -> None:
        left = typing_s(text) * self._dice.uniform(0.8, 1.3)
        while left > 0:
            await self._chat.typing()
            await self._pace.pause(min(left, TYPING_EVERY_S))
            left -= TYPING_EVERY_S

    async def _wait_for_answer(self, nudge: str) -> bool:
        answered = await self._read_answer(self._pace.patience_s * self._dice.uniform(0.8, 1.4))
        if not answered and nudge:
            await self._say(Turn((nudge,)))
        answered = answered or await self._read_answer(self._pace.leaves_after_s)
        # who has answered once may be writing on
        while answered and await self._read_answer(LINGER_S):
            pass
        return answered

    async def _read_answer(self, within_s: float) -> bool:
        """Wait for the brand's next message and read it; False when none came."""
        try:
            async with asyncio.timeout(within_s / self._pace.speed):
                answer = await self._answers.get()
        except TimeoutError:
            return False
        await self._pace.pause(1 + len(str(answer.get("text", ""))) / READING_PER_S)
        await self._chat.read(str(answer["id"]))
        return True


def typing_s(text: str) -> float:
    """How long a person types ``text``; scripts with thousands of characters go slower."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (len(text) - wide) / LETTERS_PER_S + wide / WIDE_LETTERS_PER_S


def identity_proof(script: Script, widget: str, secret: str) -> dict[str, Any] | None:
    """What the shop's site signs for a customer it knows; None for others (webchat.md, section 3)."""
    if not script.email:
        return None
    now = int(time.time())
    claims = {
        "aud": widget,
        "sub": script.email,
        "name": script.name,
        "email": script.email,
        "iat": now,
        "exp": now + 900,
    }
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return {"jwt": f"{signed}.{_base64(signature)}"}


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
