"""What LINE refuses of a message: the limits of the sheet that stand in LINE's own description."""

from collections.abc import Collection, Mapping
from typing import Any, Final

_NEEDED: Final = {
    "text": ("text",),
    "textV2": ("text",),
    "sticker": ("packageId", "stickerId"),
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl"),
    "audio": ("originalContentUrl", "duration"),
    "location": ("title", "address", "latitude", "longitude"),
    "template": ("altText", "template"),
    "flex": ("altText", "contents"),
    "imagemap": ("altText", "baseUrl", "baseSize", "actions"),
}
_MOST_ACTIONS: Final = {"buttons": 4, "confirm": 2}


def fault_of(body: Mapping[str, Any], quote_tokens: Collection[str]) -> str:
    """What is wrong with the body of a call; empty when nothing is."""
    messages = body.get("messages") or ()
    if not 1 <= len(messages) <= 5:
        return "messages: size must be between 1 and 5"
    return next((why for one in messages if (why := _fault(one, quote_tokens))), "")


def _fault(message: Mapping[str, Any], quote_tokens: Collection[str]) -> str:
    kind = str(message.get("type", ""))
    if kind not in _NEEDED:
        return f"unknown message type {kind!r}"
    missing = [name for name in _NEEDED[kind] if message.get(name) in (None, "")]
    items = (message.get("quickReply") or {}).get("items") or ()
    addresses = [str(message[name]) for name in ("originalContentUrl", "previewImageUrl") if name in message]
    checks = (
        (missing, f"{kind}: {missing} may not be empty"),
        (len(str(message.get("text", "")).encode("utf-16-le")) // 2 > 5000, "text: length must be at most 5000"),
        (message.get("quoteToken") and message["quoteToken"] not in quote_tokens, "quoteToken: unknown"),
        (len(items) > 13, "quickReply: at most 13 items"),
        (
            any(not one.startswith("https://") or len(one) > 2000 for one in addresses),
            "an HTTPS address of at most 2000",
        ),
        (
            any(len(str(message.get(name, "")).encode("utf-16-le")) // 2 > 100 for name in ("title", "address")),
            "title and address: length must be at most 100",
        ),
        ("sender" in message, "the customer would see another name than the brand's"),
    )
    why = next((why for wrong, why in checks if wrong), "")
    return why or _actions([one.get("action") or {} for one in items]) or _template(message.get("template") or {})


def _template(template: Mapping[str, Any]) -> str:
    most = _MOST_ACTIONS.get(str(template.get("type", "")))
    actions = template.get("actions") or ()
    if most is None:
        return ""
    if not template.get("text"):
        return "template.text: may not be empty"
    return _actions(actions) if 1 <= len(actions) <= most else f"template.actions: between 1 and {most}"


def _actions(actions: Collection[Mapping[str, Any]]) -> str:
    for action in actions:
        if not action.get("label") or len(str(action["label"])) > 20:
            return "action.label: length must be between 1 and 20"
        if action.get("type") == "postback" and not 1 <= len(str(action.get("data", ""))) <= 300:
            return "action.data: length must be between 1 and 300"
    return ""
