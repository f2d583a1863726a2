"""Visitors' sessions: signed and unstored until the first message or proof, stored with a token's hash from then on."""

import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import msgspec

from mim_desk.channels.web_chat.payloads import NewSession, PageFacts, Visitor
from mim_desk.hub.store import ids, web_chat_identities
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.hub.store.web_chat_sessions import Facts, Sight, StoredSession
from mim_desk.hub.web_chat.identity import Proven
from mim_desk.hub.web_chat.problems import session_expired
from mim_desk.hub.web_chat.tokens import LIFE, Signer, TokenFacts, token_hash
from mim_desk.hub.web_chat.widgets import Widget

_SLIDE_EVERY: Final = timedelta(hours=1)
_MOST_REVOKED: Final = 10_000


@dataclass(frozen=True)
class Session:
    """One visitor's session, checked.

    Attributes:
        identity: the external id of the visitor in the inbox.
        is_stored: whether there is a row of it, and ``stored_hash`` what that keeps of the token it was begun with.
    """

    id: str
    inbox_id: str
    identity: str
    token: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    verified_external_id: str | None = None
    locale: str = ""
    client_id: str = ""
    facts: Facts = field(default_factory=Facts)
    is_stored: bool = False
    stored_hash: bytes = field(default=b"", repr=False)

    @property
    def is_verified(self) -> bool:
        """Whether a proof says who it is."""
        return self.verified_external_id is not None

    @property
    def sight(self) -> Sight:
        """Which messages this session may see: history only with proof."""
        since = None if self.is_verified else self.created_at
        return Sight(self.inbox_id, self.identity, f"{self.id}:", since)

    @property
    def visitor(self) -> Visitor:
        """What the adapter is told of the visitor; facts of the page are claims, not proofs."""
        page = {"page_url": self.facts.page_url, "page_title": self.facts.page_title}
        claimed = {f"claimed.{name}": value for name, value in page.items() if value}
        claimed |= {f"claimed.{name}": value for name, value in self.facts.form.items()}
        name = self.facts.name or self.facts.form.get("name", "")
        return Visitor(self.id, self.identity, self.is_verified, name, self.locale, {**self.facts.fields, **claimed})


def visitor_identity(session_id: str) -> str:
    """The external id of an unproven visitor."""
    return f"visitor:{session_id}"


def customer_identity(external_id: str) -> str:
    """The external id of a proven customer."""
    return f"customer:{external_id}"


