"""A picture, a short text and a few buttons as one card: the generic template of Messenger and Instagram.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/generic
"""

from typing import Any, Final

from mim_desk.channels.base import Outgoing
from mim_desk.channels.shared.meta_sends import kind_of
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.buttons import Button

MOST_BUTTONS: Final = 3
LONGEST: Final = 80
"""Of its title, and of the line below that."""


def card_of(message: Outgoing) -> dict[str, Any] | None:
    """The reply as a card; None where it is none, or Meta cannot fetch its picture from here."""
    files, words = message.files, _words(message.text)
    if not (0 < len(message.buttons) <= MOST_BUTTONS and words and len(files) == 1) or message.enclosed is not None:
        return None
    if kind_of(files[0]) != "image" or not files[0].url:
        return None
    title, below = words
    element: dict[str, Any] = {"title": title, **({"subtitle": below} if below else {}), "image_url": files[0].url}
    element["buttons"] = [button_of(one) for one in message.buttons]
    return {"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [element]}}}


def button_of(button: Button) -> dict[str, str]:
    """A button of a template: one that opens an address, or one that answers."""
    if button.url:
        return {"type": "web_url", "title": button.title, "url": button.url}
    return {"type": "postback", "title": button.title, "payload": button.id}


def _words(text: str) -> tuple[str, str] | None:
    """The title and what stands below it, where the text has room there."""
    title, _, below = text.strip().partition("\n") if utf16_units(text.strip()) > LONGEST else (text.strip(), "", "")
    below = below.strip()
    return (title, below) if title and utf16_units(title) <= LONGEST and utf16_units(below) <= LONGEST else None
