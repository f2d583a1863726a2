"""The calls of the API: what they answer, and how they say no."""

import asyncio
import uuid

import pytest

from tests.hub.gateway import Gateway
from tests.hub.live import Live, incoming


async def test_errors_are_problem_details_with_a_code_and_the_field(hub: Live):
    cases = [
        (await hub.client.get("/nothing"), 404, "not-found", ""),
        (await hub.client.put("/api/v1/labels"), 405, "method-not-allowed", ""),
        (await hub.client.post("/api/v1/labels", json={}), 400, "invalid", "name"),
        (await hub.client.post("/api/v1/labels", json={"name": 3}), 400, "invalid", "name"),
        (await hub.client.post("/api/v1/labels", content=b"{"), 400, "invalid", ""),
        (await hub.client.post("/api/v1/labels", content=b"[" * 100_000), 400, "invalid", ""),
        (await hub.client.post("/api/v1/labels", content=b"\xff"), 400, "invalid", ""),
        (await hub.client.post("/api/v1/labels", content=b"x" * (2 << 20)), 413, "too-large", ""),
        (await hub.client.get("/api/v1/conversations", params={"limit": "x"}), 400, "invalid", "limit"),
        (await hub.client.get("/api/v1/conversations", params={"limit": 0}), 400, "invalid", "limit"),
        (await hub.client.get("/api/v1/conversations", params={"order": "x"}), 400, "invalid", "order"),
        (await hub.client.get("/api/v1/conversations", params={"after": "%%"}), 400, "invalid", "after"),
        (await hub.client.get("/api/v1/conversations", params={"status": "bogus"}), 400, "invalid", "status"),
        (await hub.client.get("/api/v1/conversations", params={"q": "x" * 501}), 400, "invalid", "q"),
        (await hub.client.get("/api/v1/conversations", params={"assignee": "x" * 65}), 400, "invalid", "assignee"),
        (await hub.client.get("/api/v1/search", params={"q": "x" * 501}), 400, "invalid", "q"),
        (await hub.client.get("/api/v1/search"), 400, "invalid", "q"),
        (await hub.client.get("/api/v1/snapshot", params={"after": "zz"}), 400, "invalid", "after"),
        (await hub.client.post("/api/v1/inboxes", json={"name": "x", "channel": "fax"}), 400, "invalid", "channel"),
    ]

    for answer, status, code, field in cases:
        problem = answer.json()
        assert answer.status_code == status, answer.request.url
        assert answer.headers["content-type"] == "application/problem+json"
        assert (problem["status"], problem["code"]) == (status, code)
        assert problem.get("field", "") == field, answer.request.url
        assert problem["type"].endswith(code)


async def test_the_wrong_method_names_the_right_ones(hub: Live):
    answer = await hub.client.put("/api/v1/labels")

    assert {"GET", "POST"} <= set(answer.headers["allow"].replace(" ", "").split(","))


async def test_conversations_are_listed_by_filter_and_page(shop: Live):
    for number in range(5):
        await shop.deliver(incoming(f"c-{number}", f"number {number}"))
    everything = (await shop.client.get("/api/v1/conversations")).json()["items"]
    await shop.client.patch(
        f"/api/v1/conversations/{everything[0]['id']}", json={"labels": ["vip"], "priority": "high"}
    )

    pages, after = [], None
    while True:
        page = (
            await shop.client.get("/api/v1/conversations", params={"limit": 2, **({"after": after} if after else {})})
        ).json()
        pages.append([one["id"] for one in page["items"]])
        after = page["next"]
        if after is None:
            break

    assert sorted(one for page in pages for one in page) == sorted(one["id"] for one in everything)
    by_label = (await shop.client.get("/api/v1/conversations", params={"label": "vip"})).json()["items"]
    assert [one["id"] for one in by_label] == [everything[0]["id"]]
    for parameters, count in (
        ({"status": ["open", "snoozed"]}, 5),
        ({"status": "resolved"}, 0),
        ({"assignee": "none"}, 5),
        ({"priority": "high"}, 1),
        ({"inbox": shop.inbox_id}, 5),
        ({"q": "number 3"}, 1),
        ({"order": "waiting"}, 5),
        ({"order": "due"}, 5),
    ):
        found = (await shop.client.get("/api/v1/conversations", params=parameters)).json()["items"]
        assert len(found) == count, parameters