class Sessions:
    """Begins, checks, proves and ends sessions."""

    def __init__(self, store: Store, signer: Signer) -> None:
        self._store = store
        self._signer = signer
        self._ended: OrderedDict[str, None] = OrderedDict()

    def begin(self, widget: Widget, wanted: NewSession, now: datetime) -> Session:
        """A new session; nothing is written."""
        page = _page(wanted.page)
        facts = TokenFacts(
            session_id=ids.new_id(now),
            inbox_id=widget.inbox_id,
            expires=int((now + LIFE).timestamp()),
            locale=wanted.locale[:35],
            client_id=wanted.client_id[:64],
            page_url=page.url,
            page_title=page.title,
        )
        return _unstored(facts, self._signer.token(facts))

    async def checked(self, token: str, now: datetime) -> Session:
        """The session of a token; ``bad_token`` or ``session_expired`` when there is none."""
        facts = self._signer.facts(token)
        row = await self._store.read(partial(stored.by_id, session_id=facts.session_id))
        if row is None:
            if facts.expires <= now.timestamp() or facts.session_id in self._ended:
                raise session_expired()
            return _unstored(facts, token)
        same = hmac.compare_digest(row.token_hash, token_hash(token))
        if facts.continues:
            same = facts.continues == row.identity and facts.expires > now.timestamp()
        if not same or row.revoked_at is not None or row.expires_at <= now:
            raise session_expired()
        return await self._slid(_of_row(row, token), now)

    async def continued(self, mark: str, now: datetime) -> Session:
        """The session that a mailed link leads to, under a token of its own; the browser it began in goes on too."""
        session_id = self._signer.continued(mark, now)
        row = await self._store.read(partial(stored.by_id, session_id=session_id)) if session_id else None
        if row is None or row.revoked_at is not None or row.expires_at <= now:
            raise session_expired()
        facts = TokenFacts(
            session_id=row.id,
            inbox_id=row.inbox_id,
            expires=int((now + LIFE).timestamp()),
            locale=row.locale,
            continues=row.identity,
        )
        return _of_row(row, self._signer.token(facts))

    async def kept(self, session: Session) -> Session:
        """The session, stored from now on; as it is by now, when it was stored or proven meanwhile."""
        if session.is_stored:
            return session
        self._refuse_ended(session)

        def work(unit: Unit) -> Session:
            stored.add(unit, _row(session))
            current = _current(unit, session)
            known = with_answers(current, session.facts.form)
            if known != current:
                stored.change(unit, _row(known))
            return known

        return await self._store.writer.run(work)

    async def identified(self, session: Session, proof: Proven, now: datetime) -> tuple[Session, bool]:
        """The session of the proven customer under a new token, and whether it is another session.

        A session that is already another customer is closed: on a shared computer the second one
        must not see what the first one wrote.
        """
        self._refuse_ended(session)

        def work(unit: Unit) -> tuple[Session, bool]:
            current = _current(unit, session)
            if current.is_verified and current.verified_external_id != proof.external_id:
                return self._switched(unit, current, proof, now), True
            if session.is_verified and session.verified_external_id == current.verified_external_id:
                refreshed = _refreshed(current, proof)
                stored.change(unit, _row(refreshed))
                return refreshed, False
            proven = self._proven(current, proof)
            stored.add(unit, _row(session))
            stored.change(unit, _row(proven))
            _join(unit, proven)
            return proven, False

        return await self._store.writer.run(work)

    async def joined(self, session: Session) -> None:
        """What was written unproven goes to the customer the visitor has turned out to be meanwhile."""
        row = await self._store.read(partial(stored.by_id, session_id=session.id))
        if row is not None and row.identity != session.identity:
            await self._store.writer.run(lambda unit: _join(unit, _of_row(row, session.token)))

    async def ended(self, session: Session) -> None:
        """Revoke the token, whether or not the session was ever stored."""
        # Unstored, there is nothing to see with it: remembering it here is enough, unless it is being stored just now.
        self._ended[session.id] = None
        while len(self._ended) > _MOST_REVOKED:
            self._ended.popitem(last=False)
        await self._store.writer.run(lambda unit: stored.revoke(unit, session.id))

    async def answered(self, session: Session, answers: Mapping[str, str]) -> Session:
        """Keep more answers to the form."""
        return await self._changed(session, lambda current: with_answers(current, answers))

    async def reopened(self, session: Session, now: datetime) -> None:
        """Remember that the visitor wants to go on after the resolve."""
        at = int(now.timestamp() * 1000)
        await self._changed(session, lambda current: replace(current, facts=_with(current.facts, reopened_at=at)))

    async def _changed(self, session: Session, change: Callable[[Session], Session]) -> Session:
        """The session with a change to what is stored of it by now."""

        def work(unit: Unit) -> Session:
            changed = change(_current(unit, session))
            stored.change(unit, _row(changed))
            return changed

        return await self._store.writer.run(work)

    def _refuse_ended(self, session: Session) -> None:
        if session.id in self._ended:
            raise session_expired()

    async def contact_id(self, session: Session) -> str | None:
        """The visitor's contact; None before the first message."""
        return await self._store.read(partial(contact_of, session=session))

    async def _slid(self, session: Session, now: datetime) -> Session:
        if session.expires_at - now > LIFE - _SLIDE_EVERY:
            return session
        until = now + LIFE
        await self._store.writer.run(lambda unit: stored.slide(unit, session.id, until))
        return replace(session, expires_at=until)

    def _switched(self, unit: Unit, session: Session, proof: Proven, now: datetime) -> Session:
        facts = TokenFacts(
            session_id=ids.new_id(now),
            inbox_id=session.inbox_id,
            expires=int((now + LIFE).timestamp()),
            locale=session.locale,
            client_id=session.client_id,
        )
        fresh = self._proven(_unstored(facts, ""), proof)
        stored.revoke(unit, session.id)
        stored.add(unit, _row(fresh))
        return fresh

    def _proven(self, session: Session, proof: Proven) -> Session:
        facts = TokenFacts(
            session_id=session.id,
            inbox_id=session.inbox_id,
            expires=int(session.expires_at.timestamp()),
            locale=session.locale,
            client_id=session.client_id,
        )
        return replace(
            session,
            token=self._signer.token(facts),
            identity=customer_identity(proof.external_id),
            verified_external_id=proof.external_id,
            facts=_with(session.facts, name=proof.name, fields=proof.fields),
            is_stored=True,
            stored_hash=b"",
        )


