"""mixed: people on every channel write 500 messages a second for a minute, and an agent's desk shows what comes.

Every twentieth call is brought again. Floor of the rate is the rate that is offered; of P7 its own pieces, measured by
turns with it while the stream runs. What both are when nothing else runs is in the JSON beside it. A message that was
answered and is not in the log, or is there twice, is no figure but a failure.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import incoming
from tests.benchmarks.crowd import ASKED, Crowd, crowd
from tests.benchmarks.live import LiveDesk, live_desk
from tests.benchmarks.logged import Seen, seen
from tests.benchmarks.loopback import Pieces, loopback_server
from tests.benchmarks.options import Options
from tests.benchmarks.result import Figure, Goal, percentile
from tests.benchmarks.steady_load import kept
from tests.benchmarks.turns import Turns

RATE_PER_S: Final = 500
FETCHED_PER_S: Final = 5
"""Messages a second on each channel that the hub fetches; the others share the rest."""
AGAIN: Final = 20
GOAL: Final = Goal(0.99, at_least=True)
"""Ours: the stream is taken as it comes."""
PEOPLE: Final = 20
FIRST_S: Final = 2.0
"""Of the stream, before P7 is asked."""
PATIENCE_S: Final = 120.0


def measure(options: Options) -> Sequence[Figure]:
    """A quiet stretch, and one stream."""
    with tempfile.TemporaryDirectory(prefix="mim-bench-") as folder, loopback_server() as port, live_desk() as desk:
        incoming.warm_up(desk)
        with _turns(desk, port, Path(folder)) as quiet:
            quiet.take(options.samples, "before")
        told = asyncio.run(_stream(desk, port, Path(folder), options.stream_s))
    return _figures(told, quiet)


@contextmanager
def _turns(desk: LiveDesk, port: int, folder: Path) -> Iterator[Turns]:
    """P7 and the pieces of its floor, by turns."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        bare = Pieces(port, Path(own))
        incoming.open_line(desk)
        yield Turns(incoming.pieces(bare, desk), lambda text: incoming.painted_ms(desk, text))
        bare.close()


@dataclass(frozen=True)
class Told:
    """What came of the stream.

    Attributes:
        load: what the calls' sender says.
        messages: different messages that were written.
        turns: P7 and its pieces meanwhile.
        missing_at_end: not in the log when the last call was due and the log was read.
        desk_behind_s: from there until the desk showed what was written last.
    """

    load: dict[str, Any]
    messages: int
    took_s: float
    turns: Turns
    missing_at_end: int
    desk_behind_s: float
    duplicates: int


async def _stream(desk: LiveDesk, port: int, folder: Path, seconds: float) -> Told:
    async with crowd(desk.hub, PEOPLE) as people:
        before = (await seen(desk.hub)).seq
        fetched = int(seconds * FETCHED_PER_S)
        calls, texts = await _calls(people, int(seconds * (RATE_PER_S - FETCHED_PER_S * len(ASKED))))
        await asyncio.to_thread(kept, calls, folder / "calls")
        texts |= {f"{channel} #{number}" for channel in ASKED for number in range(fetched)}
        rate = len(calls) / seconds
        began = time.monotonic()
        load, turns, _ = await asyncio.gather(
            _load(desk, folder / "calls", rate),
            asyncio.to_thread(_meanwhile, desk, port, folder, (began + FIRST_S, began + seconds)),
            _fetched(people, fetched),
        )
        found = await seen(desk.hub, after=before)
        missing = len(texts - found.texts.keys())
        shown = time.monotonic()
        behind_s = await asyncio.to_thread(_shown, desk) - shown
        found = await _until_all(desk, found, texts)
        if people.refused():
            raise RuntimeError(f"the hub's calls were refused: {people.refused()[:3]}")
    twice = sum(found.texts[text] - 1 for text in texts)
    if twice or load["refused"] or load["broken"]:
        raise RuntimeError(f"{twice} messages are there twice; refused: {load['refused']}, broken: {load['broken']}")
    return Told(load, len(texts), load["took_s"], turns, missing, behind_s, twice)


async def _calls(people: Crowd, count: int) -> tuple[list[bytes], set[str]]:
    """All channels in turn, and what their calls say; some calls come again a little later."""
    calls, texts = list[bytes](), set[str]()
    for number in range(count):
        channel = people.told[number % len(people.told)]
        texts.add(text := f"{channel} #{number}")
        calls.append(await people.written(channel, number // len(people.told), text))
        if number % AGAIN == AGAIN - 1:
            calls.append(calls[-AGAIN // 2])
    return calls, texts


async def _fetched(people: Crowd, count: int) -> None:
    began = asyncio.get_running_loop().time()
    for number in range(count):
        for channel in ASKED:
            await people.says(channel, number, f"{channel} #{number}")
        due = began + (number + 1) / FETCHED_PER_S
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))


async def _load(desk: LiveDesk, calls: Path, rate: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.steady_load", str(calls), "--rate", str(rate)]
    command += ["--host", desk.hub.host, "--port", str(desk.hub.port)]
    running = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await running.communicate()
    if running.returncode:
        raise RuntimeError(f"the load ended with code {running.returncode}")
    return dict(json.loads(out))


def _meanwhile(desk: LiveDesk, port: int, folder: Path, span: tuple[float, float]) -> Turns:
    """P7 while the stream runs."""
    since, until = span
    time.sleep(max(0.0, since - time.monotonic()))
    with _turns(desk, port, folder) as turns:
        while time.monotonic() < until:
            turns.take(5, f"in the stream {len(turns.figures)}")
    return turns


def _shown(desk: LiveDesk) -> float:
    """When the desk shows what is written now, after all that came before it."""
    desk.connect()
    desk.post("after the stream")
    return float(desk.order("painted", text="after the stream"))


async def _until_all(desk: LiveDesk, found: Seen, texts: set[str]) -> Seen:
    """The log once everything is there; what the hub fetches may come a little later."""
    until = time.monotonic() + PATIENCE_S
    while texts - found.texts.keys():
        if time.monotonic() > until:
            lost = sorted(texts - found.texts.keys())
            raise RuntimeError(f"{len(lost)} messages were lost, such as {lost[:5]}")
        await asyncio.sleep(1.0)
        found = await seen(desk.hub, after=found.seq, known=found)
    return found


def _figures(told: Told, quiet: Turns) -> list[Figure]:
    details = {
        "messages": told.messages,
        "lost": 0,
        "duplicates": told.duplicates,
        "answer_p50_ms": round(told.load["p50_ms"], 1),
        "answer_p99_ms": round(told.load["p99_ms"], 1),
        "waiting_at_end": told.load["waiting_at_end"],
        "missing_at_end": told.missing_at_end,
        "desk_behind_s": round(told.desk_behind_s, 2),
    }
    turns = told.turns
    paints = turns.details() | {"samples": len(turns.figures)}
    paints |= {"quiet_p50": round(percentile(quiet.figures, 0.5), 2), "quiet_floor": round(quiet.floor(0.5), 2)}
    what = "POST to painted while all channels stream"
    rate, goal = told.messages / told.took_s, incoming.GOAL
    return [
        Figure("mixed", "all channels at once into one hub", RATE_PER_S, rate, "messages/s", GOAL, details),
        Figure("mixed P7", f"{what}, p50", turns.floor(0.5), percentile(turns.figures, 0.5), "ms", goal, paints),
        Figure("mixed P7 p99", f"{what}, p99", turns.floor(0.99), percentile(turns.figures, 0.99), "ms", goal),
    ]
