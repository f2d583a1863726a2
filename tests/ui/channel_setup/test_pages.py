"""The pages of set-up with the hub's answers at the edge: trying, saving, mending, disconnecting, reading again."""

from collections.abc import Callable

import httpx
import msgspec
import pytest

from mim_desk.desk.hub_client import HubClient
from mim_desk.protocol import api, rows
from mim_desk.ui.channel_setup.change import ChangeInbox
from mim_desk.ui.channel_setup.choose import ChannelChoice
from mim_desk.ui.channel_setup.deliveries import Deliveries
from mim_desk.ui.channel_setup.pages import SetupPages
from mim_desk.ui.channel_setup.view import ADDRESS, ChannelSetup
from tests.desk import workspace
from tests.ui.channel_setup.test_health import MANIFEST, NOW, SHEET, kept
from tests.ui.stage import Stage

ROW = rows.Inbox("i9", "Shop", "custom", workspace.BRAND, SHEET, {"callback_url": "https://a.example"})
GOOD = api.TriedOut([api.Check("What is needed is filled in")], 0.1)
BAD = api.TriedOut([api.Check("The account", "danger", "No answer there.", "settings.callback_url")], 0.1)


class FakeHub:
    """Answers by method and path; remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.answers: dict[tuple[str, str], object] = {
            ("GET", "/api/v1/channels"): api.Page([MANIFEST]),
            ("GET", "/api/v1/inboxes"): api.Page([ROW]),
            ("POST", "/api/v1/inboxes/try"): GOOD,
            ("POST", "/api/v1/inboxes"): api.CreatedInbox("i9", "https://desk.example/webhooks/custom/i9", ROW),
            ("POST", "/api/v1/inboxes/i9/try"): GOOD,
            ("POST", "/api/v1/inboxes/i9/test"): GOOD,
            ("PATCH", "/api/v1/inboxes/i9"): ROW,
            ("DELETE", "/api/v1/inboxes/i9"): None,
            ("GET", "/api/v1/inboxes/i9/deliveries"): api.Page([kept(7)]),
            ("POST", "/api/v1/inboxes/i9/deliveries/7/replay"): api.Replayed(1, 1, 0),
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path, request.content))
        return httpx.Response(200, content=msgspec.json.encode(self.answers[request.method, request.url.path]))

    def bodies(self, method: str, path: str) -> list[bytes]:
        return [body for one, at, body in self.asked if (one, at) == (method, path)]


@pytest.fixture
def hub(stage: Stage) -> FakeHub:
    made = FakeHub()
    stage.session.line.client = HubClient("http://hub.test", "t", transport=httpx.MockTransport(made))
    return made


@pytest.fixture
def pages(stage: Stage, hub: FakeHub) -> SetupPages:
    made = SetupPages(stage.theme, stage.session, stage.session.owner, None)
    made.channels, made.inboxes = [MANIFEST], [ROW]
    made.page_made.connect(lambda page: (stage.keep(page, 1100, 700), shown.append(page)))
    shown.clear()
    return made


shown: list[object] = []


def the(kind: type) -> Callable[[], bool]:
    return lambda: bool(shown) and isinstance(shown[-1], kind)


def filled(pages: SetupPages) -> ChannelSetup:
    pages.set_up("custom")
    page = shown[-1]
    assert isinstance(page, ChannelSetup)
    page.settings["callback_url"].input.setText("https://a.example")
    page.secrets["signing_secret"].input.setText("0123456789abcdef")
    return page


def test_what_works_is_saved_and_shows_its_address(stage: Stage, pages: SetupPages, hub: FakeHub) -> None:
    page = filled(pages)

    page.go.click()
    stage.until(lambda: page.pages.currentIndex() == ADDRESS)

    assert [path for _, path, _ in hub.asked] == ["/api/v1/inboxes/try", "/api/v1/inboxes"]


def test_what_does_not_work_is_never_saved(stage: Stage, pages: SetupPages, hub: FakeHub) -> None:
    hub.answers["POST", "/api/v1/inboxes/try"] = BAD
    page = filled(pages)

    page.go.click()
    stage.until(lambda: page.settings["callback_url"].below.text() == "No answer there.")

    assert hub.bodies("POST", "/api/v1/inboxes") == []


def test_another_senders_name_is_saved_and_the_first_message_is_waited_for(
    stage: Stage, pages: SetupPages, hub: FakeHub
) -> None:
    page = filled(pages)
    page.go.click()
    stage.until(lambda: page.pages.currentIndex() == ADDRESS)
    page.brand.input.setText("Juniper")

    page.ahead[2].click()
    page.ahead[3].click()
    stage.until(lambda: hub.bodies("PATCH", "/api/v1/inboxes/i9"))

    assert hub.bodies("PATCH", "/api/v1/inboxes/i9") == [b'{"brand":{"name":"Juniper"}}']
    assert page.pages.currentIndex() == 4


def test_a_change_is_tried_then_saved_and_the_way_leads_back(stage: Stage, pages: SetupPages, hub: FakeHub) -> None:
    pages.change(ROW)
    page = shown[-1]
    assert isinstance(page, ChangeInbox)
    page.fields.secrets["signing_secret"].input.setText("another-secret-here")

    page.save.click()
    stage.until(the(ChannelChoice))

    body = b'{"secrets":{"signing_secret":"another-secret-here"}}'
    assert hub.bodies("POST", "/api/v1/inboxes/i9/try") == hub.bodies("PATCH", "/api/v1/inboxes/i9") == [body]


def test_pausing_and_disconnecting_are_one_call_each(stage: Stage, pages: SetupPages, hub: FakeHub) -> None:
    pages.change(ROW)
    shown[-1].pause.click()
    stage.until(the(ChannelChoice))
    pages.change(ROW)
    shown[-1].remove.click()
    shown[-1].remove.click()
    stage.until(lambda: hub.bodies("DELETE", "/api/v1/inboxes/i9"))

    assert hub.bodies("PATCH", "/api/v1/inboxes/i9") == [b'{"paused":true}']


def test_check_all_tries_every_inbox_and_reads_the_figures_of_the_moment(
    stage: Stage, pages: SetupPages, hub: FakeHub
) -> None:
    pages.show_choice()
    page = shown[-1]
    stage.until(lambda: hub.bodies("GET", "/api/v1/inboxes"))
    hub.answers["GET", "/api/v1/inboxes"] = api.Page(
        [msgspec.structs.replace(ROW, health=rows.Health("failing", "403.", NOW))]
    )

    page.health.check.click()
    stage.until(lambda: "Not working" in page.health.cards[0].accessibleName())

    assert len(hub.bodies("POST", "/api/v1/inboxes/i9/test")) == 1


def test_a_kept_delivery_is_read_again_and_what_it_brought_is_told(
    stage: Stage, pages: SetupPages, hub: FakeHub
) -> None:
    pages.show_deliveries(ROW)
    page = shown[-1]
    assert isinstance(page, Deliveries)
    stage.until(lambda: 7 in page.cards)
    hub.answers["GET", "/api/v1/inboxes/i9/deliveries"] = api.Page([])

    page.cards[7].again.click()
    stage.until(lambda: not page.cards)

    assert page.result.text() == "New messages: 1."
    assert page.empty.isVisible()
