"""A timeline entry in words, for screen readers."""

from collections.abc import Mapping

from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.timeline import facts, offered, spots, wording
from mim_desk.ui.timeline.bubble import foot_of, reaction_text
from mim_desk.ui.timeline.entries import Entry, Shape
from mim_desk.ui.timeline.shown_text import file_name


def described(entry: Entry, names: Mapping[str, str]) -> str:
    """Who, when, what, and how far it got."""
    item = entry.item
    if entry.shape is Shape.LINE:
        return wording.line_text(item, names)
    parts = [_who(entry), texts.clock_time(item.message.occurred_at)]
    if entry.new_above:
        parts.insert(0, wording.tr("New"))
    parts += facts.captions(item)
    parts += [_file(each) for each in item.message.attachments]
    parts += [wording.place_name(item.message.location)] if item.message.location is not None else []
    body = texts.one_line(wording.body(item.message), 600)
    parts += [body] if body else []
    parts += [wording.tr("quotes earlier words")] if spots.quoted(item.message) else []
    parts += [offered.described(item.message.buttons)] if item.message.buttons else []
    parts += [wording.tr("edited")] if item.message.edited_at is not None else []
    parts += [reaction_text(item.message.reactions)] if item.message.reactions else []
    state = wording.tick_word(wording.tick(item))
    foot = foot_of(item)
    parts += [state] if state else []
    parts += [foot[0]] if foot is not None else []
    return ", ".join(parts)


def _file(attachment: rows.Attachment) -> str:
    name, why = file_name(attachment.name), wording.missing(attachment)
    if why:
        return wording.tr("file {name}: {why}").format(name=name, why=why)
    return wording.tr("file {name}").format(name=name)


def _who(entry: Entry) -> str:
    name = texts.one_line(entry.item.author_name, 60)
    channel = wording.channel_name(entry.item.channel)
    if entry.shape is Shape.NOTE:
        return wording.tr("Note by {name}").format(name=name)
    if entry.shape is Shape.AUTOMATIC:
        return wording.tr("Automatic answer by {name}").format(name=name or wording.tr("Bot"))
    return wording.tr("{name} on {channel}").format(name=name, channel=channel) if channel else name
