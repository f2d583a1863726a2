"""When the template picker stands in the composer's place, and how a template leaves from it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from mim_desk.desk.freshness import FreshnessState
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.templates.view import Filled, TemplatePicker

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel


class Picking(QObject):
    """Shows the picker when the reply window is closed, or when the agent asks for it.

    Attributes:
        picker: the picker itself.
        is_asked: the agent chose to send a template though the window is open.
    """

    def __init__(self, panel: "ComposerPanel") -> None:
        super().__init__(panel)
        self._panel = panel
        self.is_asked = False
        self._place = ""
        self.picker = TemplatePicker(panel.theme, panel.session, panel.frame)
        panel.frame.add_picker(self.picker)
        panel.frame.template.clicked.connect(self.ask)
        self.picker.left.connect(self.leave)
        self.picker.note_wanted.connect(lambda: panel.use("note"))
        self.picker.send_wanted.connect(self._send)

    def close_down(self) -> None:
        """Before the panel is deleted."""
        self.picker.close_down()

    @property
    def is_on(self) -> bool:
        """Whether the picker stands there."""
        return self.picker.isVisibleTo(self._panel.frame)

    def tell(self, *, closed: bool) -> None:
        """Show or hide it as the conversation is now."""
        panel = self._panel
        row, inbox = panel.row, panel.inbox
        here = row.conversation.id if row is not None else ""
        if here != self._place:
            self._place, self.is_asked = here, False
        can = row is not None and inbox is not None and panel.mode == "reply" and inbox.capabilities.templates
        can = can and inbox is not None and row is not None and inbox.id == row.conversation.inbox_id
        # Whom the conversation before was with must never stand in this one's blanks.
        contact = panel.contact
        can = can and row is not None and contact is not None and contact.id == row.conversation.contact_id
        can = can and not (panel.is_unreachable or panel.tool_has_it)
        panel.frame.template.setVisible(can)
        was_on, on = self.is_on, can and (closed or self.is_asked)
        if on and row is not None and inbox is not None:
            offline = panel.session.freshness.state in (FreshnessState.OFFLINE, FreshnessState.CONNECTING)
            self.picker.open(row, inbox, panel.contact, closed=closed, offline=offline)
        had_focus = panel.frame.hasFocus() or panel.editor.hasFocus() or self._has_focus()
        panel.frame.show_picker(on=on)
        panel.editor.setFocusProxy(self.picker.search if on else None)  # type: ignore[arg-type]  # None takes it away
        if was_on != on and had_focus:
            (self.picker.search if on else panel.editor).setFocus()

    def _has_focus(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and self.picker.isAncestorOf(focused)

    def ask(self) -> None:
        """Choose a template though free text may be sent."""
        self.is_asked = True
        self._panel.tell()
        if self.is_on:
            self.picker.search.setFocus()

    def leave(self) -> None:
        """Back to free text."""
        self.is_asked = False
        self._panel.tell()
        self._panel.editor.setFocus()

    def take_back(self) -> None:
        """A held or failed template became a draft again: show it."""
        self.is_asked = True
        self._panel.tell()
        self.picker.take_back()
        self.picker.search.setFocus()

    def _send(self, filled: Filled) -> None:
        panel = self._panel
        known = panel.row.conversation if panel.row is not None else None
        sending = self._sending(filled, panel.shown_seq(), known)
        panel.session.owner.spawn(sending, name="composer.send_template")

    async def _sending(self, filled: Filled, base_seq: int | None, known: rows.Conversation | None) -> None:
        try:
            sent = await self._panel.session.send(
                filled.place[0],
                known=known,
                kind="reply",
                text=filled.text,
                attachments=filled.files,
                base_seq=base_seq,
                template=filled.chosen,
            )
        except Exception as error:  # whatever it was, nothing an agent filled in is lost
            self.picker.give_back(filled)
            back = tr("This was not sent. Your text is here again.")
            self.picker.tell_problem(error.reason if isinstance(error, Refusal) else back)
            if not isinstance(error, Refusal):
                raise
            return
        self.is_asked = False
        self._panel.tell()
        self._panel.sent.emit(sent)
