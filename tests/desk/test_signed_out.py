"""Signing out of the hub on one's own computer: it has everything when the desk starts again."""

from pathlib import Path

from tests.desk.hubs import conversation_with, live, new_session, until
from tests.desk.test_with_hub import talking


async def test_the_own_hub_goes_on_after_signing_out_of_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "Will the driver wait?")
        await conversation_with(session, "marta")
        await session.sign_out()
        await until(lambda: session.freshness.state == "offline", "it is offline")
    session = new_session(tmp_path)
    await session.start()
    try:
        await live(session)
        await conversation_with(session, "marta")
    finally:
        await session.close()
