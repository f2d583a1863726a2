"""What channels tell of a message besides its words: lines above them, and where they lead.

Keys of ``details`` come from the adapters; what none of these sentences names is for machines.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mim_desk.desk.shapes import TimelineItem
from mim_desk.domain.message import MessageKind, MessageType
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.kinds import kind_name

_LONGEST: Final = 80
_SUMMARY: Final = 300
_NAMED: Final = (
    MessageType.CHOICE,
    MessageType.CONTACT_CARD,
    MessageType.ORDER,
    MessageType.STICKER,
    MessageType.STORY_REPLY,
    MessageType.TEMPLATE,
)
"""Kinds whose words alone do not say what they are."""


def tr(text: str) -> str:
    """``text`` in the agent's language."""
    return texts.tr("timeline", text)


def captions(item: TimelineItem) -> list[str]:
    """Lines above a message's words: its kind, who can read it, where it comes from."""
    message = item.message
    if message.deleted_at is not None or message.kind not in (MessageKind.INCOMING, MessageKind.REPLY):
        return []
    told = message.details
    lines = (
        texts.isolated(texts.one_line(told.get("subject", ""), _LONGEST)) if told.get("subject") else "",
        _copies(message),
        _public(message),
        _kind(message),
        _told(_FORWARDED, told.get("forwarded")),
        _told(_OPT_OUT, told.get("opt_out")),
        tr("Written while another tool had the chat") if told.get("standby") else "",
        _before(told.get("summary", "")),
        tr("Written in a group") if told.get("group") or told.get("group_member") else "",
        tr("Sent by a machine") if told.get("sender_kind") == "machine" else "",
        tr("Written to the bot, which has answered") if told.get("kind") == "bot" else "",
        _told(_MAILS, told.get("automatic")),
        tr("Answers a mail that was sent to somebody else") if told.get("stranger") else "",
        tr("Only a part of it is shown") if told.get("cut") else "",
        _origin(told),
    )
    return [line for line in lines if line]


def story(told: Mapping[str, str]) -> str:
    """What a message does with a story."""
    return tr("Mentions you in a story") if told.get("story") == "mention" else kind_name(MessageType.STORY_REPLY)


def _before(summary: str) -> str:
    """What the one who had the chat before tells of it."""
    told = texts.isolated(texts.one_line(summary, _SUMMARY))
    return tr("Before that, in short: {summary}").format(summary=told) if summary else ""


_SHORTEST: Final = 24


def sticker(told: Mapping[str, str], sent_id: str = "") -> str:
    """A sticker without a picture: what it means, where that is known, or which one we sent."""
    if sent_id:
        return tr("Sticker {name}").format(name=texts.left_to_right(texts.one_line(sent_id, _SHORTEST)))
    means = texts.one_line(told.get("keywords", ""), _LONGEST)
    return tr("Sticker: {keywords}").format(keywords=texts.isolated(means)) if means else kind_name("sticker")


def unshown(told: Mapping[str, str]) -> str:
    """What a message is that the desk cannot show; empty where nobody knows."""
    return _told(_UNSHOWN, told.get("kind", "").removeprefix("m."))


def link(message: rows.Message) -> tuple[str, str]:
    """What a message is about outside the desk: words for a menu and an address; both empty for nothing."""
    for key, words in _LINKS.items():
        address = message.details.get(key, "")
        if address.startswith(("https://", "http://")) and message.deleted_at is None:
            return words(), address
    return "", ""


def _kind(message: rows.Message) -> str:
    if not (message.text or message.attachments or message.choice):
        return ""  # then the words of the message say what it is
    if message.type is MessageType.UNSUPPORTED:
        return unshown(message.details) or tr("The rest can be seen in the channel’s own app only")
    if message.type is MessageType.STORY_REPLY:
        return story(message.details)
    if message.type is MessageType.STICKER and not message.text:
        return ""
    if message.type is MessageType.CONTACT_CARD and message.details.get("own"):
        return tr("Their own contact card")
    if message.type is MessageType.CHOICE and message.choice is not None and message.choice.title != message.text:
        return tr("Chose “{title}”").format(title=texts.isolated(texts.one_line(message.choice.title, _LONGEST)))
    return kind_name(message.type) if message.type in _NAMED else ""


