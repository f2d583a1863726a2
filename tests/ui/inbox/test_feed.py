"""The feed of the list: what could not be read is said, in the place of what was listed before."""

from mim_desk.desk.changes import Changes
from mim_desk.desk.shapes import ListKey, ListQuery, ListRow, ViewCounts
from mim_desk.desk.tasks import TaskOwner
from mim_desk.ui.inbox.feed import InboxFeed
from mim_desk.ui.inbox.nothing import READ_AGAIN, could_not_load
from mim_desk.ui.inbox.view import ConversationList
from tests.ui.samples import NOW, inbox_rows
from tests.ui.stage import Stage


class Source:
    """A cache that can be out of order."""

    def __init__(self) -> None:
        self.problem: OSError | None = None

    async def conversations(self, query: ListQuery, after: ListKey | None = None, limit: int = 100) -> list[ListRow]:
        """The sample rows, or the problem."""
        if self.problem is not None:
            raise self.problem
        return inbox_rows() if after is None else []

    async def counts(self, me_id: str) -> ViewCounts:
        """Of nothing."""
        return ViewCounts()


def test_a_view_that_cannot_be_read_shows_no_rows_of_another(stage: Stage) -> None:
    told: list[tuple[str, BaseException]] = []
    owner = TaskOwner(lambda name, problem: told.append((name, problem)))
    source, view = Source(), stage.keep(ConversationList(stage.theme, lambda: NOW))
    feed = InboxFeed(view, source, Changes(), owner)
    listed: list[bool] = []
    feed.listed.connect(listed.append)
    feed.show(ListQuery("mine", "due"))
    stage.until(view.rows.rowCount)

    source.problem = OSError("disk I/O error")
    feed.show(ListQuery("all", "due"))
    stage.until(lambda: told)

    assert view.rows.rowCount() == 0
    assert view.rows.state == "failed"
    assert listed[-1] is False
    assert told[0] == ("list view", source.problem)

    source.problem = None
    feed.show(feed.query)
    stage.until(view.rows.rowCount)

    assert view.rows.state == "loaded"
    feed.close()
    stage.run(owner.close())


def test_what_could_not_load_says_so_and_offers_to_read_again() -> None:
    said = could_not_load()

    assert said.title == "This view could not load"
    assert [word for word, _, _ in said.acts] == ["Try again"]
    assert said.ids == (READ_AGAIN,)
