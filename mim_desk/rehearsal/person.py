"""One simulated person: writes, types, waits for the answer, reads it and answers again, at human pace."""

import asyncio
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.scripts import Act, Script

LETTERS_PER_S: Final = 7.0
WIDE_LETTERS_PER_S: Final = 3.0
READING_PER_S: Final = 25.0
TYPING_EVERY_S: Final = 3.0
LINGER_S: Final = 4.0


@dataclass(frozen=True)
class Pace:
    """How fast people are.

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


class Person:
    """Plays one script on one phone."""

    def __init__(self, phone: Phone, script: Script, pace: Pace, dice: Random) -> None:
        self._phone = phone
        self._script = script
        self._pace = pace
        self._dice = dice

    async def play(self) -> bool:
        """Play the script to its end; False when the person left for want of an answer."""
        async with self._phone.open():
            for number, turn in enumerate(self._script.turns):
                await self._say(turn.says)
                is_last = number == len(self._script.turns) - 1
                if not is_last and not await self._wait_for_answer(turn.nudge):
                    return False
        return True

    async def _say(self, acts: Sequence[Act]) -> None:
        for act in acts:
            await self._pace.pause(self._dice.uniform(0.5, 2.0))
            await self._type(act.text)
            await self._phone.do(act)

    async def _type(self, text: str) -> None:
        left = typing_s(text) * self._dice.uniform(0.8, 1.3)
        while left > 0:
            await self._phone.typing()
            await self._pace.pause(min(left, TYPING_EVERY_S))
            left -= TYPING_EVERY_S

    async def _wait_for_answer(self, nudge: str) -> bool:
        answered = await self._read_answer(self._pace.patience_s * self._dice.uniform(0.8, 1.4))
        if not answered and nudge:
            await self._say((Act(text=nudge),))
        answered = answered or await self._read_answer(self._pace.leaves_after_s)
        # who has answered once may be writing on
        while answered and await self._read_answer(LINGER_S):
            pass
        return answered

    async def _read_answer(self, within_s: float) -> bool:
        """Wait for the brand's next message and read it; False when none came."""
        try:
            async with asyncio.timeout(within_s / self._pace.speed):
                answer = await self._phone.coming.get()
        except TimeoutError:
            return False
        await self._pace.pause(1 + len(answer.text) / READING_PER_S)
        await self._phone.read(answer)
        return True


def typing_s(text: str) -> float:
    """How long a person types ``text``; scripts with thousands of characters go slower."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (len(text) - wide) / LETTERS_PER_S + wide / WIDE_LETTERS_PER_S
