"""The providers' side: 200 means stored; what is bad gets a clear answer and harms nobody."""

import json
from time import time

import pytest

from mim_desk.channels.custom.adapter import sign
from tests.hub.gateway import Gateway
from tests.hub.live import SECRET, Live, incoming


async def test_a_delivery_becomes_a_conversation_with_its_contact(shop: Live):
    answer = await shop.deliver(incoming("ana", "Olá 👋 你好"))

    assert (answer.status_code, answer.text) == (200, "ok")
    (conversation,) = (await shop.client.get("/api/v1/conversations")).json()["items"]
    assert conversation["last_message"]["text"] == "Olá 👋 你好"
    assert conversation["unread"] == 1
    contact = (await shop.client.get(f"/api/v1/contacts/{conversation['contact_id']}")).json()
    assert contact["name"] == "Ana"
    assert contact["identities"][0]["external_id"] == "ana"


async def test_the_same_delivery_twice_is_one_message(shop: Live):
    item = incoming("ana", "once", external_id="m-1")

    for _ in range(3):
        assert (await shop.deliver(item, item)).status_code == 200

    (conversation,) = (await shop.client.get("/api/v1/conversations")).json()["items"]
    listed = (await shop.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
    assert [one["text"] for one in listed] == ["once"]
    assert conversation["unread"] == 1


@pytest.mark.parametrize(
    "header",
    ["", "t=1,v1=00", sign("another-signing-secret", int(time()), b'{"events": []}')],
    ids=["absent", "made up", "of another secret"],
)
async def test_a_bad_signature_is_refused_and_stores_nothing(shop: Live, header: str):
    before = (await shop.client.get("/readyz")).json()["seq"]

    answer = await shop.deliver(incoming(), header=header)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "bad-signature"
    assert (await shop.client.get("/readyz")).json()["seq"] == before


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/custom/none",
        "/webhooks/custom/",
        "/webhooks/nothing/x",
        "/webhooks/custom/a/b",
        "/webhooks/web_chat/x",
    ],
)
async def test_an_unknown_inbox_is_not_found(shop: Live, path: str):
    answer = await shop.client.post(path, content=b"{}")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_other_methods_are_refused(shop: Live, method: str):
    answer = await shop.client.request(method, f"/webhooks/custom/{shop.inbox_id}")

    assert answer.status_code == 405


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"events": 7}', b'{"events":[' + b"[" * 100_000]
)
async def test_what_cannot_be_read_is_kept_and_answered_200(shop: Live, body: bytes):
    answer = await shop.deliver_raw(body)

    assert answer.status_code == 200
    figures = (await shop.client.get("/metrics")).text
    assert 'mim_journal_unsettled{channel="custom"} 1.0' in figures
    assert shop.inbox_id not in figures
    assert (await shop.deliver(incoming())).status_code == 200


async def test_a_bad_item_harms_no_neighbour(shop: Live):
    answer = await shop.deliver(incoming("ana", "one"), {"type": "dance"}, incoming("ben", "two"))

    assert answer.status_code == 200
    found = (await shop.client.get("/api/v1/conversations")).json()["items"]
    assert {one["last_message"]["text"] for one in found} == {"one", "two"}


async def test_an_oversized_body_is_refused_before_it_is_read_whole(shop: Live):
    declared = await shop.deliver_raw(b"x" * (13 << 20))

    async def endless():
        for _ in range(200):
            yield b"x" * 100_000

    streamed = await shop.client.post(f"/webhooks/custom/{shop.inbox_id}", content=endless())

    assert [declared.status_code, streamed.status_code] == [413, 413]
    assert declared.json()["code"] == "too-large"
    assert (await shop.deliver(incoming())).status_code == 200


async def test_hostile_text_arrives_as_it_was_written(shop: Live):
    hostile = [
        '<img src="file:///etc/passwd"><script>alert(1)</script>',
        "x" * 300_000,
        "<table>" * 500,
        "\u202egnp.exe\u202c \u2066\u2069",
        "a" + "\u0301" * 20_000,
    ]

    for number, text in enumerate(hostile):
        assert (await shop.deliver(incoming("eve", text, external_id=str(number)))).status_code == 200

    (conversation,) = (await shop.client.get("/api/v1/conversations")).json()["items"]
    listed = (await shop.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
    assert len(listed) == len(hostile)
    assert listed[-1]["text"] == hostile[0]


async def test_nul_bytes_and_lone_surrogates_do_not_break_the_store(shop: Live):
    body = (
        b'{"events":[{"type":"message","id":"n-1","contact":{"id":"a\\u0000b","name":"\\u0000"},"text":"a\\u0000b"}]}'
    )

    assert (await shop.deliver_raw(body)).status_code == 200
    lone = b'{"events":[{"type":"message","id":"n-2","contact":{"id":"c"},"text":"\\ud800"}]}'
    assert (await shop.deliver_raw(lone)).status_code == 200
    assert (await shop.deliver(incoming("ok", "fine"))).status_code == 200
    texts = [one["last_message"]["text"] for one in (await shop.client.get("/api/v1/conversations")).json()["items"]]
    assert "fine" in texts


async def test_a_removed_inbox_takes_nothing_more(shop: Live):
    await shop.deliver(incoming())

    await shop.client.delete(f"/api/v1/inboxes/{shop.inbox_id}")

    assert (await shop.deliver(incoming())).status_code == 404


async def test_a_rotated_secret_takes_effect_at_once(shop: Live):
    await shop.deliver(incoming())
    other = "another-signing-secret"
    await shop.client.patch(f"/api/v1/inboxes/{shop.inbox_id}", json={"secrets": {"signing_secret": other}})
    body = json.dumps({"events": [incoming()]}).encode()

    assert (await shop.deliver_raw(body)).status_code == 401
    assert (await shop.deliver_raw(body, header=sign(other, int(time()), body))).status_code == 200
    assert other != SECRET


async def test_set_up_tries_the_credentials_and_names_the_wrong_field(hub: Live, gateway: Gateway):
    gateway.ping.status = 401
    body = {"name": "G", "channel": "custom", "settings": {"callback_url": gateway.url}, "secrets": {}}

    missing = await hub.client.post("/api/v1/inboxes", json=body)
    wrong = await hub.client.post("/api/v1/inboxes", json={**body, "secrets": {"signing_secret": SECRET}})
    nobody = await hub.client.post(
        "/api/v1/inboxes",
        json={**body, "settings": {"callback_url": "http://127.0.0.1:1/x"}, "secrets": {"signing_secret": SECRET}},
    )

    assert [one.status_code for one in (missing, wrong, nobody)] == [400, 400, 400]
    assert missing.json()["field"] == "secrets.signing_secret"
    assert wrong.json()["field"] == "secrets.signing_secret"
    assert nobody.json()["field"] == "settings.callback_url"
    assert (await hub.client.get("/api/v1/inboxes")).json()["items"] == []


async def test_secrets_never_come_back_nor_lie_readable_in_the_file(shop: Live, tmp_path):
    told = (await shop.client.get("/api/v1/inboxes")).text + (await shop.client.get("/api/v1/snapshot")).text

    assert SECRET not in told
    for file in tmp_path.glob("hub.db*"):
        assert SECRET.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("given", "field", "known"),
    [
        pytest.param(
            {"settings": {"calback_url": "http://127.0.0.1:1"}}, "settings.calback_url", "api_base_url", id="setting"
        ),
        pytest.param({"secrets": {"signing": "x"}}, "secrets.signing", "previous_signing_secret", id="secret"),
    ],
)
async def test_what_a_channel_does_not_ask_is_refused_by_name(shop: Live, given, field, known):
    body = {"name": "G", "channel": "custom", **given}

    added = await shop.client.post("/api/v1/inboxes", json=body)
    changed = await shop.client.patch(f"/api/v1/inboxes/{shop.inbox_id}", json=given)

    for answer in (added, changed):
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert known in answer.json()["detail"]
