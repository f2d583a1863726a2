"""A desk that is killed in the middle of work loses at most half a second of typing and no unsent reply."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mim_desk.desk.shapes import Draft
from tests.desk.workspace import Home, conversation_id

WRITER = """
import asyncio, json, sys, time
from pathlib import Path
from tests.desk.workspace import KEYS, Home, conversation_id
from mim_desk.desk.paths import Paths
from mim_desk.desk.shapes import Draft

async def work():
    session = Home(Paths(Path(sys.argv[1])), KEYS, None).session()
    await session.start()
    n = int(sys.argv[2])
    while True:
        n += 1
        text = f"draft {n}"
        await session.save_draft(conversation_id(1), "reply", Draft(text))
        print(json.dumps({"draft": n}), flush=True)
        if n % 3 == 0:
            sent = await session.send(conversation_id(2), kind="reply", text=f"reply {n}")
            print(json.dumps({"sent": sent}), flush=True)

asyncio.run(work())
"""


@pytest.mark.timeout(120)
async def test_killed_again_and_again_no_draft_and_no_reply_is_lost(home: Home) -> None:
    chance = random.Random(11)
    sent: list[str] = []
    draft = 0
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(home.paths.home), str(draft)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        first = process.stdout.readline()
        time.sleep(chance.uniform(0.02, 0.25))
        process.send_signal(signal.SIGKILL)
        said = [
            json.loads(line) for line in [first, *process.stdout.read().splitlines(keepends=True)] if line[-1:] == b"\n"
        ]
        process.wait()
        process.stdout.close()
        sent += [each["sent"] for each in said if "sent" in each]
        draft = max([draft, *(each["draft"] for each in said if "draft" in each)])

        session = home.session()
        await session.start()
        kept: Draft = await session.draft(conversation_id(1), "reply")
        unsent = set(session.outbox.pending.items)
        await session.close()

        assert int(kept.text.split()[1]) >= draft
        assert set(sent) <= unsent
        assert len(unsent) - len(set(sent)) <= 8
    assert len(sent) == len(set(sent)) > 8
