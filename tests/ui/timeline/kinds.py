"""One message of each kind as the channels tell them."""

from mim_desk.desk.shapes import TimelineItem
from mim_desk.domain.message import AttachmentState, DeliveryStatus, MessageType
from mim_desk.protocol import rows
from tests.ui.timeline.samples import NOW, item, reply

T, State = MessageType, AttachmentState


def file(name: str, mime_type: str, state: AttachmentState = State.OK) -> rows.Attachment:
    """A file of 96 KB."""
    return rows.Attachment(name, name, mime_type, 96_000, state, width=120, height=90)


KINDS: dict[str, tuple[TimelineItem, str]] = {
    "text": (item("Is my <b>case</b> ready?"), "Is my <b>case</b> ready?"),
    "image": (item(type=T.IMAGE, attachments=[file("a.jpg", "image/jpeg")]), "file a.jpg"),
    "image without its bytes": (item(type=T.IMAGE), "Photo"),
    "video": (item(type=T.VIDEO, attachments=[file("v.mp4", "video/mp4")]), "file v.mp4"),
    "audio": (item(type=T.AUDIO, attachments=[file("song.mp3", "audio/mpeg")]), "file song.mp3"),
    "voice": (item(type=T.VOICE, attachments=[file("voice.ogg", "audio/ogg")]), "file voice.ogg"),
    "file": (item(type=T.FILE, attachments=[file("ticket.pdf", "application/pdf")]), "file ticket.pdf"),
    "file on its way": (
        item(type=T.IMAGE, attachments=[file("p.jpg", "image/jpeg", State.PENDING)]),
        "file p.jpg: On its way",
    ),
    "file that failed": (
        item(type=T.FILE, attachments=[file("f.pdf", "application/pdf", State.FAILED)]),
        "file f.pdf: Could not be fetched",
    ),
    "file that expired": (
        item(type=T.VIDEO, attachments=[file("e.mp4", "video/mp4", State.EXPIRED)]),
        "file e.mp4: The channel no longer has it",
    ),
    "sticker without a picture": (
        item(type=T.STICKER, details={"keywords": "hello, wave", "sticker_id": "51"}),
        "Sticker: \u2068hello, wave\u2069",
    ),
    "location": (item(type=T.LOCATION, location=rows.Location(38.7, -9.1, "Hotel Avenida")), "Hotel Avenida"),
    "location without a name": (item(type=T.LOCATION, location=rows.Location(38.7, -9.1)), "Location"),
    "contact card": (
        item("Ravi Menon\n+44 20 7946 0000", type=T.CONTACT_CARD),
        "Contact card, Ravi Menon +44 20 7946 0000",
    ),
    "their own card": (
        item("Marta\n+46 1", type=T.CONTACT_CARD, details={"own": "yes"}),
        "Their own contact card, Marta +46 1",
    ),
    "choice": (item(type=T.CHOICE, choice=rows.Choice("SIZE_M", "Medium")), "Chose “\u2068Medium\u2069”, Medium"),
    "template": (reply("Your case is ready.", type=T.TEMPLATE, status=DeliveryStatus.SENT), "Template, Your case"),
    "order": (item("2 × halo-black (129 EUR)", type=T.ORDER), "Order, 2 × halo-black (129 EUR)"),
    "story reply": (
        item("Which colour is it?", type=T.STORY_REPLY, details={"story": "reply", "story_url": "https://a.example/s"}),
        "Reply to your story, Which colour is it?",
    ),
    "story mention": (item(type=T.STORY_REPLY, details={"story": "mention"}), "Mentions you in a story"),
    "written to the bot": (
        item("When will it arrive?", details={"kind": "bot", "block": "Ask"}),
        "Written to the bot, which has answered, When will it arrive?",
    ),
    "unsupported": (
        item(type=T.UNSUPPORTED, details={"kind": "reels_v7"}),
        "This kind of message cannot be shown here. Open it in the channel’s own app.",
    ),
    "poll": (item(type=T.UNSUPPORTED, details={"kind": "poll"}), "A poll. It cannot be shown here."),
    "unsupported with words": (
        item("Summer sale", type=T.UNSUPPORTED, details={"wechat_type": "x"}),
        "The rest can be seen in the channel’s own app only, Summer sale",
    ),
    "stop": (item("STOP", channel="sms_twilio", details={"opt_out": "stop"}), "Wants no more messages here, STOP"),
    "start": (item("START", channel="sms_twilio", details={"opt_out": "start"}), "Wants messages here again, START"),
    "public comment": (
        item("Too dear!", channel="facebook_comments", details={"public": "yes", "kind": "comment"}),
        "Public comment, Too dear!",
    ),
    "public review": (
        item(
            "Meh",
            channel="facebook_comments",
            details={"public": "yes", "kind": "rating", "recommendation": "NEGATIVE"},
        ),
        "Public review: does not recommend you, Meh",
    ),
    "private message": (item("Hi", channel="messenger"), "Marta Lindqvist on Messenger, 10:38, Hi"),
    "from an ad": (
        item("I saw this", details={"referral_headline": "Halo <i>sale</i>", "referral_click": "AfZ"}),
        "Came from the ad “\u2068Halo <i>sale</i>\u2069”, I saw this",
    ),
    "forwarded": (item("Look", details={"forwarded": "often"}), "Forwarded many times, Look"),
    "reacted and edited": (item("Thanks", reactions=[rows.Reaction("👍", "x")], edited_at=NOW), "Thanks, edited, 👍"),
    "deleted": (
        item(type=T.ORDER, deleted_at=NOW, details={"opt_out": "stop", "forwarded": "once"}),
        "10:38, This message was deleted.",
    ),
}
"""By name: the message, and what a screen reader says of it among the rest."""
