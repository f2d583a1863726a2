"""Every route and role: closed by default, open only to whom it is meant for."""

from collections.abc import Iterator

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from mim_desk.domain.people import Role
from mim_desk.hub.api.app import HANDLERS
from tests.hub.live import PASSWORD, Live

OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("POST", "/api/v1/sessions")}


def routes() -> Iterator[tuple[str, str, object]]:
    for handler in HANDLERS:
        assert isinstance(handler, HTTPRouteHandler)
        for path in handler.paths:
            for method in handler.http_methods:
                yield str(method), path, handler.opt.get("role")


ROUTES = sorted(routes(), key=str)


def test_every_route_names_its_role_and_only_these_are_open():
    assert {(method, path) for method, path, role in ROUTES if role == "anyone"} == OPEN
    assert all(role == "anyone" or isinstance(role, Role) for _, _, role in ROUTES)


def filled(path: str) -> str:
    return "/".join(map(_filled, path.split("/")))


def _filled(part: str) -> str:
    if not part.startswith("{"):
        return part
    return "1" if part.endswith(":int}") else "01a202ed-0000-7000-8000-000000000000"


async def statuses(client: httpx.AsyncClient) -> dict[tuple[str, str], int]:
    """What each closed route answers to an empty call."""
    asked = [(method, path) for method, path, role in ROUTES if role != "anyone" and path != "/api/v1/sessions"]
    return {(m, p): (await client.request(m, filled(p), json={} if m != "GET" else None)).status_code for m, p in asked}


async def test_strangers_and_wrong_tokens_are_turned_away_everywhere(hub: Live):
    for token in ("", "mim_wrong", "Bearer", "x" * 5000):
        assert set((await statuses(hub.client_of(token))).values()) == {401}


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.ADMIN])
async def test_each_role_gets_exactly_what_is_meant_for_it(hub: Live, role: Role):
    rank = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}
    wanted = {(method, path): needed for method, path, needed in ROUTES if isinstance(needed, Role)}
    client = await hub.agent("ben", role)

    told = await statuses(client)

    for call, status in told.items():
        needed = wanted[call]
        assert isinstance(needed, Role)
        if rank[role] < rank[needed]:
            assert status == 403, call
        else:
            assert status not in (401, 403, 500), call


async def test_signing_in_and_out(hub: Live):
    ben = await hub.agent("ben")
    me = (await ben.get("/api/v1/me")).json()

    assert me["agent"]["login"] == "ben"
    assert me["workspace"]["name"] == "Tests"
    assert (await ben.delete("/api/v1/sessions")).status_code == 204
    assert (await ben.get("/api/v1/me")).status_code == 401


async def test_a_wrong_password_does_not_say_whether_the_login_exists(hub: Live):
    await hub.agent("ben")
    known = await hub.client_of("").post("/api/v1/sessions", json={"login": "ben", "password": "wrong password"})
    unknown = await hub.client_of("").post("/api/v1/sessions", json={"login": "nobody", "password": "wrong password"})

    assert known.status_code == unknown.status_code == 401
    assert known.json() == unknown.json()


async def test_guessing_is_stopped_for_the_login_and_says_how_long(hub: Live):
    await hub.agent("ben")
    client = hub.client_of("")
    for _ in range(5):
        await client.post("/api/v1/sessions", json={"login": "ben", "password": "wrong password"})

    stopped = await client.post("/api/v1/sessions", json={"login": "BEN", "password": PASSWORD})

    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0
    assert stopped.json()["code"] == "too-many"


async def test_a_new_password_ends_all_sessions_and_only_the_owner_or_an_admin_sets_it(hub: Live):
    ben, eve = await hub.agent("ben"), await hub.agent("eve")
    path = f"/api/v1/agents/{ben.agent_id}/password"  # type: ignore[attr-defined]  # the tests' own mark

    assert (await eve.post(path, json={"password": "a new password"})).status_code == 403
    assert (await ben.post(path, json={"password": "short"})).json()["field"] == "password"
    assert (await ben.post(path, json={"password": "a new password"})).status_code == 204
    assert (await ben.get("/api/v1/me")).status_code == 401


async def test_the_last_administrator_stays(hub: Live):
    me = (await hub.client.get("/api/v1/me")).json()["agent"]["id"]

    refused = await hub.client.patch(f"/api/v1/agents/{me}", json={"role": "agent"})

    assert (refused.status_code, refused.json()["field"]) == (409, "role")
