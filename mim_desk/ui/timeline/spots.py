"""Parts of an entry that can be clicked, and how quoted text is folded away behind one of them."""

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QRectF

from mim_desk.protocol import rows
from mim_desk.ui.timeline import wording

SpotKind = Literal[
    "quote",
    "file",
    "image",
    "place",
    "retry",
    "send_again",
    "review",
    "show_all",
    "fold",
    "reaction",
    "fact",
    "offered",
    "link_offered",
]
FOLD: Final = (34.0, 16.0)
_ABOVE: Final = 4.0


@dataclass(slots=True)
class Spot:
    """A part of an entry that is more than text.

    Attributes:
        kind: what a click on it does.
        rect: where, from the entry's top.
        text: what is written in it.
        attachment: the file it stands for.
    """

    kind: SpotKind
    rect: QRectF
    text: str = ""
    attachment: rows.Attachment | None = None


def quoted(message: rows.Message) -> str:
    """What a message quotes of earlier ones, and signatures: kept beside its words."""
    return "" if message.deleted_at is not None else message.details.get("quoted", "")


def words(message: rows.Message, *, unfolded: bool) -> str:
    """The words of a message, with what it quotes when that is asked for."""
    body, more = wording.body(message), quoted(message) if unfolded else ""
    return f"{body}\n\n{more}" if more else body


def add_fold(spots: list[Spot], message: rows.Message, y: float) -> float:
    """Three dots below the words of a message that quotes; where the next thing stands."""
    if not quoted(message):
        return y
    spots.append(Spot("fold", QRectF(0.0, y + _ABOVE, *FOLD)))
    return y + _ABOVE + FOLD[1]


def fold_words(*, unfolded: bool) -> str:
    """What the dots do."""
    return wording.tr("Hide quoted text") if unfolded else wording.tr("Show quoted text")