async def test_if_match_keeps_two_people_from_overwriting_each_other(shop: Live):
    conversation = await shop.conversation()
    path = f"/api/v1/conversations/{conversation['id']}"
    tag = (await shop.client.get(path)).headers["etag"]

    first = await shop.client.patch(path, json={"priority": "high"}, headers={"if-match": tag})
    second = await shop.client.patch(path, json={"priority": "low"}, headers={"if-match": tag})
    broken = await shop.client.patch(path, json={"priority": "low"}, headers={"if-match": "x"})

    assert first.json()["priority"] == "high"
    assert (second.status_code, second.json()["code"]) == (412, "version-conflict")
    assert broken.json()["field"] == "If-Match"


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"status": "snoozed", "snoozed_until": "2999-01-01T00:00:00"}, "snoozed_until"),
        ({"status": "snoozed", "snoozed_until": "soon"}, "snoozed_until"),
        ({"labels": [str(number) for number in range(51)]}, "labels"),
        ({"labels": ["x" * 101]}, "labels"),
    ],
    ids=["a time without a zone", "no time", "too many labels", "too long a label"],
)
async def test_a_change_that_cannot_be_names_its_field(shop: Live, patch: dict[str, object], field: str):
    path = f"/api/v1/conversations/{(await shop.conversation())['id']}"

    answer = await shop.client.patch(path, json=patch)

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)


async def test_the_last_moment_of_time_and_a_version_of_many_digits_break_nothing(shop: Live):
    path = f"/api/v1/conversations/{(await shop.conversation())['id']}"
    last = {"status": "snoozed", "snoozed_until": "9999-12-31T23:59:59-10:00"}

    snoozed = await shop.client.patch(path, json=last)
    long = await shop.client.patch(path, json={"priority": "low"}, headers={"if-match": "9" * 5000})

    assert snoozed.status_code in (200, 400)
    assert (long.status_code, long.json()["field"]) == (400, "If-Match")


async def test_labels_are_kept_once_and_as_many_as_allowed(shop: Live):
    path = f"/api/v1/conversations/{(await shop.conversation())['id']}"
    labels = [f"{number:0100}" for number in range(50)]

    kept = await shop.client.patch(path, json={"labels": labels * 2})
    again = await shop.client.patch(path, json={"labels": [*labels, labels[0]]})

    assert kept.json()["labels"] == again.json()["labels"] == labels
    assert again.headers["etag"] == kept.headers["etag"]


@pytest.mark.parametrize("base_seq", [10**30, 2**63, -1])
async def test_a_place_beyond_every_log_is_refused(shop: Live, base_seq: int):
    answer = await shop.reply((await shop.conversation())["id"], base_seq=base_seq)

    assert (answer.status_code, answer.json()["field"]) == (400, "base_seq")


async def test_the_same_id_twice_answers_the_same_message_and_another_body_is_a_conflict(shop: Live, gateway: Gateway):
    conversation = await shop.conversation()
    message_id = str(uuid.uuid4())

    first = await shop.reply(conversation["id"], "Hello", id=message_id)
    again = await shop.reply(conversation["id"], "Hello", id=message_id)
    other = await shop.reply(conversation["id"], "Something else", id=message_id)
    await shop.until_status(conversation["id"], message_id, "sent")

    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert first.json()["id"] == again.json()["id"] == message_id
    assert other.json()["code"] == "id-conflict"
    assert len(gateway.calls) == 1


async def test_the_send_guard_holds_a_reply_that_somebody_else_has_overtaken(shop: Live):
    ben = await shop.agent("ben")
    conversation = await shop.conversation()
    seen = (await shop.client.get("/readyz")).json()["seq"]
    path = f"/api/v1/conversations/{conversation['id']}/messages"
    await ben.post(path, json={"id": str(uuid.uuid4()), "text": "Ben was faster", "base_seq": seen})

    held = await shop.reply(conversation["id"], "Me too", base_seq=seen)
    sent = await shop.reply(conversation["id"], "Me too", base_seq=seen, override=True)

    assert held.status_code == 409
    problem = held.json()
    assert problem["code"] == "conversation-moved"
    assert problem["reasons"] == ["answered"]
    assert [one["text"] for one in problem["messages"]] == ["Ben was faster"]
    assert sent.status_code == 201


