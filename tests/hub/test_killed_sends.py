"""A hub killed between any two steps of a send of several calls: nothing twice, nothing lost, and doubt is said.

The hub is a process that gets SIGKILL at a named step; its successor has the same file, address and networks. What a
network took is counted at its simulator, by what people read there.
"""

import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.kakaotalk import KakaoTalk
from mim_desk.rehearsal.providers.matrix import Matrix
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.provider import Provider, at_work
from mim_desk.rehearsal.providers.rcs import Rcs
from mim_desk.rehearsal.providers.sms_twilio import SmsTwilio
from mim_desk.rehearsal.scripts import Act, Script, stage
from mim_desk.rehearsal.workspace import Admin
from tests.hub.live import ADMIN_TOKEN, Live
from tests.hub.process import Embedded, embedded_hub, free_port
from tests.hub.test_polling import until_texts
from tests.hub.test_run import live_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
NAME: Final = "Leo Ruiz"
ARRIVED: Final = ("sent", "delivered", "read")
ENDS: Final = (*ARRIVED, "failed", "unknown")
PICTURE: Final = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa3\x35\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass
class Town:
    """Networks at work, and the hubs that live one after the other at one address.

    Attributes:
        inboxes: their ids by channel, once they are connected.
    """

    folder: Path
    networks: Sequence[Provider]
    port: str = field(default_factory=free_port)
    inboxes: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def hub(self, failpoint: str = "") -> AsyncIterator[tuple[Embedded, Live]]:
        async with embedded_hub(self.folder, "--port", self.port, failpoint=failpoint) as hub:
            live = live_of(hub)
            try:
                yield hub, live
            finally:
                for client in live._clients:
                    await client.aclose()

    async def connect(self, live: Live) -> None:
        async with httpx.AsyncClient(base_url=live.url, timeout=30) as http:
            for network in self.networks:
                self.inboxes[network.channel] = await Admin(http, ADMIN_TOKEN, stage()).connect(network)

    def phone(self, network: Provider) -> Phone:
        return network.phone(Script(NAME, "en", (), network.channel))

    def heard(self, network: Provider) -> Counter[str]:
        return Counter(one.text.strip() for one in self.phone(network).heard)


async def conversation_of(live: Live, text: str = "Hello") -> str:
    await until_texts(live, text)
    return str((await live.client.get("/api/v1/conversations")).json()["items"][0]["id"])


async def replies(live: Live, conversation: str) -> list[dict[str, Any]]:
    found = (await live.client.get(f"/api/v1/conversations/{conversation}/messages?limit=100")).json()["items"]
    return [one for one in found if one["kind"] == "reply"]


def steps(calls: int) -> list[str]:
    """Every step of a send of so many calls."""
    each = [f"send.{where}_bytes@{n}" for n in range(1, calls + 1) for where in ("before", "after")]
    return ["send.after_lease", *each, "send.before_outcome", "send.after_outcome"]


async def killed(town: Town, step: str, text: str, **more: Any) -> tuple[str, str]:
    """The customer writes and is answered by a hub that dies at ``step``; the conversation and the reply."""
    async with town.hub(f"{step}:kill") as (hub, live):
        await town.connect(live)
        await town.phone(town.networks[0]).do(Act(text="Hello"))
        conversation = await conversation_of(live)
        if "picture" in more:
            files = {"file": ("cup.png", more.pop("picture"), "image/png")}
            made = (await live.client.post("/api/v1/attachments", files=files)).raise_for_status().json()
            more["attachments"] = [made["attachment"]["id"]]
        reply = str(uuid.uuid4())
        await live.reply(conversation, text, id=reply, **more)
        assert await hub.died() < 0
    return conversation, reply


PARTS: Final = [f"{letter * 1500}." for letter in "ab"]


