"""A channel's manifest.toml as values: what it carries, what set-up asks, its checklist."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

import msgspec

from mim_desk.domain.buttons import ButtonLimits
from mim_desk.domain.enclosed import CardLimits, PlaceLimits, StickerLimits
from mim_desk.domain.formatting import Formatting
from mim_desk.domain.inbox import Capabilities, CommentRules, MediaRule
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.splitting import Counting

MAX_BODY_BYTES = 1 << 20
"""Largest delivery of a channel whose manifest says nothing else."""


@dataclass(frozen=True)
class Field:
    """One thing that set-up asks.

    Attributes:
        type: ``text``, ``url``, ``list``, ``choice``, ``number``, ``object``, or an object that set-up has controls
            for: ``hours`` (domain/business_hours) and ``form`` (channels/web_chat/form).
        choices: what ``choice`` may be; an empty one leaves the setting out.
        choice_names: what people read of a choice where the value with a capital is not it.
        made: of a secret that the hub makes when none is given.
        only_for: asked only where these settings have one of these values; of an empty choice its first one counts.
        foremost: of an optional one: asked beside what is needed, not behind More settings.
    """

    name: str
    label: str
    type: str = "text"
    required: bool = False
    help: str = ""
    choices: Sequence[str] = ()
    choice_names: Mapping[str, str] = field(default_factory=dict)
    made: bool = False
    only_for: Mapping[str, Sequence[str]] = field(default_factory=dict)
    foremost: bool = False


@dataclass(frozen=True)
class Manifest:
    """What a channel announces; the interface greys out from it.

    Attributes:
        variants: settings (name to value) with which an account carries something else.
        checklist: rule to ``done``, ``todo`` or ``exempt: because ...``.
        guide: the set-up guide in Markdown.
    """

    channel: str
    name: str
    settings: tuple[Field, ...]
    secrets: tuple[Field, ...]
    capabilities: Capabilities
    variants: tuple[tuple[Mapping[str, str], Capabilities], ...] = ()
    checklist: Mapping[str, str] = field(default_factory=dict)
    max_body_bytes: int = MAX_BODY_BYTES
    guide: str = ""

    def refuse_unknown(self, settings: Iterable[str], secrets: Iterable[str]) -> None:
        """Raise a Refusal for the first name that this channel does not ask; it says which there are."""
        for group, given, asked in (("settings", settings, self.settings), ("secrets", secrets, self.secrets)):
            known = [one.name for one in asked]
            for name in given:
                if name not in known:
                    has = f"The {group} of {self.name} are {', '.join(known)}." if known else f"It has no {group}."
                    told = f"{self.name} knows nothing called {name[:40]!r} here. {has}"
                    raise Refusal("invalid-settings", told, f"{group}.{name[:40]}")

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        """Raise a Refusal naming the first field that is missing or of the wrong kind."""
        for group, fields, given in (("settings", self.settings, settings), ("secrets", self.secrets, secrets)):
            for one in fields:
                _check_field(one, given.get(one.name), group, asked=self._asks(one, settings))

    def capabilities_of(self, settings: Mapping[str, Any]) -> Capabilities:
        """What an account with these settings can carry."""
        for wanted, can in self.variants:
            if all(self._chosen(name, settings) == value for name, value in wanted.items()):
                return can
        return self.capabilities

    def _asks(self, one: Field, settings: Mapping[str, Any]) -> bool:
        return all(self._chosen(name, settings) in values for name, values in one.only_for.items())

    def _chosen(self, name: str, settings: Mapping[str, Any]) -> str:
        """A setting as it counts: an empty choice is its first one."""
        first = next((one.choices[0] for one in self.settings if one.name == name and one.choices), "")
        return str(settings.get(name) or first)


_EXPECTED: Mapping[str, type] = {"list": list, "object": dict, "hours": dict, "form": dict, "number": int}


def _check_field(wanted: Field, value: object, group: str, *, asked: bool) -> None:
    place = f"{group}.{wanted.name}"
    if value in (None, ""):
        if wanted.required and asked:
            raise Refusal("invalid-settings", f"{wanted.label} is missing. Fill it in.", place)
        return
    if not isinstance(value, _EXPECTED.get(wanted.type, str)) or isinstance(value, bool):
        raise Refusal("invalid-settings", f"{wanted.label} has the wrong form.", place)
    if wanted.choices and value not in wanted.choices:
        raise Refusal(
            "invalid-settings", f"{wanted.label} must be one of {', '.join(filter(None, wanted.choices))}.", place
        )
    if wanted.type == "url" and not str(value).startswith(("http://", "https://")):
        raise Refusal("invalid-settings", f"{wanted.label} must begin with https:// or http://.", place)


def load_manifest(package: str) -> Manifest:
    """The manifest and guide beside an adapter's package."""
    folder = files(package)
    raw = tomllib.loads((folder / "manifest.toml").read_text("utf-8"))
    return Manifest(
        channel=raw["channel"],
        name=raw["name"],
        settings=tuple(Field(**one) for one in raw.get("settings", [])),
        secrets=tuple(Field(**one) for one in raw.get("secrets", [])),
        capabilities=_capabilities(raw["capabilities"]),
        variants=tuple(
            (one["when"], _capabilities({**raw["capabilities"], **one["capabilities"]}))
            for one in raw.get("variants", [])
        ),
        checklist=raw.get("checklist", {}),
        max_body_bytes=raw.get("max_body_bytes", MAX_BODY_BYTES),
        guide=(folder / "README.md").read_text("utf-8"),
    )


_ENCLOSED: Final[Mapping[str, Any]] = {"location": PlaceLimits, "contact_card": CardLimits, "sticker": StickerLimits}


def _capabilities(told: Mapping[str, Any]) -> Capabilities:
    raw = dict(told)
    media = tuple(MediaRule(**{**rule, "types": tuple(rule["types"])}) for rule in raw.pop("media", []))
    limits = raw.pop("button_limits", None)
    buttons = None if limits is None else ButtonLimits(**limits)
    counted = Counting(raw.pop("counted", Counting.CHARACTERS))
    enclosed = {name: msgspec.convert(raw.pop(name), kind) for name, kind in _ENCLOSED.items() if name in raw}
    rules = raw.pop("comments", None)
    comments = None if rules is None else CommentRules(**rules)
    return Capabilities(
        media=media,
        button_limits=buttons,
        buttons=buttons is not None,
        counted=counted,
        comments=comments,
        formatting=Formatting(raw.pop("formatting", "")),
        **enclosed,
        **raw,
    )
