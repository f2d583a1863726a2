"""adapters: messages that each channel's adapter parses and renders in a second.

Floor: the bare library that reads or writes the same bytes - JSON, a form, XML or a mail - and makes nothing of them.
There is no goal: what counts is whether a channel keeps the hub from its other work, and that P6 and ``mixed`` tell.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from email import policy
from email.parser import BytesParser
from typing import Any, Final
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree as ET

import msgspec

from mim_desk.channels.base import IncomingMessage, LastIncoming, Outgoing, Request, Response
from mim_desk.channels.registry import ADAPTERS
from mim_desk.hub.store.times import utc_now
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, by_turns, median
from tests.benchmarks.samples import TEXT, Sample, samples

ROUNDS: Final = 5
_READ: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "email": BytesParser(policy=policy.default).parsebytes,
    "sms_smpp": lambda body: [bytes.fromhex(pdu) for pdu in msgspec.json.decode(body)["pdus"]],
    "sms_twilio": lambda body: parse_qs(body.decode()),
    "wechat": ET.fromstring,  # of our own making
}
"""Those whose news are no JSON."""


def measure(options: Options) -> Sequence[Figure]:
    """Each channel's two figures."""
    figures = []
    for channel, sample in asyncio.run(samples()).items():
        figures.append(_parsing(channel, sample, options))
        figures += _rendering(channel, sample, options)
    return figures


def _parsing(channel: str, sample: Sample, options: Options) -> Figure:
    parse, read = ADAPTERS[channel].parse, _READ.get(channel, msgspec.json.decode)
    _message(channel, sample)
    floor, figure = _rates(options, lambda: read(sample.body), lambda: parse(sample.account, sample.request))
    details = {"bytes": len(sample.body)}
    what = f"{channel}: messages parsed, to bare reading"
    return Figure(f"{channel} parse", what, floor, figure, "1/s", None, details)


def _rendering(channel: str, sample: Sample, options: Options) -> list[Figure]:
    """One figure; none where nothing is rendered, because the hub itself shows replies."""
    asked, render = _message(channel, sample), ADAPTERS[channel].render
    last = LastIncoming(asked.occurred_at, asked.external_id, asked.details, asked.text)
    one = Outgoing(
        "01990000-0000-7000-8000-000000000001", asked.sender.external_id, utc_now(), TEXT, last_incoming=last
    )
    steps = list(render(sample.account, one))
    if not steps:
        return []
    first = steps[0]
    call = first if isinstance(first, Request) else first(Response(200, {}, b"{}"))
    floor, figure = _rates(options, _writing(channel, call), lambda: render(sample.account, one))
    details = {"bytes": len(call.body)}
    what = f"{channel}: replies rendered, to bare writing"
    return [Figure(f"{channel} render", what, floor, figure, "1/s", None, details)]


def _message(channel: str, sample: Sample) -> IncomingMessage:
    """The one message in the sample: what is measured is what a person wrote."""
    (found,) = [
        event
        for event in ADAPTERS[channel].parse(sample.account, sample.request).events
        if isinstance(event, IncomingMessage)
    ]
    if TEXT not in found.text:
        raise RuntimeError(f"{channel}: another text was read: {found.text!r}")
    return found


def _writing(channel: str, call: Request) -> Callable[[], Any]:
    """The bare library writing the same again."""
    if channel == "email":
        mail = BytesParser(policy=policy.SMTP).parsebytes(call.body)
        return mail.as_bytes
    if channel == "sms_smpp":
        return TEXT.encode
    if "urlencoded" in call.headers.get("content-type", ""):
        form = parse_qs(call.body.decode())
        return lambda: urlencode(form, doseq=True)
    told = json.loads(call.body)
    return lambda: msgspec.json.encode(told)


def _rates(options: Options, floor: Callable[[], Any], figure: Callable[[], Any]) -> tuple[float, float]:
    """How often a second, each."""

    def rate(work: Callable[[], Any]) -> float:
        done, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < options.burst_s:
            for _ in range(10):
                work()
            done += 10
        return done / took

    floors, figures = by_turns(min(options.rounds, ROUNDS), lambda: rate(floor), lambda: rate(figure))
    return median(floors), median(figures)