def _copies(message: rows.Message) -> str:
    """Who else got a mail: the customer's own, or a reply with its hidden copies."""
    copies = message.copies or rows.Copies()
    seen = ", ".join(copies.cc) or message.details.get("copies_to", "")
    lines = [tr("Also to {people}").format(people=_people(seen))] if seen else []
    lines += [tr("hidden copy to {people}").format(people=_people(", ".join(copies.bcc)))] if copies.bcc else []
    return "  ·  ".join(lines)


def _people(told: str) -> str:
    return texts.left_to_right(texts.one_line(told, _LONGEST))


def _public(message: rows.Message) -> str:
    told = message.details
    if told.get("private") == "yes":
        return tr("Private reply to a comment")
    if told.get("public") != "yes":
        return ""
    if message.kind is MessageKind.REPLY:
        return tr("Public reply")
    if told.get("hidden") == "yes":
        return tr("Public comment, hidden from others")
    if told.get("kind") == "rating":
        return _told(_REVIEWS, told.get("recommendation", "").lower()) or tr("Public review")
    return _told(_PUBLIC, told.get("kind")) or tr("Public post")


def _origin(told: Mapping[str, str]) -> str:
    headline = texts.one_line(told.get("referral_headline", ""), _LONGEST)
    if headline:
        return tr("Came from the ad “{headline}”").format(headline=texts.isolated(headline))
    if any(told.get(key) for key in ("referral_id", "referral_click", "ad_click_id")):
        return tr("Came from an ad")
    product = texts.one_line(told.get("product_id", ""), _LONGEST)
    if product:
        return tr("About product {product}").format(product=texts.left_to_right(product))
    link_name = texts.one_line(told.get("referral") or told.get("start") or "", _LONGEST)
    return tr("Came by the link {name}").format(name=texts.left_to_right(link_name)) if link_name else ""


_Sentences = Mapping[str, Callable[[], str]]


def _told(sentences: _Sentences, key: str | None) -> str:
    sentence = sentences.get(key or "")
    return sentence() if sentence else ""


_FORWARDED: Final[_Sentences] = {"once": lambda: tr("Forwarded"), "often": lambda: tr("Forwarded many times")}
_OPT_OUT: Final[_Sentences] = {
    "stop": lambda: tr("Wants no more messages here"),
    "start": lambda: tr("Wants messages here again"),
    "help": lambda: tr("Asks who writes and how to stop it"),
    "maybe_stop": lambda: tr("Perhaps wants no more messages here"),
    "maybe_start": lambda: tr("Perhaps wants messages here again"),
}
_MAILS: Final[_Sentences] = {
    "automatic": lambda: tr("Automatic reply"),
    "list": lambda: tr("Newsletter or mailing list"),
}
_PUBLIC: Final[_Sentences] = {"comment": lambda: tr("Public comment"), "mention": lambda: tr("Public mention")}
_REVIEWS: Final[_Sentences] = {
    "positive": lambda: tr("Public review: recommends you"),
    "negative": lambda: tr("Public review: does not recommend you"),
}
_UNSHOWN: Final[_Sentences] = {
    "call": lambda: tr("A call"),
    "encrypted": lambda: tr("An encrypted message"),
    "location": lambda: tr("A location"),
    "poll": lambda: tr("A poll"),
    "sticker": lambda: tr("A sticker"),
}
_LINKS: Final[_Sentences] = {
    "story_url": lambda: tr("Open the story"),
    "post_url": lambda: tr("Open the post"),
    "referral_url": lambda: tr("Open the ad"),
}
