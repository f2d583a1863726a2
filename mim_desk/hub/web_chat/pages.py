"""The chat's pages: the loader, what it asks first, the page in the frame, the page of its own, and their assets."""

import hashlib
import html
import json
import mimetypes
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from mim_desk.channels.web_chat import form
from mim_desk.hub.web_chat import colors
from mim_desk.hub.web_chat.answers import Answer, json_answer
from mim_desk.hub.web_chat.availability import Availability
from mim_desk.hub.web_chat.parts import Call, Chat
from mim_desk.hub.web_chat.problems import ChatProblem, not_found, origin_denied
from mim_desk.hub.web_chat.sniffing import ACCEPTED
from mim_desk.hub.web_chat.widgets import Widget
from mim_desk.resources import resource

API: Final = "/api/web-chat/v1/"
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
_BUTTON: Final = (
    "M4 7.5A2.5 2.5 0 0 1 6.5 5h11A2.5 2.5 0 0 1 20 7.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 3.5V17A2.5 2.5 0 0 1 4 14.5z"
)


@dataclass(frozen=True)
class Assets:
    """The files of the page; ``build`` names their state, so that browsers may keep them for good."""

    build: str
    files: Mapping[str, bytes]
    strings: Mapping[str, Mapping[str, Any]]


@cache
def assets() -> Assets:
    """What lies in resources/web_chat, read once."""
    folder = resource("web_chat")
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    strings = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((folder / "strings").glob("*.json"))}
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(name.encode() + b"\0" + data)
    return Assets(digest.hexdigest()[:16], files, strings)


def locale_of(widget: Widget, asked: str) -> str:
    """The first asked language that the widget has, with its region; else its first language."""
    known = assets().strings
    offered = [one for one in widget.settings.get("languages") or list(known) if one in known] or ["en"]
    otherwise = "en" if "languages" not in widget.settings and "en" in offered else offered[0]
    return _first_of(asked, offered) or otherwise


def _first_of(asked: str, offered: Sequence[str]) -> str:
    for entry in asked.split(","):
        tag = entry.partition(";")[0].strip()
        if _LOCALE.fullmatch(tag) and tag.partition("-")[0].lower() in offered:
            return tag
    return ""


def words(locale: str, brand: str) -> dict[str, Any]:
    """All sentences of a language; what it lacks is said in English."""
    strings = assets().strings
    told = {**strings["en"], **strings.get(locale.partition("-")[0].lower(), {})}
    return {**told, "title": told["title"].replace("{brand}", brand)}


def direction(locale: str) -> str:
    """How the language is written."""
    return "rtl" if locale.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def config_of(widget: Widget, asked: str, hours: Availability) -> dict[str, Any]:
    """What the page needs to know of its widget; nothing in it is a secret."""
    settings, locale = widget.settings, locale_of(widget, asked)
    brand = {"name": widget.brand.name, "avatar": widget.brand.logo_url, "verified": widget.brand.verified}
    return {
        "widget": widget.name,
        "locale": locale,
        "dir": direction(locale),
        "brand": brand,
        "subtitle": settings.get("subtitle", ""),
        "welcome": settings.get("welcome", ""),
        "privacy_url": settings.get("privacy_url", ""),
        "identity": settings.get("identity", "optional"),
        "colors": colors.variables(settings["color"]) if settings.get("color") else {},
        "form": {
            "open": form.asked_now(widget.questions, is_open=True),
            "closed": form.asked_now(widget.questions, is_open=False),
        },
        "hours": hours,
        "features": {"typing": widget.is_on("show_typing"), "read": widget.is_on("show_read")},
        "limits": {
            "text": widget.max_text,
            "files": widget.limit("files_per_message"),
            "file_bytes": widget.limit("file_bytes"),
            "accept": ACCEPTED,
        },
    }


async def get_config(chat: Chat, call: Call) -> Answer:
    """What the loader on the site asks first: only for sites that may embed the chat."""
    widget = await chat.widgets.named(call.query.get("widget", ""))
    _embedding_allowed(widget, call, call.origin)
    locale = locale_of(widget, call.query.get("locale", ""))
    told = words(locale, widget.brand.name)
    color = colors.readable(widget.settings.get("color") or colors.DEFAULT)
    body = {
        "locale": locale,
        "dir": direction(locale),
        "color": color,
        "on_color": colors.on_color(color),
        "icon": _BUTTON,
        "css": assets().files["loader.css"].decode(),
        "strings": {name: told[name] for name in ("title", "open", "close", "unread")},
    }
    return json_answer(body, headers=_cross_origin(call.origin))


