"""The simulated providers' HTTP side serves, reads forms, and can hang up after it took a message."""

import httpx
import pytest

from mim_desk.rehearsal.providers.wire import Answer, Call, Upload, serving, told


async def test_each_provider_has_its_prefix_and_nobody_else_answers() -> None:
    async def one(call: Call) -> Answer:
        return told({"at": call.path, "q": call.query["q"], "by": call.bearer}, 201, retry_after="3")

    async with serving({"one": one}) as address, httpx.AsyncClient(base_url=address) as client:
        answer = await client.put("/one/deep/down?q=a%20b", headers={"Authorization": "Bearer T"})
        missing = await client.get("/two")

    assert (answer.status_code, answer.headers["retry-after"]) == (201, "3")
    assert answer.json() == {"at": "/deep/down", "q": "a b", "by": "T"}
    assert missing.status_code == 404


async def test_forms_are_read_in_parts_and_url_encoded() -> None:
    came: list[dict[str, str | Upload]] = []

    async def one(call: Call) -> Answer:
        came.append(call.form())
        return Answer()

    async with serving({"one": one}) as address, httpx.AsyncClient(base_url=address) as client:
        await client.post("/one", data={"a": "ä &"})
        await client.post("/one", data={"a": "ä &"}, files={"f": ("b.png", b"\x00\r\n--x", "image/png")})

    assert came == [{"a": "ä &"}, {"a": "ä &", "f": Upload("b.png", "image/png", b"\x00\r\n--x")}]


async def test_a_lost_answer_ends_the_connection_after_the_call_was_taken() -> None:
    taken: list[Call] = []

    async def one(call: Call) -> Answer:
        taken.append(call)
        return Answer(200, b"never seen", lost=len(taken) == 1)

    async with serving({"one": one}) as address, httpx.AsyncClient(base_url=address) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/one", content=b"x" * 100_000)
        again = await client.post("/one")

    assert [len(call.body) for call in taken] == [100_000, 0]
    assert again.content == b"never seen"
