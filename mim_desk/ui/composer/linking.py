"""Says before sending which files customers get as a link, since the channel takes no such file itself."""

from collections.abc import Sequence

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mim_desk.desk.shapes import LocalFile
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.checks import goes_as_link, refused_file
from mim_desk.ui.composer.sentence import SentenceLine
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import file_name


def said(files: Sequence[LocalFile], sheet: rows.CapabilitySheet) -> str:
    """The sentence, empty when all files go as themselves or not at all."""
    linked = [
        one
        for one in files
        if goes_as_link(one.mime_type, one.size, sheet) and not refused_file(one.name, one.mime_type, one.size, sheet)
    ]
    names = ", ".join(texts.left_to_right(file_name(one.name)) for one in linked)
    return tr("Sent as a link: {names}").format(names=names) if linked else ""


class LinkLine(SentenceLine):
    """Says which of the attached files go as links."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.hide()

    def tell(self, files: Sequence[LocalFile], sheet: rows.CapabilitySheet, *, note: bool) -> None:
        """Other files, or another way for them; notes take files as they are."""
        self.say("" if note else said(files, sheet))
        self.setVisible(bool(self.words))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it quietly."""
        self.draw(QPainter(self), "link", self.theme.color("text-secondary"))