async def test_a_reply_written_offline_is_held_when_the_customer_wrote_again(shop: Live):
    conversation = await shop.conversation("ana", "first")
    seen = (await shop.client.get("/readyz")).json()["seq"]
    await shop.deliver(incoming("ana", "second"))

    live = await shop.reply(conversation["id"], "answer", base_seq=seen)
    offline = await shop.reply(conversation["id"], "answer", base_seq=seen, composed="offline")

    assert live.status_code == 201
    assert offline.status_code == 409
    assert "customer_wrote" in offline.json()["reasons"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"id": "x", "text": "a"}, "id"),
        ({"text": "a"}, "id"),
        ({"id": str(uuid.uuid4()), "text": "  \n "}, "text"),
        ({"id": str(uuid.uuid4()), "text": "a", "kind": "incoming"}, "kind"),
        ({"id": str(uuid.uuid4()), "text": "a", "composed": "half"}, "composed"),
        ({"id": str(uuid.uuid4()), "text": "x" * 10_001}, "text"),
        ({"id": str(uuid.uuid4()), "text": "a", "template": {"name": "t", "language": "en"}}, "template"),
        ({"id": str(uuid.uuid4()), "text": "a", "buttons": [{"title": "b" * 81}]}, "buttons"),
    ],
)
async def test_a_reply_that_cannot_be_carried_names_the_field(shop: Live, body: dict[str, object], field: str):
    conversation = await shop.conversation()

    answer = await shop.client.post(f"/api/v1/conversations/{conversation['id']}/messages", json=body)

    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_a_file_goes_up_with_a_reply_and_comes_down_again(shop: Live, gateway: Gateway):
    conversation = await shop.conversation()
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 600_000
    file = ("../../Plan\u202egnp.exe", png, "text/html")
    uploaded = (await shop.client.post("/api/v1/attachments", files={"file": file})).json()["attachment"]

    posted = (await shop.reply(conversation["id"], "", attachments=[uploaded["id"]])).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")
    down = await shop.client.get(uploaded["url"])

    assert uploaded["mime_type"] == "image/png"
    assert uploaded["name"] == "Plangnp.exe"
    assert down.content == png
    assert down.headers["content-disposition"].startswith("attachment")
    assert down.headers["x-content-type-options"] == "nosniff"
    assert gateway.calls[0].json["attachments"][0]["mime_type"] == "image/png"
    assert posted["type"] == "image"


async def test_uploads_without_a_file_or_too_large_are_refused(shop: Live):
    nothing = await shop.client.post("/api/v1/attachments", files={"other": ("a", b"a", "text/plain")})
    empty = await shop.client.post("/api/v1/attachments", files={"file": ("a", b"", "text/plain")})
    plain = await shop.client.post("/api/v1/attachments", content=b"abc")
    huge = await shop.client.post("/api/v1/attachments", files={"file": ("a", b"a" * (26 << 20), "text/plain")})

    assert [one.status_code for one in (nothing, empty, plain, huge)] == [400, 400, 400, 413]
    assert nothing.json()["field"] == empty.json()["field"] == "file"


async def test_another_agents_upload_is_not_handed_out(shop: Live):
    ben = await shop.agent("ben")
    uploaded = (await ben.post("/api/v1/attachments", files={"file": ("a.txt", b"abc", "text/plain")})).json()

    assert (await ben.get(uploaded["attachment"]["url"])).content == b"abc"
    assert (await shop.client.get(uploaded["attachment"]["url"])).status_code == 404


async def test_reading_lowers_unread_and_an_unanswered_conversation_can_be_resolved(shop: Live):
    conversation = await shop.conversation("ana", "one")
    await shop.deliver(incoming("ana", "two"))
    path = f"/api/v1/conversations/{conversation['id']}"

    read = await shop.client.post(f"{path}/read", json={"up_to": conversation["last_message"]["id"]})
    resolved = await shop.client.patch(path, json={"status": "resolved"})

    assert read.json()["unread"] == 1
    assert resolved.json()["status"] == "resolved"


async def test_search_finds_words_in_any_script(shop: Live):
    await shop.deliver(incoming("ana", "请问订单在哪里"), incoming("ben", "Where is my parcel?"))

    for words, count in (("订单", 1), ("parcel", 1), ("par", 1), ("nothing", 0), ("", 0)):
        found = (await shop.client.get("/api/v1/search", params={"q": words})).json()["items"]
        assert len(found) == count, words


async def test_the_workspaces_nouns_are_made_changed_and_removed(hub: Live):
    label = (await hub.client.post("/api/v1/labels", json={"name": "vip"})).json()
    twice = await hub.client.post("/api/v1/labels", json={"name": "vip"})
    renamed = await hub.client.patch(f"/api/v1/labels/{label['id']}", json={"name": "VIP"})
    gone = await hub.client.delete(f"/api/v1/labels/{label['id']}")
    reply = (
        await hub.client.post("/api/v1/canned-replies", json={"shortcut": "hi", "title": "Hi", "text": "Hello"})
    ).json()
    spaced = await hub.client.post("/api/v1/canned-replies", json={"shortcut": "h i", "title": "", "text": "x"})
    policy = (await hub.client.get("/api/v1/sla-policies")).json()["items"][0]
    faster = await hub.client.patch(f"/api/v1/sla-policies/{policy['id']}", json={"next_response_s": 60})
    last = await hub.client.delete(f"/api/v1/sla-policies/{policy['id']}")
    presence = await hub.client.post("/api/v1/me/presence", json={"presence": "online"})

    assert (twice.status_code, twice.json()["field"]) == (409, "name")
    assert renamed.json()["name"] == "VIP"
    assert gone.status_code == 204
    assert (await hub.client.get("/api/v1/labels")).json()["items"] == []
    assert [one["id"] for one in (await hub.client.get("/api/v1/canned-replies")).json()["items"]] == [reply["id"]]
    assert spaced.json()["field"] == "shortcut"
    assert faster.json()["next_response_s"] == 60
    assert last.status_code == 409
    assert presence.json()["presence"] == "online"