@pytest.mark.parametrize("step", steps(2))
async def test_parts_that_a_network_without_keys_took_never_leave_twice(tmp_path: Path, step: str):
    town = Town(tmp_path, [SmsTwilio()])
    async with at_work(town.networks):
        conversation, reply = await killed(town, step, " ".join(PARTS))
        async with town.hub() as (_, live):
            await live.until_status(conversation, reply, *ENDS)
            await town.networks[0].poster.emptied()
            told = await live.message(conversation, reply)

    heard = town.heard(town.networks[0])
    assert set(heard) <= set(PARTS)
    assert set(heard.values()) <= {1}
    if told["delivery"]["status"] in ARRIVED:  # Twilio's word of both settles a reply in doubt
        assert heard == dict.fromkeys(PARTS, 1)
    else:
        assert told["delivery"]["status"] == "unknown"
        assert "check before sending it again" in told["delivery"]["reason"]


@pytest.mark.parametrize("step", steps(2))
async def test_a_file_that_was_uploaded_arrives_once_under_our_key(tmp_path: Path, step: str):
    """The upload and the message that names it; the homeserver knows the key of the message."""
    town = Town(tmp_path, [Matrix()])
    async with at_work(town.networks):
        conversation, reply = await killed(town, step, "", picture=PICTURE)
        async with town.hub() as (_, live):
            await live.until_status(conversation, reply, *ARRIVED)

    assert len(town.phone(town.networks[0]).heard) == 1


@pytest.mark.parametrize("step", steps(2))
async def test_a_file_that_a_network_without_keys_took_never_leaves_twice(tmp_path: Path, step: str):
    town = Town(tmp_path, [Messenger()])
    async with at_work(town.networks):
        conversation, reply = await killed(town, step, "", picture=PICTURE)
        async with town.hub() as (_, live):
            told = await live.until_status(conversation, reply, *ENDS)

    assert len(town.phone(town.networks[0]).heard) <= 1
    assert told["delivery"]["status"] in (*ARRIVED, "unknown")


FALLING: Final = [
    "send.after_lease@1",
    "send.before_bytes@1",
    "send.after_bytes@1",
    "send.before_outcome@1",
    "send.after_outcome@1",
    "send.after_lease@2",
    "send.before_bytes@2",
    "send.after_bytes@2",
    "send.before_outcome@2",
    "send.after_outcome@2",
]


@pytest.mark.parametrize("step", FALLING)
async def test_what_falls_back_from_rcs_to_sms_leaves_by_one_sms_at_most(tmp_path: Path, step: str):
    rcs, sms = Rcs(), SmsTwilio()
    town = Town(tmp_path, [rcs, sms])
    async with at_work(town.networks):
        async with town.hub(f"{step}:kill") as (hub, live):
            await town.connect(live)
            settings = {"fallback_inbox": town.inboxes["sms_twilio"]}
            await live.client.patch(f"/api/v1/inboxes/{town.inboxes['rcs']}", json={"settings": settings})
            sms._people[town.phone(rcs).number] = town.phone(sms)  # type: ignore[attr-defined,assignment]  # one phone
            await town.phone(rcs).do(Act(text="Hello"))
            conversation = await conversation_of(live)
            town.phone(rcs).has_rcs = False  # type: ignore[attr-defined]  # it is an RcsPhone
            reply = str(uuid.uuid4())
            await live.reply(conversation, "Your table is free", id=reply)
            assert await hub.died() < 0
        async with town.hub() as (_, live):
            failed = await live.until_status(conversation, reply, "failed")
            (by_sms,) = [one for one in await replies(live, conversation) if one["id"] != reply]
            told = await live.until_status(conversation, by_sms["id"], *ENDS)

    heard = town.heard(sms)["Your table is free"]
    assert failed["delivery"]["code"] == "404"
    assert not town.phone(rcs).heard
    if told["delivery"]["status"] in ARRIVED:
        assert heard == 1
    else:
        assert told["delivery"]["status"] == "unknown"
        assert heard <= 1


