"""Every action of the desk with its key and tooltip; menus, palette, buttons and keys all ask here."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from mim_desk.ui.texts import tr


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Attributes:
        id: what ``Actions.triggered`` says.
        title: a verb first, as in menus and the palette.
        key: one shortcut, ``Ctrl+K`` or ``E``; a letter alone never fires while text is typed.
        detail: what else the palette says and finds.
        on_conversation: it needs an open or pointed-at conversation.
    """

    id: str
    title: str
    icon: str
    key: str = ""
    detail: str = ""
    on_conversation: bool = False


ALL: Final = (
    Action("next_conversation", "Next conversation", "arrow_down", "J"),
    Action("previous_conversation", "Previous conversation", "arrow_up", "K"),
    Action("open", "Open the conversation", "all_conversations", "O", on_conversation=True),
    Action("reply", "Write a reply", "reply", "R", on_conversation=True),
    Action("note", "Write a note", "note", "N", "stays inside the team", on_conversation=True),
    Action("template", "Send a template", "template", "Ctrl+Shift+T", "approved beforehand", on_conversation=True),
    Action("resolve", "Resolve", "resolve", "E", "or reopen", on_conversation=True),
    Action("snooze", "Snooze", "snooze", "S", on_conversation=True),
    Action("assign_to_me", "Assign to me", "person", "A", on_conversation=True),
    Action("unassign", "Put back in the queue", "unassigned", "Shift+A", "removes the assignee", on_conversation=True),
    Action("label", "Label", "label", "L", on_conversation=True),
    Action("priority", "Set the priority", "priority", "P", on_conversation=True),
    Action("take_next", "Take the next", "next", "Shift+N", "longest waiting in Unassigned, assigned to you"),
    Action("contact_panel", "Contact panel", "contact_pane", "I"),
    Action("palette", "Find contacts, messages and actions", "search", "Ctrl+K"),
    Action("search", "Search messages", "search", "Ctrl+F"),
    Action("back", "Back", "chevron_start", "Esc"),
    Action("undo", "Undo", "undo", "Ctrl+Z"),
    Action("go:mine", "Mine", "inbox", "G, M"),
    Action("go:unassigned", "Unassigned", "unassigned", "G, U"),
    Action("go:all", "All open", "all_conversations", "G, A"),
    Action("go:snoozed", "Snoozed", "snooze", "G, S"),
    Action("go:drafts", "Drafts", "drafts", "G, D"),
    Action("go:outbox", "Outbox", "outbox", "G, O"),
    Action("go:failed", "Failed sends", "failed_sends", "G, F"),
    Action("go:resolved", "Resolved", "resolve", "G, R"),
    Action("connect_channel", "Connect a channel", "plug"),
    Action("training", "Practise with a score", "play", detail="training in a workspace of its own"),
    Action("canned_replies", "Canned replies", "canned_reply", detail="make, change and delete them"),
    Action("preferences", "Preferences", "preferences", "Ctrl+,"),
    Action("theme:light", "Light theme", "light"),
    Action("theme:dark", "Dark theme", "dark"),
    Action("theme:high_contrast", "High contrast", "contrast"),
    Action("theme:system", "Theme of the system", "contrast"),
    Action("try_now", "Connect to the hub now", "retry"),
    Action("sign_out", "Sign out", "sign_out", detail="the offline copy is removed"),
    Action("full_screen", "Full screen", "full_screen", "F11"),
    Action("quit", "Quit", "close", "Ctrl+Q"),
)
"""In the order of the palette."""

BY_ID: Final = {action.id: action for action in ALL}


def title_of(action: Action) -> str:
    """The title in the agent's language."""
    return tr("actions", action.title)


def shown_key(key: str) -> str:
    """A shortcut as key caps show it, caps parted by ``+``."""
    return key.replace(", ", "+")


class Actions(QObject):
    """The window's shortcuts.

    Attributes:
        triggered: id of the action.
    """

    triggered = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._made: dict[str, QAction] = {}
        for action in ALL:
            self._made[action.id] = self._make(action, window)

    def _make(self, action: Action, window: QWidget) -> QAction:
        made = QAction(title_of(action), window)
        if action.key:
            made.setShortcut(QKeySequence(action.key))
            made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        made.triggered.connect(lambda: self._fire(action))
        window.addAction(made)
        return made

    def __getitem__(self, action_id: str) -> QAction:
        return self._made[action_id]

    def _fire(self, action: Action) -> None:
        if plain(action.key) and takes_text(QApplication.focusWidget()):
            return
        self.triggered.emit(action.id)


def plain(key: str) -> bool:
    """Whether a shortcut would also write a letter."""
    return bool(key) and not key.startswith(("Ctrl", "Alt", "Esc", "F1"))


def takes_text(widget: QWidget | None) -> bool:
    """Whether somebody types there; a composer that still loads its draft says so by ``writes``."""
    if widget is not None and widget.property("writes"):
        return True
    if widget is None or not widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
        return False
    return not bool(widget.property("readOnly"))
