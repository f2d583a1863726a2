"""The send guard: a reply that somebody else's answer overtook is held, and the agent decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.send_guard import Composed, GuardFacts, MovedReason, reasons

LIVE, OFFLINE = Composed.LIVE, Composed.OFFLINE
MOVED = {
    "replies_by_others": (11,),
    "incoming": (12,),
    "assignee_changed": True,
    "resolved": True,
    "window_closed": True,
}


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        pytest.param(GuardFacts(10), (), id="nothing happened"),
        pytest.param(GuardFacts(10, replies_by_others=(11,)), ("answered",), id="somebody answered"),
        pytest.param(GuardFacts(11, replies_by_others=(11,)), (), id="the answer was on screen"),
        pytest.param(GuardFacts(10, LIVE, incoming=(11, 12)), (), id="live, the customer wrote on"),
        pytest.param(GuardFacts(10, OFFLINE, incoming=(12,)), ("customer_wrote",), id="offline, the customer wrote on"),
        pytest.param(GuardFacts(12, OFFLINE, incoming=(12,)), (), id="offline, the message was on screen"),
        pytest.param(GuardFacts(10, LIVE, assignee_changed=True), (), id="live, reassigned"),
        pytest.param(GuardFacts(10, OFFLINE, assignee_changed=True), ("assignee_changed",), id="offline, reassigned"),
        pytest.param(GuardFacts(10, LIVE, resolved=True), (), id="live, resolved"),
        pytest.param(GuardFacts(10, OFFLINE, resolved=True), ("resolved",), id="offline, resolved"),
        pytest.param(GuardFacts(10, OFFLINE, window_closed=True), ("window_closed",), id="offline, window closed"),
        pytest.param(GuardFacts(10, OFFLINE, **MOVED), tuple(MovedReason), id="everything, in order"),
        pytest.param(GuardFacts(None, OFFLINE, **MOVED), (), id="no guard asked for"),
        pytest.param(GuardFacts(10, OFFLINE, override=True, **MOVED), (), id="the agent decided"),
    ],
)
def test_a_reply_is_held_for_exactly_these_reasons(facts: GuardFacts, held: tuple[str, ...]) -> None:
    assert reasons(facts) == held


@given(
    st.integers(0, 20),
    st.sampled_from(Composed),
    st.lists(st.integers(0, 20)),
    st.lists(st.integers(0, 20)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_seeing_more_never_holds_more(
    base: int, composed: Composed, replies: list[int], incoming: list[int], moved: bool, resolved: bool, closed: bool
) -> None:
    def held(base_seq: int) -> set[MovedReason]:
        facts = GuardFacts(base_seq, composed, tuple(replies), tuple(incoming), moved, resolved, closed)
        return set(reasons(facts))

    assert held(base + 1) <= held(base)