def _current(unit: Unit, session: Session) -> Session:
    """The session as it is stored by now, which is not as it was when the call came in."""
    row = stored.for_change(unit, session.id)
    if row is not None and row.revoked_at is not None:
        raise session_expired()
    return session if row is None else _of_row(row, session.token)


def _refreshed(session: Session, proof: Proven) -> Session:
    """The same customer again: newer name and facts, the same token, so that other tabs go on."""
    facts = _with(session.facts, name=proof.name or session.facts.name, fields=proof.fields or session.facts.fields)
    return replace(session, facts=facts)


def _join(unit: Unit, proven: Session) -> None:
    facts, external_id = proven.facts, proven.verified_external_id or ""
    identity = web_chat_identities.Proven(proven.identity, external_id, facts.name, facts.fields)
    web_chat_identities.join(unit, proven.inbox_id, visitor_identity(proven.id), identity)


def contact_of(conn: Connection, session: Session) -> str | None:
    """The visitor's contact, by the identity, so that a merge by hand is followed."""
    return stored.contact_id(conn, session.inbox_id, session.identity)


def with_answers(session: Session, answers: Mapping[str, str]) -> Session:
    """The session with answers to the form: what a visitor says of himself, which proves nothing."""
    if not answers:
        return session
    return replace(session, facts=_with(session.facts, form={**session.facts.form, **answers}))


def _page(page: PageFacts) -> PageFacts:
    """Where the visitor stands, without query and fragment: those may hold what is nobody's business."""
    parts = urlsplit(page.url[:2000])
    url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.scheme in ("http", "https") else ""
    return PageFacts(url[:300], page.title[:120])


def _with(facts: Facts, **changed: object) -> Facts:
    return msgspec.structs.replace(facts, **changed)


def _unstored(facts: TokenFacts, token: str) -> Session:
    expires = datetime.fromtimestamp(facts.expires, UTC)
    return Session(
        id=facts.session_id,
        inbox_id=facts.inbox_id,
        identity=visitor_identity(facts.session_id),
        token=token,
        created_at=expires - LIFE,
        expires_at=expires,
        locale=facts.locale,
        client_id=facts.client_id,
        facts=Facts(page_url=facts.page_url, page_title=facts.page_title),
    )


def _of_row(row: StoredSession, token: str) -> Session:
    return Session(
        id=row.id,
        inbox_id=row.inbox_id,
        identity=row.identity,
        token=token,
        created_at=row.created_at,
        expires_at=row.expires_at,
        verified_external_id=row.verified_external_id,
        locale=row.locale,
        client_id=row.client_id,
        facts=row.facts,
        is_stored=True,
        stored_hash=row.token_hash,
    )


def _row(session: Session) -> StoredSession:
    return StoredSession(
        id=session.id,
        inbox_id=session.inbox_id,
        token_hash=session.stored_hash or token_hash(session.token),
        identity=session.identity,
        verified_external_id=session.verified_external_id,
        locale=session.locale,
        client_id=session.client_id,
        created_at=session.created_at,
        expires_at=session.expires_at,
        facts=session.facts,
    )
