"""A person's end of one network: what they can do there, and what the brand's messages look like to them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from mim_desk.rehearsal.scripts import Act


@dataclass(frozen=True)
class Button:
    """Something the brand lets people press.

    Attributes:
        id: what the provider gives back when it is pressed.
    """

    id: str
    title: str


@dataclass(frozen=True)
class Heard:
    """A message of the brand as the person sees it.

    Attributes:
        sender: who it is from, as the network shows it.
        file: its bytes, or the address of the file where the network shows that.
        quotes: the network's id of the message it answers.
        shown: what stands in a message without words: a place, a contact card, a sticker, as the network names its
            parts.
    """

    id: str
    text: str = ""
    sender: str = ""
    kind: str = "text"
    file: bytes | str = b""
    buttons: tuple[Button, ...] = ()
    quotes: str = ""
    shown: Mapping[str, Any] = field(default_factory=dict)


class Phone:
    """What a person holds in their hand.

    Attributes:
        can: kinds of acts that the network knows besides text (scripts.py).
        heard: everything the brand wrote, in the order it came.
        coming: the same, for whoever waits for it.
    """

    can: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.coming: asyncio.Queue[Heard] = asyncio.Queue()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Look at the network for a while; what comes meanwhile is in ``coming``."""
        yield

    async def do(self, act: Act) -> None:
        """Write, send, press ..."""
        raise NotImplementedError

    async def typing(self) -> None:
        """Let the brand see that one types, where the network tells."""

    async def read(self, heard: Heard) -> None:
        """Let the brand see that this was read, where the network tells."""

    def button(self, title: str) -> Button | None:
        """The newest button of the brand's with this title; whoever finds none writes its words."""
        buttons = (button for heard in reversed(self.heard) for button in heard.buttons)
        return next((button for button in buttons if button.title == title), None)

    def hear(self, heard: Heard) -> None:
        """A message of the brand arrives."""
        self.heard.append(heard)
        self.coming.put_nowait(heard)
