"""A reply as the contents of RCS messages: texts with suggestions, files, a card, a carousel.

https://developers.google.com/business-communications/rcs-business-messaging/guides/build/messages/send
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from mim_desk.channels.base import Outgoing, OutgoingFile
from mim_desk.channels.shared.offers import texts_of
from mim_desk.domain.buttons import Button, in_words
from mim_desk.domain.refusal import Refusal

LONGEST_TEXT: Final = 3072
LONGEST_DESCRIPTION: Final = 2000
MOST_ON_A_CARD: Final = 4
CARDS: Final = range(2, 11)
_SHOWN: Final = ("image/", "video/")
"""What a card shows above its text."""


@dataclass(frozen=True, slots=True)
class Content:
    """One message, and the plain one for phones that lack what it needs."""

    rich: dict[str, Any]
    plain: dict[str, Any] | None = None


def contents_of(message: Outgoing) -> list[Content]:
    """The messages of a reply, in order; buttons stand under the last one."""
    buttons, files = message.buttons, message.files
    urls = [_public(file) for file in files]
    texts = texts_of(message, LONGEST_TEXT, keep_blank=True)
    shown = bool(buttons) and all(file.mime_type.startswith(_SHOWN) for file in files)
    if shown and len(files) == 1 and len(buttons) <= MOST_ON_A_CARD and len(message.text) <= LONGEST_DESCRIPTION:
        return [_card(message, urls[0])]
    plain_files = [Content({"contentInfo": {"fileUrl": url}}) for url in urls]
    if not buttons or not texts:
        return [*(Content({"text": part}) for part in texts), *plain_files]
    *before, last = texts
    if shown and len(files) in CARDS:
        return [*(Content({"text": part}) for part in texts), _carousel(urls, buttons)]
    under = Content({"text": last, "suggestions": _suggestions(buttons)}, {"text": _words(last, buttons)})
    return [*plain_files, *(Content({"text": part}) for part in before), under]


def _card(message: Outgoing, url: str) -> Content:
    """The picture above the words, with the buttons below."""
    content = {
        "description": message.text,
        "media": {"height": "MEDIUM", "contentInfo": {"fileUrl": url}},
        "suggestions": _suggestions(message.buttons),
    }
    card = {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": content}}
    return Content({"richCard": card}, {"text": _words(f"{message.text}\n{url}", message.buttons)})


def _carousel(urls: Sequence[str], buttons: Sequence[Button]) -> Content:
    """Pictures side by side, with the buttons below all of them."""
    cards = [{"media": {"height": "MEDIUM", "contentInfo": {"fileUrl": url}}} for url in urls]
    rich = {"richCard": {"carouselCard": {"cardWidth": "MEDIUM", "cardContents": cards}}}
    return Content({**rich, "suggestions": _suggestions(buttons)}, {"text": _words("\n".join(urls), buttons)})


def _words(text: str, buttons: Sequence[Button]) -> str:
    return in_words(text, buttons)[:LONGEST_TEXT]


def _suggestions(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    return [_suggestion(one) for one in buttons]


def _suggestion(button: Button) -> dict[str, Any]:
    told = {"text": button.title, "postbackData": button.id}
    return {"action": {**told, "openUrlAction": {"url": button.url}}} if button.url else {"reply": told}


def _public(file: OutgoingFile) -> str:
    if urlsplit(file.url).scheme != "https":
        reason = "RCS fetches files from the hub, which has no public https:// address. Send this file another way."
        raise Refusal("no-address", reason)
    return file.url
