"""Who may be the same person, with a look at what would survive; and who was merged, to be taken out again."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.protocol.api import Merge, MergedContact, MergeSuggestion, SharedKey
from mim_desk.ui import texts
from mim_desk.ui.contact_panel.parts import MarkedLine
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Card, label
from mim_desk.ui.widgets.glyph import Glyph
from mim_desk.ui.widgets.segment import Segment

_FACTS = ("name", "language", "time_zone")
_LONGEST = 28


def facts_of(contact: rows.Contact) -> dict[str, str]:
    """What two contacts can differ in; what nobody proved is left to each."""
    told = {name: str(getattr(contact, name)) for name in _FACTS}
    told |= {f"fields.{name}": value for name, value in contact.fields.items() if not name.startswith("claimed.")}
    return {name: value for name, value in told.items() if value}


def differing(own: rows.Contact, other: rows.Contact) -> list[tuple[str, str, str]]:
    """Facts that both have and that are not the same: fact, own value, the other's."""
    ours, theirs = facts_of(own), facts_of(other)
    return [(name, ours[name], theirs[name]) for name in ours if name in theirs and ours[name] != theirs[name]]


def why(shared: Sequence[SharedKey]) -> str:
    """What they have in common, in words."""
    words = {
        "phone": tr("contact_panel", "Same phone number {value}."),
        "email": tr("contact_panel", "Same email address {value}."),
        "login": tr("contact_panel", "Same customer number {value}."),
        "union_id": tr("contact_panel", "The network says that they are one person ({value})."),
    }
    told = [words.get(one.kind, "{value}").format(value=texts.left_to_right(one.value)) for one in shared]
    if not any(one.proven for one in shared):
        told.append(tr("contact_panel", "Nobody proved it: ask before you merge."))
    return " ".join(told)


class SuggestionCard(Card):
    """One contact that may be the same person.

    Attributes:
        merge_wanted: a Merge with what survives.
        apart_wanted: they are two people.
        looked: the preview was opened or closed.
    """

    merge_wanted = Signal(object)
    apart_wanted = Signal(str)
    looked = Signal(bool)

    def __init__(
        self, theme: Theme, own: rows.Contact, given: MergeSuggestion, names: Mapping[str, str], *, opened: bool
    ) -> None:
        self.theme, self.own, self.given = theme, own, given
        self.choices: dict[str, Segment] = {}
        name = given.contact.name or tr("contact_panel", "Somebody")
        self.title = tr("contact_panel", "Perhaps the same person: {name}").format(name=texts.isolated(name))
        parts: list[QWidget] = [self._head(), label(theme, texts.isolated(name), "body", wrap=True)]
        parts += [_line(theme, one, names) for one in given.contact.identities[:3]]
        parts.append(label(theme, why(given.shared), "meta", "secondary", wrap=True))
        if given.same_inboxes:
            told = tr("contact_panel", "Both write in {inbox} under different addresses, so they may be two.")
            inbox = names.get(given.same_inboxes[0], given.same_inboxes[0])
            parts.append(label(theme, told.format(inbox=inbox), "meta", "warning", wrap=True))
        self.look = Button(theme, tr("contact_panel", "Compare"), size="control-small")
        self.apart = Button(theme, tr("contact_panel", "Not the same"), kind="text", size="control-small")
        self.preview = self._preview()
        self._asked = _row(theme, self.look, self.apart)
        parts += [self._asked, self.preview]
        super().__init__(theme, *parts)
        self.setAccessibleName(f"{self.title}. {why(given.shared)}")
        self.preview.setVisible(opened)
        self._asked.setVisible(not opened)
        if opened:
            self._beside_merge()
        self.look.clicked.connect(self._looked)
        self.apart.clicked.connect(lambda: self.apart_wanted.emit(given.contact.id))

    def _head(self) -> QWidget:
        asked = label(self.theme, tr("contact_panel", "Same person?"), "body-strong")
        return _row(self.theme, Glyph(self.theme, "merge", "icon-text", "accent-text"), asked)

    def _preview(self) -> QWidget:
        theme, page = self.theme, QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(2))
        differ = differing(self.own, self.given.contact)
        if differ:
            column.addWidget(label(theme, tr("contact_panel", "What stays where both know it:"), "meta", "muted"))
        for fact, ours, theirs in differ:
            column.addWidget(self._choice(fact, ours, theirs))
        told = tr("contact_panel", "Conversations and addresses of both come together. It can be undone at any time.")
        column.addWidget(label(theme, told, "meta", "secondary", wrap=True))
        self.merge = Button(theme, tr("contact_panel", "Merge"), kind="primary", size="control-small")
        self.merge.clicked.connect(self._merged)
        self._decided = _row(theme, self.merge)
        column.addWidget(self._decided)
        return page

    def _beside_merge(self) -> None:
        """Whoever compares decides at the end of what is compared."""
        row = self._decided.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(1, self.apart)

    def _choice(self, fact: str, ours: str, theirs: str) -> QWidget:
        named = fact.removeprefix("fields.").replace("_", " ").capitalize()
        group = QWidget()
        column = QVBoxLayout(group)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.space(1))
        column.addWidget(label(self.theme, named, "label"))
        said = [texts.language(value) if fact == "language" else value for value in (ours, theirs)]
        own, other = (Segment(self.theme, texts.one_line(value, _LONGEST)) for value in said)
        own.setChecked(True)
        for segment, value in zip((own, other), said, strict=True):
            segment.setAccessibleName(f"{named}: {value}")
            segment.setToolTip(texts.tooltip(value))
            column.addWidget(segment)
        self.choices[fact] = other
        return group

    def _looked(self) -> None:
        self.preview.show()
        self._beside_merge()
        self._asked.hide()
        self.merge.setFocus()
        self.looked.emit(True)

    def _merged(self) -> None:
        chosen = {fact: "other" for fact, segment in self.choices.items() if segment.isChecked()}
        self.merge.setEnabled(False)
        self.merge_wanted.emit(Merge(self.given.contact.id, chosen))


class MergedLine(QWidget):
    """A contact that was merged, with the way to take it out again.

    Attributes:
        out_wanted: its id.
    """

    out_wanted = Signal(str)

    def __init__(self, theme: Theme, merged: MergedContact, names: Mapping[str, str]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        name = merged.name or tr("contact_panel", "Somebody")
        self.out = Button(theme, tr("contact_panel", "Take out"), icon="unmerge", size="control-small")
        self.out.setAccessibleName(tr("contact_panel", "Take {name} out again").format(name=name))
        self.out.clicked.connect(lambda: self.out_wanted.emit(merged.contact_id))
        said = label(theme, texts.isolated(name), "body", wrap=True)
        column.addWidget(_row(theme, said, self.out, first_grows=True))
        for one in merged.identities[:3]:
            column.addWidget(_line(theme, one, names))


def _line(theme: Theme, one: rows.Identity, names: Mapping[str, str]) -> MarkedLine:
    shown = one.display or one.external_id
    said = f"{names.get(one.inbox_id, one.channel)}: {shown}"
    return MarkedLine(theme, shown, channel=one.channel, said=said, seal=one.verified)


def _row(theme: Theme, *parts: QWidget, first_grows: bool = False) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.space(2))
    for place, part in enumerate(parts):
        row.addWidget(part, 1 if first_grows and place == 0 else 0)
    if not first_grows:
        row.addStretch(1)
    return line
