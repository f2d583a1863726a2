"""What stands around the field says what is so: tabs, sender, way, counter, reply window, button and hint."""

from typing import TYPE_CHECKING, Final

from mim_desk.desk.freshness import FreshnessState
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.closing import closed_words
from mim_desk.ui.composer.split import Split, split_of
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.widgets.chip import Chip, window_chip

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel

_OFFLINE: Final = (FreshnessState.OFFLINE, FreshnessState.CONNECTING)


class Telling:
    """Reads the panel and tells its frame; it keeps nothing."""

    def __init__(self, panel: "ComposerPanel") -> None:
        self._panel = panel
        self._frame = panel.frame

    def tell(self) -> None:
        """Show what is so now."""
        panel, frame, note = self._panel, self._frame, self._is_note
        written, sheet, closed = panel.written(), panel.sheet(), panel.closed()
        frame.sender_line.tell(panel.answering.inbox or panel.inbox, note=note)
        panel.answering.tell()
        self._tell_way(written, sheet)
        frame.closed_line.tell(*closed_words(panel, closed=closed))
        panel.lock()
        self._tell_send(written)
        self._tell_hint(closed=closed)
        panel.picking.tell(closed=closed)
        panel.copying.tell(closed=closed)
        self.tell_window()

    def tell_window(self) -> None:
        """How long the reply window is open, which goes on by itself."""
        row = self._panel.row
        self._frame.window_chip.tell(None if row is None or self._is_note else self._window_chip(row.conversation))

    @property
    def _is_note(self) -> bool:
        return self._panel.mode == "note"

    def _window_chip(self, conversation: rows.Conversation) -> Chip | None:
        panel = self._panel
        left, most = panel.replies_left(), panel.sheet().replies_per_message
        replies = None if left is None else (left, max(most or 0, left))
        now = panel.session.hub_now()
        return window_chip(panel.going.until(conversation, now), now, replies)

    def _tell_way(self, written: checks.Written, sheet: rows.CapabilitySheet) -> None:
        """What the inbox makes of the reply: its length, its parts, its buttons, and by which way it goes."""
        panel, frame, note = self._panel, self._frame, self._is_note
        split = Split(()) if note else split_of(written.text, sheet, written.buttons)
        frame.counter.tell(len(written.text), 0 if note else sheet.text_length, len(split.parts))
        frame.split.tell(split)
        frame.links.tell(written.files, sheet, note=note)
        panel.marking.tell(split, sheet, panel.inbox.channel if panel.inbox is not None else "")
        frame.offer.tell(sheet)
        taken = panel.going.chosen or (panel.row.conversation.inbox_id if panel.row is not None else "")
        now = panel.session.hub_now()
        ways = [] if note else panel.going.ways(now)
        frame.ways.tell(ways, taken, now)
        frame.closed_line.ways.tell(ways, taken, now)

    def _tell_send(self, written: checks.Written) -> None:
        panel, send = self._panel, self._frame.send
        why = panel.why_not()
        send.setEnabled(bool(written.text.strip() or written.files) and not why and not panel.loading)
        send.setToolTip(texts.tooltip(why))
        panel.editor.send_key = panel.session.settings.current.send_key
        key = "Enter" if panel.editor.send_key == "enter" else "Ctrl+Enter"
        if self._is_note:
            send.tell(tr("Add note"), "note", key, note=True)
            return
        offline = panel.session.freshness.state in _OFFLINE
        usual = tr("Leaves when online") if offline else tr("Send")
        send.tell(panel.answering.send_words() or usual, "send", key, note=False)

    def _tell_hint(self, *, closed: bool) -> None:
        panel = self._panel
        if self._is_note:
            panel.editor.hint(tr("Write a note for the team. @ mentions somebody."))
        elif panel.row is None or closed:
            panel.editor.hint("")
        else:
            panel.editor.hint(
                tr("Write to {name}. / finds canned replies."), texts.one_line(panel.row.contact_name, 60)
            )
