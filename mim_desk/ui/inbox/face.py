"""What a conversation row shows, worked out once per version of the row."""

from typing import TYPE_CHECKING

import msgspec

from mim_desk.ui import kinds, texts

if TYPE_CHECKING:
    from mim_desk.desk.shapes import ListRow
    from mim_desk.protocol import rows


class Face(msgspec.Struct, frozen=True):
    """Strings and scripts of one row, ready to draw.

    Attributes:
        lead: what stands before the preview, with its colour role and whether it is bold.
        labels: names with their colour roles, at most two.
        hidden_labels: how many more there are.
        failed: the preview is the reason of a failed send.
    """

    name: str
    name_script: str
    letters: str
    lead: str
    lead_role: str
    preview: str
    preview_script: str
    unread: str
    labels: tuple[tuple[str, str], ...]
    hidden_labels: int
    failed: bool
    priority: str


class Surroundings(msgspec.Struct, frozen=True):
    """What a face needs besides its row.

    Attributes:
        me: the reader's agent id.
        labels: label id or name to (name, colour role).
    """

    me: str = ""
    labels: tuple[tuple[str, str, str], ...] = ()


def face_of(row: "ListRow", around: Surroundings) -> Face:
    """The face of ``row``."""
    lead, role, preview, failed = _preview(row, around)
    known = {label_id: (name, color) for label_id, name, color in around.labels}
    labels = [known.get(label, (label, "label-grey")) for label in row.conversation.labels]
    unread = row.conversation.unread
    name = texts.one_line(row.contact_name, 120)
    shown_name = texts.left_to_right(name) if name.startswith("+") else name
    return Face(
        name=shown_name,
        name_script=texts.script_of(name),
        letters=texts.initials(name),
        lead=lead,
        lead_role=role,
        preview=preview,
        preview_script=texts.script_of(preview),
        unread="" if not unread else "99+" if unread > 99 else str(unread),
        labels=tuple(labels[:2]),
        hidden_labels=max(0, len(labels) - 2),
        failed=failed,
        priority=row.conversation.priority,
    )


def _preview(row: "ListRow", around: Surroundings) -> tuple[str, str, str, bool]:
    if row.outbox_state == "failed":
        return "", "", texts.one_line(row.outbox_reason), True
    if row.draft is not None:
        return (
            texts.tr("inbox", "Draft:"),
            "danger",
            texts.one_line(row.draft) or texts.tr("inbox", "no words yet"),
            False,
        )
    last = row.conversation.last_message
    if last is None:
        return "", "", texts.tr("inbox", "No message yet"), False
    words = kinds.preview(last)
    if last.delivery_status == "failed":
        not_delivered = texts.tr("inbox", "Not delivered: {text}").format(text=texts.isolated(words))
        return "", "", not_delivered, True
    return _lead(last, around), "text-secondary", words, False


def _lead(last: "rows.LastMessage", around: Surroundings) -> str:
    if last.kind == "note":
        return texts.tr("inbox", "Note:")
    if last.kind != "reply":
        return ""
    if last.author.type == "bot":
        return texts.tr("inbox", "Bot:")
    return texts.tr("inbox", "You:") if last.author.id == around.me else texts.tr("inbox", "Reply:")
