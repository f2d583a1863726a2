"""Files whose place was left while they were read: they go into its draft, and why one did not is told there."""

from mim_desk.desk.shapes import Draft, LocalFile
from mim_desk.ui.composer.drafts import DraftKeeper, Place


class Elsewhere:
    """What came for conversations that are not in the composer now."""

    def __init__(self, drafts: DraftKeeper) -> None:
        self._drafts = drafts
        self._refused: dict[Place, str] = {}

    def take(self, named: object, file: LocalFile) -> None:
        """Keep a file behind what stands in its place's draft."""
        place = _place(named)
        if place is not None:
            self._drafts.add(place, Draft("", (file,)))

    def refuse(self, named: object, why: str) -> None:
        """Tell it when the place is opened again."""
        place = _place(named)
        if place is not None:
            self._refused[place] = why

    def told_of(self, place: Place) -> str:
        """What is to be told in a place now, once; mostly nothing."""
        return self._refused.pop(place, "")


def _place(named: object) -> Place | None:
    """The composer's; a picture for a sticker is named otherwise."""
    match named:
        case (str(conversation_id), str(mode)):
            return conversation_id, mode
    return None