async def options_config(chat: Chat, call: Call) -> Answer:
    """A browser asks whether the loader may ask."""
    widget = await chat.widgets.named(call.query.get("widget", ""))
    _embedding_allowed(widget, call, call.origin)
    return Answer(204, headers={**_cross_origin(call.origin), "access-control-allow-methods": "GET"})


async def get_page(chat: Chat, call: Call, name: str) -> Answer:
    """The chat on a page of its own."""
    try:
        widget = await chat.widgets.named(name)
    except ChatProblem as problem:
        return _refused(call, problem)
    return _page(chat, widget, call, host="", ancestors="'none'")


def _refused(call: Call, problem: ChatProblem) -> Answer:
    """To a person the reason in words; to a program as everywhere."""
    if "text/html" not in call.headers.get("accept", ""):
        raise problem
    locale = _first_of(call.headers.get("accept-language", ""), list(assets().strings)) or "en"
    said = html.escape(words(locale, "")["disabled" if problem.code == "widget_disabled" else "gone"])
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    body = f'<!doctype html><html lang="{html.escape(locale)}" dir="{direction(locale)}">{head}<title>{said}</title><p>{said}</p>'
    headers = {"content-security-policy": "default-src 'none'; frame-ancestors 'none'"}
    return Answer(problem.status, body.encode(), "text/html; charset=utf-8", headers)


async def get_frame(chat: Chat, call: Call, name: str) -> Answer:
    """The chat in a frame of a site that may embed it."""
    widget = await chat.widgets.named(name)
    host = call.query.get("host", "")
    _embedding_allowed(widget, call, host)
    return _page(chat, widget, call, host=host, ancestors=" ".join([*widget.allowed_origins, "'self'"]))


async def get_loader(chat: Chat, call: Call) -> Answer:
    """The script a site embeds."""
    headers = {"cache-control": "public, max-age=300", "cross-origin-resource-policy": "cross-origin"}
    return Answer(200, assets().files["loader.js"], "text/javascript; charset=utf-8", headers)


async def get_asset(chat: Chat, call: Call, build: str, name: str) -> Answer:
    """A file of the page."""
    data = assets().files.get(name)
    media_type = mimetypes.guess_type(name)[0]
    if data is None or name == "page.html" or media_type is None:
        raise not_found()
    kept = "public, max-age=31536000, immutable" if build == assets().build else "no-cache"
    return Answer(200, data, f"{media_type}; charset=utf-8", {"cache-control": kept})


def _embedding_allowed(widget: Widget, call: Call, origin: str) -> None:
    if origin != call.own_origin and not widget.allows(origin):
        raise origin_denied()


def _cross_origin(origin: str) -> dict[str, str]:
    return {"access-control-allow-origin": origin}


def _page(chat: Chat, widget: Widget, call: Call, host: str, ancestors: str) -> Answer:
    asked = call.query.get("locale") or call.headers.get("accept-language", "")
    nonce = secrets.token_urlsafe(18)
    config = config_of(widget, asked, chat.available(widget))
    locale = config["locale"]
    told = words(locale, widget.brand.name)
    config |= {"host": host, "api": API, "strings": told}
    email = widget.settings.get("fallback_email", "")
    link = f'<a href="mailto:{html.escape(email)}">{html.escape(told["mail_instead"])}</a>' if email else ""
    filled = {
        "locale": html.escape(locale),
        "dir": direction(locale),
        "mode": html.escape(str(widget.settings.get("mode", "system"))),
        "title": html.escape(told["title"]),
        "assets": f"/chat/assets/{assets().build}",
        "nonce": nonce,
        # Inside a script element only these could end it.
        "config": json.dumps(msgspec.to_builtins(config))
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026"),
        "no_script": html.escape(told["no_script"]),
        "fallback": link,
    }
    template = assets().files["page.html"].decode()
    body = re.sub(r"\{\{(\w+)\}\}", lambda hole: filled[hole[1]], template)
    headers = {"content-security-policy": _policy(widget, nonce, ancestors)}
    return Answer(200, body.encode(), "text/html; charset=utf-8", headers)


def _policy(widget: Widget, nonce: str, ancestors: str) -> str:
    logo = urlsplit(widget.brand.logo_url)
    pictures = f" {logo.scheme}://{logo.netloc}" if logo.scheme in ("http", "https") and logo.netloc else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            f"img-src 'self' blob: data:{pictures}",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