@pytest.mark.parametrize("step", steps(1))
async def test_a_private_reply_to_a_comment_leaves_once_at_most(tmp_path: Path, step: str):
    private, public = Messenger(), FacebookComments()
    town = Town(tmp_path, [private, public])
    async with at_work(town.networks):
        async with town.hub(f"{step}:kill") as (hub, live):
            await town.connect(live)
            await town.phone(public).do(Act(text="Price?"))
            conversation = await conversation_of(live, "Price?")
            listed = (await live.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
            (comment,) = [one["id"] for one in listed if one["kind"] == "incoming"]
            reply = str(uuid.uuid4())
            await live.reply(conversation, "20 EUR", id=reply, private=True, reply_to={"message_id": comment})
            assert await hub.died() < 0
        async with town.hub() as (_, live):
            told = await live.until_status(conversation, reply, *ENDS)
            body = {"id": str(uuid.uuid4()), "text": "20 EUR", "private": True, "reply_to": {"message_id": comment}}
            again = await live.client.post(f"/api/v1/conversations/{conversation}/messages", json=body)

    assert told["delivery"]["status"] in (ARRIVED if step == "send.after_outcome" else ("unknown", *ARRIVED))
    assert town.heard(private)["20 EUR"] <= 1
    assert again.is_client_error  # one private reply is all a comment takes, also one in doubt


@pytest.mark.parametrize("step", steps(1))
async def test_a_mail_with_copies_leaves_under_one_message_id(tmp_path: Path, step: str):
    """Mail has no key; the same Message-ID is what receivers know a mail by that comes again."""
    mail = Email()
    town = Town(tmp_path, [mail])
    async with at_work(town.networks):
        copy = mail.phone(Script("Mia Copy", "en", (), "email"))
        more = {"copies": {"cc": [copy.address], "bcc": []}}  # type: ignore[attr-defined]  # it is an EmailPhone
        conversation, reply = await killed(town, step, "Here it is", **more)
        async with town.hub() as (_, live):
            told = await live.until_status(conversation, reply, *ENDS)

    ids = [one.id for one in town.phone(mail).heard]
    assert len(set(ids)) <= 1
    assert [one.id for one in copy.heard] == ids
    if told["delivery"]["status"] in ARRIVED:
        assert ids
    else:
        assert told["delivery"]["status"] == "unknown"
        assert len(ids) <= 1


@pytest.mark.parametrize("step", steps(1))
async def test_no_consultation_ends_before_its_last_reply_or_twice(tmp_path: Path, step: str):
    """The conversation is resolved while its reply is under way; the end is asked for once, after it, or left to time."""
    kakao = KakaoTalk()
    ends: list[int] = []
    take = kakao._take

    def counted(body: Any) -> Any:
        if "TERMINATE_SESSION" in json.dumps(body):
            ends.append(town.heard(kakao)["Bye"])
        return take(body)

    kakao._take = counted  # type: ignore[method-assign]  # the provider's side, looked at
    town = Town(tmp_path, [kakao])
    async with at_work(town.networks):
        async with town.hub(f"{step}:kill") as (hub, live):
            await town.connect(live)
            settings = {"end_sessions": "yes"}
            await live.client.patch(f"/api/v1/inboxes/{town.inboxes['kakaotalk']}", json={"settings": settings})
            await town.phone(kakao).do(Act(text="Hello"))
            conversation = await conversation_of(live)
            reply = str(uuid.uuid4())
            await live.reply(conversation, "Bye", id=reply)
            assert await hub.died() < 0
        async with town.hub() as (_, live):
            await live.client.patch(f"/api/v1/conversations/{conversation}", json={"status": "resolved"})
            told = await live.until_status(conversation, reply, *ENDS)
            await kakao.poster.emptied()

    assert told["delivery"]["status"] in (*ARRIVED, "unknown")
    assert town.heard(kakao)["Bye"] <= 1
    assert len(ends) <= 1
    assert all(before == 1 for before in ends if told["delivery"]["status"] in ARRIVED)
