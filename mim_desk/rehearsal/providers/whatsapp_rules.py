"""What WhatsApp refuses of a message before it looks for the person: the limits of the sheet."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from mim_desk.rehearsal.providers.graph import faults

BAD, MISSING, UNKNOWN_KIND = 131009, 131008, 131051
PRODUCT: Final = "whatsapp"
"""What every body names."""
_MEDIA: Final = ("image", "audio", "video", "document", "sticker")
Content = Mapping[str, Any]


def fault_of(body: Content, uploads: Collection[str], known: Collection[str]) -> tuple[int, str]:
    """The error's code and its words; 0 where nothing is wrong."""
    kind = str(body.get("type", "text"))
    content = body.get(kind)
    quoted = (body.get("context") or {}).get("message_id")
    why = faults(
        (body.get("messaging_product") != PRODUCT, "messaging_product is not whatsapp"),
        (not (body.get("to") or body.get("recipient")), "neither to nor recipient"),
        (not isinstance(content, list if kind == "contacts" else Mapping), f"{kind} is missing"),
    )
    if why:
        return MISSING, why
    content = {"contacts": content} if isinstance(content, list) else content or {}
    if kind not in _RULES:
        return UNKNOWN_KIND, f"unknown type {kind!r}"
    why = faults(
        (quoted is not None and quoted not in known, "context names an unknown message"),
        (len(str(body.get("biz_opaque_callback_data", ""))) > 512, "biz_opaque_callback_data is too long"),
        (kind in _MEDIA and not content.get("link") and content.get("id") not in uploads, "unknown media id"),
        (len(str(content.get("caption", ""))) > 1024, "the caption is longer than 1024"),
        (kind == "interactive" and _wrong_header(content, uploads), "interactive.header is wrong"),
    )
    why = why or _RULES[kind](content, known)
    return (BAD, why) if why else (0, "")


def _text(content: Content, known: Collection[str]) -> str:
    size = len(str(content.get("body", "")).encode("utf-16-le")) // 2
    return faults((not size, "text.body is empty"), (size > 4096, "text.body is longer than 4096"))


def _medium(content: Content, known: Collection[str]) -> str:
    return ""


def _reaction(content: Content, known: Collection[str]) -> str:
    return faults((content.get("message_id") not in known, "a reaction to an unknown message"))


def _location(content: Content, known: Collection[str]) -> str:
    return faults((not {"latitude", "longitude"} <= content.keys(), "latitude or longitude is missing"))


def _contacts(content: Content, known: Collection[str]) -> str:
    cards = content["contacts"]
    names = [one.get("name") or {} for one in cards]
    return faults(
        (not cards, "contacts is empty"),
        (
            any(not one.get("formatted_name") or len(one) < 2 for one in names),
            "a name needs one part besides the whole",
        ),
    )


def _template(content: Content, known: Collection[str]) -> str:
    language = (content.get("language") or {}).get("code")
    return faults((not content.get("name") or not language, "template.name or language is missing"))


def _interactive(content: Content, known: Collection[str]) -> str:
    kind = content.get("type")
    text = str((content.get("body") or {}).get("text", ""))
    action = content.get("action") or {}
    why = faults(
        (not text, "interactive.body.text is missing"),
        (len(text) > (4096 if kind == "list" else 1024), "interactive.body.text is too long"),
        (len(str((content.get("footer") or {}).get("text", ""))) > 60, "the footer is longer than 60"),
    )
    if kind == "button":
        return why or _reply_buttons([one.get("reply") or {} for one in action.get("buttons") or ()])
    if kind == "list":
        return why or _list(action)
    if kind == "cta_url":
        parameters = action.get("parameters") or {}
        label = str(parameters.get("display_text", ""))
        return why or faults((not parameters.get("url"), "no url"), (not 0 < len(label) <= 20, "display_text"))
    if kind == "location_request_message":
        around = content.get("header") or content.get("footer")
        return why or faults((action.get("name") != "send_location", "action.name"), (around, "a body alone"))
    return why or faults((kind != "flow", f"unknown interactive.type {kind!r}"))


def _wrong_header(content: Content, uploads: Collection[str]) -> bool:
    """A short text, or a file that was handed over; above a list a text alone."""
    header = content.get("header")
    if header is None:
        return False
    kind = header.get("type")
    if kind == "text":
        return not 0 < len(str(header.get("text", ""))) <= 60
    file = header.get(kind) or {}
    is_file = kind in ("image", "video", "document") and (file.get("link") or file.get("id") in uploads)
    return content.get("type") == "list" or not is_file


def _reply_buttons(replies: list[Content]) -> str:
    titles = [str(one.get("title", "")) for one in replies]
    return faults(
        (not 1 <= len(replies) <= 3, "between 1 and 3 buttons"),
        (any(not 0 < len(title) <= 20 for title in titles), "a button's title has 1 to 20 letters"),
        (len(set(titles)) < len(titles), "two buttons have one title"),
        (any(not 0 < len(str(one.get("id", ""))) <= 256 for one in replies), "a button's id has 1 to 256 letters"),
    )


def _list(action: Content) -> str:
    sections = action.get("sections") or ()
    rows = [row for section in sections for row in section.get("rows") or ()]
    return faults(
        (not 0 < len(str(action.get("button", ""))) <= 20, "the list's button has 1 to 20 letters"),
        (not 1 <= len(sections) <= 10, "between 1 and 10 sections"),
        (not 1 <= len(rows) <= 10, "between 1 and 10 rows in all"),
        (any(not 0 < len(str(row.get("title", ""))) <= 24 for row in rows), "a row's title has 1 to 24 letters"),
        (any(len(str(row.get("description", ""))) > 72 for row in rows), "a row's description is too long"),
        (any(not 0 < len(str(row.get("id", ""))) <= 200 for row in rows), "a row's id has 1 to 200 letters"),
        (len({row.get("id") for row in rows}) < len(rows), "two rows have one id"),
    )


_RULES: Final[Mapping[str, Callable[[Content, Collection[str]], str]]] = {
    "text": _text,
    **dict.fromkeys(_MEDIA, _medium),
    "reaction": _reaction,
    "location": _location,
    "contacts": _contacts,
    "template": _template,
    "interactive": _interactive,
}
