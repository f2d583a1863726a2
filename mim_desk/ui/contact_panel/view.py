"""The contact panel: sections with hairlines, filled from the cache in one read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.protocol.api import ContactMerges
from mim_desk.ui import kinds, texts
from mim_desk.ui.contact_panel.consent_form import ConsentForm
from mim_desk.ui.contact_panel.consents import ConsentLine
from mim_desk.ui.contact_panel.edit import ContactForm
from mim_desk.ui.contact_panel.parts import ContactHead, EarlierLine, KeyValue, MarkedLine
from mim_desk.ui.contact_panel.same_person import MergedLine, SuggestionCard
from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.thumbnails import Thumbnails
from mim_desk.ui.widgets.buttons import Button

_EARLIER_SHOWN = 8
_SUGGESTED = 2
_LONGEST_ADDRESS = 32
_CLAIMED = "claimed."


@dataclass(frozen=True)
class Known:
    """What the panel shows of one contact.

    Attributes:
        earlier: other conversations, newest first.
        name: what to call the contact, who may have no name yet.
        channels: channel by inbox id; ``names``: an inbox's name by id.
    """

    contact: rows.Contact
    conversation: rows.Conversation
    earlier: Sequence[rows.Conversation] = ()
    channels: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    assignee: str = ""
    name: str = ""


def _looks(known: Known, now: datetime) -> tuple[object, ...]:
    """What the panel looks like: of the conversation not what was said in it, of the time the minute."""
    one = known.conversation
    said = replace(known, conversation=None)  # type: ignore[arg-type]  # only compared
    return said, one.id, one.number, one.inbox_id, one.created_at, now.replace(second=0, microsecond=0)


class ContactPanel(QScrollArea):
    """Who writes.

    Attributes:
        conversation_chosen: an earlier conversation was clicked.
        merge_wanted: contact id and a Merge.
        apart_wanted, unmerge_wanted: contact id and another contact's.
        change_wanted: contact id and a ContactPatch.
        consent_wanted: contact id and a NewConsent.
        form: open while the contact is changed; nothing is shown anew below it.
    """

    conversation_chosen = Signal(str)
    merge_wanted = Signal(str, object)
    apart_wanted = Signal(str, str)
    unmerge_wanted = Signal(str, str)
    change_wanted = Signal(str, object)
    consent_wanted = Signal(str, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("contact_panel")
        self.setAccessibleName(self.tr("Contact"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.form: ContactForm | ConsentForm | None = None
        self.pictures: Thumbnails | None = None
        self._shown: tuple[Known, datetime] | None = None
        self._merges = (("", 0), ContactMerges([], []))
        self._looked_at = ""

    def show_pictures_of(self, pictures: Thumbnails) -> None:
        """Where pictures of contacts come from; letters stand in their place until they are here."""
        self.pictures = pictures
        pictures.ready.connect(self._pictured)

    def _pictured(self, attachment_id: str) -> None:
        shown = self._shown
        avatar = shown[0].contact.avatar if shown is not None else None
        if shown is not None and avatar is not None and avatar.id == attachment_id and self.form is None:
            self._build(*shown)

    def show_known(self, known: Known, now: datetime) -> None:
        """Show a contact; where anything would look different, everything is made anew."""
        before, self._shown = self._shown, (known, now)
        if self.form is not None and before is not None and before[0].contact.id == known.contact.id:
            return
        if self.form is None and before is not None and _looks(*before) == _looks(known, now):
            return
        self.form = None
        self._build(known, now)

    def show_merges(self, contact: rows.Contact, told: ContactMerges) -> None:
        """Show who went into it and who may be the same person."""
        self._merges = ((contact.id, contact.version), told)
        if self._shown is not None and self._shown[0].contact.id == contact.id and self.form is None:
            self._build(*self._shown)

    def knows_merges_of(self, contact: rows.Contact) -> bool:
        """Whether that was told of this contact as it is now."""
        return self._merges[0] == (contact.id, contact.version)

    def edit(self) -> None:
        """Change what people know of the contact."""
        if self._shown is None:
            return
        contact = self._shown[0].contact
        form = self.form = ContactForm(self.theme, contact)
        form.saved.connect(lambda patch: self.change_wanted.emit(contact.id, patch))
        form.left.connect(self.end_edit)
        self._fill([self._section(self.tr("Change the contact"), [form], 3)])
        form.name.input.setFocus()

    def note_consent(self, instead_of: rows.Consent | None = None) -> None:
        """Write down what the contact wants; ``instead_of`` what was noted before, its opposite."""
        if self._shown is None:
            return
        known = self._shown[0]
        form = self.form = ConsentForm(self.theme, known.contact, known.names, instead_of)
        form.noted.connect(lambda told: self.consent_wanted.emit(known.contact.id, told))
        form.left.connect(self.end_edit)
        self._fill([self._section(self.tr("Note what they want"), [form], 3)])
        form.reason.input.setFocus()

    def end_edit(self) -> None:
        """Back to what is known."""
        self.form = None
        if self._shown is not None:
            self._build(*self._shown)

    def _build(self, known: Known, now: datetime) -> None:
        self._fill(self._sections(known, now))

    def _fill(self, sections: Sequence[QWidget]) -> None:
        page = QWidget()
        page.setObjectName("contact_page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in sections:
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(page)

    def _sections(self, known: Known, now: datetime) -> list[QWidget]:
        made = [self._who(known, now), *self._same_person(known), self._conversation(known)]
        made += self._fields(known.contact)
        made.append(self._consents(known, now))
        if known.earlier:
            made.append(self._earlier(known, now))
        made += self._merged(known)
        return made

    def _told_merges(self, contact: rows.Contact) -> ContactMerges:
        """Suggestions of before stay in sight until new ones are told."""
        return self._merges[1] if self._merges[0][0] == contact.id else ContactMerges([], [])

    def _same_person(self, known: Known) -> list[QWidget]:
        """A card, never a dialog; at most two, the surest first."""
        contact, cards = known.contact, []
        for given in self._told_merges(contact).suggestions[:_SUGGESTED]:
            card = SuggestionCard(self.theme, contact, given, known.names, opened=given.contact.id == self._looked_at)
            card.merge_wanted.connect(lambda merge: self.merge_wanted.emit(contact.id, merge))
            card.apart_wanted.connect(lambda other: self.apart_wanted.emit(contact.id, other))
            card.looked.connect(lambda _, other=given.contact.id: setattr(self, "_looked_at", other))
            cards.append(card)
        return [self._section("", cards, 3)] if cards else []

    def _merged(self, known: Known) -> list[QWidget]:
        contact, lines = known.contact, []
        for merged in self._told_merges(contact).merged:
            line = MergedLine(self.theme, merged, known.names)
            line.out_wanted.connect(lambda other: self.unmerge_wanted.emit(contact.id, other))
            lines.append(line)
        return [self._section(self.tr("Merged from"), lines, 2)] if lines else []

    def _section(self, title: str, parts: Sequence[QWidget], gap: int = 2) -> QWidget:
        section = QWidget()
        section.setObjectName("contact_section")
        section.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(section)
        theme = self.theme
        column.setContentsMargins(theme.space(4), theme.space(3), theme.space(4), theme.space(3))
        column.setSpacing(theme.space(gap))
        if title:
            head = PlainLabel(title)
            head.setObjectName("muted")
            head.setFont(theme.font("section"))
            column.addWidget(head)
        for part in parts:
            column.addWidget(part)
        return section

    def _who(self, known: Known, now: datetime) -> QWidget:
        contact = known.contact
        head = ContactHead(self.theme)
        head.tell(known.name or contact.name, contact.id, texts.language(contact.language))
        if contact.avatar is not None and self.pictures is not None:
            head.show_picture(self.pictures.picture(contact.avatar))
        addresses: list[QWidget] = []
        for identity in contact.identities:
            name = known.names.get(identity.inbox_id, identity.channel)
            shown = _address(identity, name)
            said = f"{name}: {shown}"
            addresses.append(MarkedLine(self.theme, shown, channel=identity.channel, said=said, seal=identity.verified))
        lines: list[QWidget] = [head, *([self._close_together(addresses)] if addresses else [])]
        local = _local_time(contact.time_zone, now)
        if local:
            lines.append(MarkedLine(self.theme, local, icon="clock", ltr=False))
        change = Button(self.theme, self.tr("Change"), icon="edit", size="control-small")
        change.setAccessibleName(self.tr("Change the contact"))
        change.clicked.connect(self.edit)
        lines.append(self._at_start(change))
        return self._section("", lines)

    def _close_together(self, lines: Sequence[QWidget]) -> QWidget:
        group = QWidget()
        column = QVBoxLayout(group)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.space("half"))
        for line in lines:
            column.addWidget(line)
        return group

    def _at_start(self, button: Button) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(button)
        row.addStretch(1)
        return line

    def _conversation(self, known: Known) -> QWidget:
        conversation = known.conversation
        lines = [
            KeyValue(self.theme, self.tr("Number"), f"#{conversation.number}"),
            KeyValue(self.theme, self.tr("Assignee"), known.assignee or self.tr("Nobody yet")),
            KeyValue(self.theme, self.tr("Inbox"), known.names.get(conversation.inbox_id, "")),
            KeyValue(self.theme, self.tr("Began"), texts.full_time(conversation.created_at)),
        ]
        return self._section(self.tr("This conversation"), lines, 1)

    def _fields(self, contact: rows.Contact) -> list[QWidget]:
        """What we know, and apart from it what nobody checked."""
        sure: list[QWidget] = []
        claimed: list[QWidget] = []
        for name, value in sorted(contact.fields.items()):
            unproven = name.startswith(_CLAIMED)
            shown = _field(name.removeprefix(_CLAIMED), unproven=unproven)
            (claimed if unproven else sure).append(KeyValue(self.theme, shown, value))
        made = [self._section(self.tr("Details"), sure, 1)] if sure else []
        return made + ([self._section(self.tr("Not verified"), claimed, 1)] if claimed else [])

    def _consents(self, known: Known, now: datetime) -> QWidget:
        """What they want to be sent; a no stands first."""
        consents = sorted(known.contact.consents, key=lambda one: (one.granted, one.purpose, one.inbox_id))
        lines: list[QWidget] = []
        for one in consents:
            line = ConsentLine(self.theme, one, known.names.get(one.inbox_id, one.channel), now)
            line.back_wanted.connect(lambda one=one: self.note_consent(one))
            lines.append(line)
        note = Button(self.theme, self.tr("Note consent"), icon="edit", size="control-small")
        note.setAccessibleName(self.tr("Note what the contact wants to be sent"))
        note.clicked.connect(lambda _=False: self.note_consent())
        lines.append(self._at_start(note))
        return self._section(self.tr("Consent"), lines, 2)

    def _earlier(self, known: Known, now: datetime) -> QWidget:
        lines: list[QWidget] = []
        for conversation in known.earlier[:_EARLIER_SHOWN]:
            last = conversation.last_message
            words = kinds.preview(last) if last else f"#{conversation.number}"
            channel = known.channels.get(conversation.inbox_id, "web_chat")
            at = conversation.last_activity_at or conversation.created_at
            line = EarlierLine(self.theme, conversation.id, channel, words, texts.list_time(at, now))
            line.chosen.connect(self.conversation_chosen)
            lines.append(line)
        return self._section(self.tr("Earlier conversations"), lines, 0)


def _field(name: str, *, unproven: bool) -> str:
    """A field's name as people read it; what nobody proved says so."""
    if unproven:
        words = {
            "name": texts.tr("contact_panel", "Claimed name"),
            "email": texts.tr("contact_panel", "Claimed email"),
            "phone": texts.tr("contact_panel", "Claimed phone"),
        }
        if name in words:
            return words[name]
    words = {
        "page_title": texts.tr("contact_panel", "Page"),
        "page_url": texts.tr("contact_panel", "Page address"),
        "referrer": texts.tr("contact_panel", "Came from"),
        "email": texts.tr("contact_panel", "Email"),
        "phone": texts.tr("contact_panel", "Phone"),
    }
    return words.get(name) or name.replace("_", " ").capitalize()


def _address(identity: rows.Identity, inbox_name: str) -> str:
    """What people call it, an id that means something to them, else only where it is from."""
    if identity.display and identity.display != identity.external_id:
        return identity.display
    if len(identity.external_id) > _LONGEST_ADDRESS:
        return texts.tr("contact_panel", "Visitor of {inbox}").format(inbox=inbox_name)
    return identity.external_id


def _local_time(zone: str, now: datetime) -> str:
    if not zone:
        return ""
    try:
        there = now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    city = zone.rpartition("/")[2].replace("_", " ")
    return texts.tr("contact_panel", "{time} in {city}").format(time=f"{there:%H:%M}", city=texts.isolated(city))