async def test_the_snapshot_is_paged_and_says_where_the_log_goes_on(shop: Live):
    items = [incoming(f"c-{number}", str(number)) for number in range(600)]
    await shop.deliver(*items)
    head = (await shop.client.get("/readyz")).json()["seq"]

    counts: dict[str, int] = {}
    after, pages = None, 0
    while True:
        page = (await shop.client.get("/api/v1/snapshot", params={"after": after} if after else {})).json()
        pages += 1
        assert page["seq"] == head
        for kind, found in page["rows"].items():
            counts[kind] = counts.get(kind, 0) + len(found)
        after = page["next"]
        if after is None:
            break

    assert pages > 1
    assert (counts["conversation"], counts["contact"], counts["message"]) == (600, 600, 600)
    assert counts["workspace"] == counts["inbox"] == 1


async def test_concurrent_first_messages_of_one_contact_open_one_conversation(shop: Live):
    answers = await asyncio.gather(*(shop.deliver(incoming("ana", str(number))) for number in range(30)))

    assert {answer.status_code for answer in answers} == {200}
    (conversation,) = (await shop.client.get("/api/v1/conversations")).json()["items"]
    assert conversation["unread"] == 30


async def test_a_conversation_that_is_not_there_is_not_found_in_every_call(hub: Live):
    path = f"/api/v1/conversations/{uuid.uuid4()}"

    assert (await hub.client.get(path)).status_code == 404
    assert (await hub.client.patch(path, json={"priority": "low"})).status_code == 404
    assert (await hub.client.get(f"{path}/messages")).status_code == 404
    assert (await hub.reply(path.rsplit("/", 1)[-1])).status_code == 404
    assert (await hub.client.post(f"{path}/typing")).status_code == 404


async def test_the_open_api_document_names_every_call(hub: Live):
    document = (await hub.client_of("").get("/api/openapi.json")).json()

    assert {"/webhooks/{channel}/{inbox_id}", "/api/v1/events", "/api/v1/conversations"} <= set(document["paths"])
    assert document["openapi"].startswith("3.1")


async def test_two_contacts_become_one_person_with_one_open_conversation(shop: Live):
    await shop.deliver(incoming("ana", "from the phone"), incoming("ana-2", "from the tablet"))
    one, other = (await shop.client.get("/api/v1/conversations")).json()["items"]

    merged = await shop.client.post(
        f"/api/v1/contacts/{one['contact_id']}/merge", json={"contact_id": other["contact_id"]}
    )
    itself = await shop.client.post(
        f"/api/v1/contacts/{one['contact_id']}/merge", json={"contact_id": one["contact_id"]}
    )
    nobody = await shop.client.post(f"/api/v1/contacts/{one['contact_id']}/merge", json={"contact_id": "none"})

    assert {identity["external_id"] for identity in merged.json()["identities"]} == {"ana", "ana-2"}
    (open_one,) = (await shop.client.get("/api/v1/conversations", params={"status": "open"})).json()["items"]
    assert open_one["unread"] == 2
    assert itself.json()["field"] == "contact_id"
    assert nobody.status_code == 404
    assert (await shop.client.get(f"/api/v1/contacts/{other['contact_id']}")).json()["id"] == one["contact_id"]


async def test_an_agent_cannot_pull_over_what_another_team_owns(shop: Live):
    ben = await shop.agent("ben")
    await shop.deliver(incoming("ana", "secret"), incoming("eve", "open"))
    one, other = (await shop.client.get("/api/v1/conversations")).json()["items"]
    team = (await shop.client.post("/api/v1/teams", json={"name": "Payments"})).json()
    await shop.client.patch(f"/api/v1/conversations/{one['id']}", json={"team_id": team["id"]})

    refused = await ben.post(f"/api/v1/contacts/{other['contact_id']}/merge", json={"contact_id": one["contact_id"]})

    assert refused.status_code == 403
