"""Whatever a delivery holds: every channel parses it, no webhook answers 500, and what is whole beside it is read.

Each begins from a real delivery of the channel's simulator, so that what is broken lies deep inside and not at the door.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mim_desk.channels.base import IncomingMessage, Parsed
from mim_desk.channels.registry import ADAPTERS
from tests.benchmarks.samples import TEXT, Sample, samples

BATCHED: Mapping[str, Sequence[str | int]] = {
    "custom": ("events",),
    "facebook_comments": ("entry", 0, "changes"),
    "instagram": ("entry", 0, "messaging"),
    "kakaotalk": ("results",),
    "line": ("events",),
    "messenger": ("entry", 0, "messaging"),
    "whatsapp": ("entry", 0, "changes", 0, "value", "messages"),
}
"""Where a delivery holds a list of news; the other channels' hold one each."""
SINGLE = {"email", "matrix", "rcs", "sms_smpp", "sms_twilio", "telegram", "viber", "web_chat", "wechat", "wecom_kf"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ODD = st.sampled_from(
    ["", "0", "-1", "9" * 40, "1e999", "\x00", "\ud800", "👩‍👩‍👧", "../../etc", "<x>", "2026-02-30T25:61Z"]
)
values = json_values | ODD
channels = pytest.mark.parametrize("channel", sorted(ADAPTERS))


@cache
def sample(channel: str) -> Sample:
    return asyncio.run(samples())[channel]


def texts(channel: str, body: bytes) -> list[str]:
    """What is read of a delivery; raises only when ``parse`` does."""
    one = sample(channel)
    parsed = ADAPTERS[channel].parse(one.account, replace(one.request, body=body))
    assert isinstance(parsed, Parsed)
    return [event.text for event in parsed.events if isinstance(event, IncomingMessage)]


def paths(told: object, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where values stand, the deepest included."""
    yield here
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    for name, value in inner:
        yield from paths(value, (*here, name))


def changed(told: Any, path: Sequence[str | int], value: object) -> Any:
    """The same with another value at one place."""
    if not path:
        return value
    copy = told.copy()
    copy[path[0]] = changed(told[path[0]], path[1:], value)
    return copy


def as_json(told: object) -> bytes:
    return json.dumps(told).encode()  # NaN and lone surrogates as escapes, which strict readers refuse


def broken_in(data: st.DataObject, told: object) -> Any:
    """With up to three values replaced."""
    for _ in range(data.draw(st.integers(1, 3))):
        told = changed(told, data.draw(st.sampled_from(list(paths(told)))), data.draw(values))
    return told


@channels
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_real_delivery_with_any_bytes_changed_is_parsed(channel: str, data: st.DataObject):
    body = sample(channel).body
    at = data.draw(st.integers(0, len(body)))
    until = data.draw(st.integers(at, min(at + 40, len(body))))

    texts(channel, body[:at] + data.draw(st.binary(max_size=20)) + body[until:])


@pytest.mark.parametrize("channel", sorted(ADAPTERS.keys() - {"email", "sms_twilio", "wechat"}))
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_real_delivery_with_any_values_in_any_places_is_parsed(channel: str, data: st.DataObject):
    texts(channel, as_json(broken_in(data, json.loads(sample(channel).body))))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_form_with_any_fields_is_parsed(data: st.DataObject):
    fields = dict(parse_qsl(sample("sms_twilio").body.decode(), keep_blank_values=True))
    for _ in range(data.draw(st.integers(1, 4))):
        fields[data.draw(st.sampled_from(sorted(fields)) | st.just("NumMedia"))] = data.draw(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | ODD.filter(str.isprintable)
        )

    texts("sms_twilio", urlencode(fields).encode())


def test_every_channel_holds_one_or_several_news_in_a_delivery():
    assert BATCHED.keys() | SINGLE == ADAPTERS.keys()
    for channel in ADAPTERS:
        assert [TEXT in one for one in texts(channel, sample(channel).body)] == [True], channel


@pytest.mark.parametrize("channel", sorted(BATCHED))
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_what_is_broken_never_costs_its_neighbours(channel: str, data: st.DataObject):
    told = json.loads(sample(channel).body)
    whole = told
    for step in BATCHED[channel]:
        whole = whole[step]
    broken = [broken_in(data, whole[0]) for _ in range(data.draw(st.integers(1, 2)))]
    place = data.draw(st.integers(0, len(broken)))
    batch = [*broken[:place], whole[0], *broken[place:]]

    assert any(TEXT in one for one in texts(channel, as_json(changed(told, BATCHED[channel], batch))))
