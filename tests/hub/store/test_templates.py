"""Templates in the store: the provider's list takes the place of what was known, news change one of them."""

from datetime import timedelta
from functools import partial

from mim_desk.channels.events import TemplateChanged
from mim_desk.domain.template import Parameter, Part, PartKind, Template, TemplateStatus
from mim_desk.hub.store import driver, inboxes, templates
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows

BODY = Part("body", PartKind.BODY, "Hello {{1}}", (Parameter("body.1", name="1"),))
HELLO = Template("hello", "en", (BODY,), category="utility")
HALLO = Template("hello", "de", (BODY,))
OFFER = Template("offer", "en")


async def an_inbox(store: Store) -> str:
    found: list[rows.Inbox] = await store.read(inboxes.everything)
    return found[0].id


async def listed(store: Store, inbox_id: str) -> list[tuple[str, str]]:
    found = await store.read(partial(templates.of_inbox, inbox_id=inbox_id))
    return [(one.name, one.language) for one in found]


async def logged(store: Store) -> list[str]:
    """The types of all events that tell of templates."""
    text = "SELECT type FROM event_log WHERE type IN ('template', 'forgotten') ORDER BY seq"
    return [kind for (kind,) in await store.read(lambda conn: driver.rows(conn, text))]


async def test_a_list_takes_the_place_of_the_one_before_and_only_changes_are_logged(shop: Store):
    inbox_id = await an_inbox(shop)
    keep = partial(templates.replace_all, inbox_id=inbox_id)

    assert await shop.writer.run(lambda unit: keep(unit, told=[HELLO, HALLO, OFFER])) == 3
    first = await shop.read(partial(templates.by_name, inbox_id=inbox_id, name="hello", language="en"))
    assert await shop.writer.run(lambda unit: keep(unit, told=[HELLO, HALLO, OFFER])) == 3
    assert await shop.writer.run(lambda unit: keep(unit, told=[HELLO, HALLO])) == 2

    assert await listed(shop, inbox_id) == [("hello", "de"), ("hello", "en")]
    again = await shop.read(partial(templates.by_name, inbox_id=inbox_id, name="hello", language="en"))
    assert first is not None
    assert (again, first.version, first.parts) == (first, 1, [BODY])
    assert await logged(shop) == ["template"] * 3 + ["forgotten"]


async def test_news_change_what_they_tell_and_leave_the_rest(shop: Store):
    inbox_id = await an_inbox(shop)
    await shop.writer.run(lambda unit: templates.replace_all(unit, inbox_id, [HELLO]))
    news = [
        TemplateChanged("hello", "en", TemplateStatus.PAUSED, "Its reason: low quality."),
        TemplateChanged("hello", "en", quality="red"),
        TemplateChanged("hello", "en", category="marketing"),
        TemplateChanged("nothing", "en", TemplateStatus.PAUSED),
    ]

    for one in news:
        await shop.writer.run(partial(templates.tell, inbox_id=inbox_id, event=one))

    row = await shop.read(partial(templates.by_name, inbox_id=inbox_id, name="hello", language="en"))
    assert row is not None
    assert (row.status, row.reason, row.quality, row.category, row.version) == (
        TemplateStatus.PAUSED,
        "Its reason: low quality.",
        "red",
        "marketing",
        4,
    )
    await shop.writer.run(lambda unit: templates.tell(unit, inbox_id, TemplateChanged("hello", "en", is_gone=True)))
    assert await listed(shop, inbox_id) == []


async def test_an_approval_does_not_make_usable_what_cannot_be_filled_in(shop: Store):
    inbox_id = await an_inbox(shop)
    unusable = Template("products", "en", status=TemplateStatus.UNUSABLE, reason="It has a button of the kind mpm.")
    await shop.writer.run(lambda unit: templates.replace_all(unit, inbox_id, [unusable]))

    approved = TemplateChanged("products", "en", TemplateStatus.APPROVED)
    await shop.writer.run(lambda unit: templates.tell(unit, inbox_id, approved))

    row = await shop.read(partial(templates.by_name, inbox_id=inbox_id, name="products", language="en"))
    assert row is not None
    assert row.status is TemplateStatus.UNUSABLE


async def test_of_two_hubs_one_asks_and_when_it_dies_the_other_does_later(shop: Store, clock):
    inbox_id = await an_inbox(shop)
    take = partial(templates.take, inbox_id=inbox_id)
    await shop.writer.run(lambda unit: templates.want(unit, inbox_id))

    assert await shop.writer.run(lambda unit: take(unit, until=unit.now + timedelta(minutes=10))) == 1
    assert await shop.writer.run(lambda unit: take(unit, until=unit.now + timedelta(minutes=10))) is None
    clock.now += timedelta(minutes=11)
    assert await shop.writer.run(lambda unit: take(unit, until=unit.now + timedelta(minutes=10))) == 2


async def test_a_list_is_due_again_when_it_was_said_and_at_once_when_it_is_wanted(shop: Store, clock):
    inbox_id = await an_inbox(shop)
    await shop.writer.run(lambda unit: templates.asked(unit, inbox_id, unit.now + timedelta(hours=6)))
    later = clock.now + timedelta(hours=6)

    assert await shop.read(templates.due_at) == {inbox_id: later}
    await shop.writer.run(lambda unit: templates.want(unit, inbox_id))
    assert await shop.read(templates.due_at) == {inbox_id: clock.now}


async def test_failures_are_counted_until_a_list_comes(shop: Store, clock):
    inbox_id = await an_inbox(shop)
    await shop.writer.run(lambda unit: templates.want(unit, inbox_id))
    attempts: list[int | None] = []

    for problem in ("No answer.", "No answer.", "", "No answer."):
        attempts.append(await shop.writer.run(lambda unit: templates.take(unit, inbox_id, unit.now)))
        await shop.writer.run(lambda unit, told=problem: templates.asked(unit, inbox_id, unit.now, told))

    assert attempts == [1, 2, 3, 1]


async def test_a_removed_inbox_takes_its_templates_along(shop: Store):
    inbox_id = await an_inbox(shop)
    await shop.writer.run(lambda unit: templates.replace_all(unit, inbox_id, [HELLO]))
    await shop.writer.run(lambda unit: templates.want(unit, inbox_id))

    await shop.writer.run(lambda unit: inboxes.remove(unit, inbox_id))

    assert await listed(shop, inbox_id) == []
    assert await shop.read(templates.due_at) == {}
