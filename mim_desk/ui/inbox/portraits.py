"""Pictures of contacts for rows and headers: round, made once for each size, asked for while letters stand in."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from mim_desk.desk.changes import Change
from mim_desk.protocol import rows
from mim_desk.ui.timeline.thumbnails import Thumbnails

if TYPE_CHECKING:
    from mim_desk.desk.session import Session

_KEPT: Final = 1000
_KNOWN: Final = 10_000


class Portraits(QObject):
    """Who has a picture is read from the cache in a worker thread, once for each contact that was painted.

    Attributes:
        came: paint again, a picture is here or went away.
    """

    came = Signal()

    def __init__(self, session: "Session", pictures: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._pictures = session, pictures
        self._avatars: dict[str, rows.Attachment | None] = {}
        self._round: OrderedDict[tuple[str, int, float], QPixmap] = OrderedDict()
        self._wanted: set[str] = set()
        self._reading = False
        self._end = session.changes.subscribe(self._changed)
        pictures.ready.connect(self.came)

    def close(self) -> None:
        """Nobody paints any more."""
        self._end()
        self._pictures.ready.disconnect(self.came)

    def of(self, contact_id: str, side: int, ratio: float) -> QPixmap | None:
        """A contact's picture if it is here; else it is asked for and ``came`` tells."""
        if contact_id not in self._avatars:
            self._read([contact_id])
            return None
        avatar = self._avatars[contact_id]
        if avatar is None:
            return None
        key = (avatar.id, side, ratio)
        made = self._round.get(key)
        if made is None:
            picture = self._pictures.picture(avatar)
            if picture is None:
                return None
            made = self._round[key] = rounded(picture, side, ratio)
            if len(self._round) > _KEPT:
                self._round.popitem(last=False)
        return made

    def knows(self, contact_id: str) -> bool:
        """Whether it was read if they have a picture."""
        return contact_id in self._avatars

    def _changed(self, change: Change) -> None:
        if change.reset:
            self._avatars.clear()
            self.came.emit()
        else:
            self._read(change.contacts & self._avatars.keys())

    def _read(self, contact_ids: Iterable[str]) -> None:
        self._wanted.update(contact_ids)
        if self._wanted and not self._reading:
            self._reading = True
            self._session.owner.spawn(self._look(), name="pictures of contacts")

    async def _look(self) -> None:
        try:
            while self._wanted:
                wanted, self._wanted = self._wanted, set()
                found = await self._session.cache.avatars(wanted)
                if len(self._avatars) > _KNOWN:
                    self._avatars.clear()
                is_other = any(self._avatars.get(id_) != found.get(id_) for id_ in wanted)
                self._avatars.update({id_: found.get(id_) for id_ in wanted})
                if is_other:
                    self.came.emit()
        finally:
            self._reading = False


def rounded(picture: QPixmap, side: int, ratio: float) -> QPixmap:
    """The middle of a picture in a circle, at the screen's own resolution."""
    whole = round(side * ratio)
    shown = picture.scaled(
        whole, whole, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    source = QRect(0, 0, whole, whole)
    source.moveCenter(shown.rect().center())
    made = QPixmap(whole, whole)
    made.fill(Qt.GlobalColor.transparent)
    circle = QPainterPath()
    circle.addEllipse(0, 0, whole, whole)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(circle)
    painter.drawPixmap(QRect(0, 0, whole, whole), shown, source)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
