"""WeCom's callback: sealed, and it says only that there is something to be asked for."""

from mim_desk.channels.base import Account, Event, HandshakeAnswer, RawRequest, Unknown
from mim_desk.channels.shared.safe_xml import UnreadableXml, read_xml
from mim_desk.channels.shared.tencent import is_signed, query_of, sealed_in, unsealed
from mim_desk.domain.refusal import Refusal


def verify(account: Account, request: RawRequest) -> None:
    """Raise a Refusal unless the callback is WeCom's own and opens with the inbox's key."""
    sealed = sealed_in(request.body)
    if not (sealed and is_signed(account, query_of(request), "msg_signature", sealed)):
        raise Refusal("bad-signature", "The signature of the sealed message does not match.")
    _opened(account, sealed)


def events_of(account: Account, body: bytes) -> tuple[Event, ...]:
    """Nothing for the nudge, which brings no message; anything else is not known."""
    try:
        told = read_xml(_opened(account, sealed_in(body))).leaves()
    except (Refusal, UnreadableXml) as problem:
        return (Unknown("body", str(problem)),)
    name = told.get("event", "").strip().lower()
    return () if name == "kf_msg_or_event" else (Unknown(name[:60] or "callback"),)


def echo(account: Account, request: RawRequest) -> HandshakeAnswer:
    """The sealed word that WeCom wants to hear opened."""
    asked = query_of(request)
    word = asked.get("echostr", "")
    if not (word and is_signed(account, asked, "msg_signature", word)):
        raise Refusal("forbidden", "The token is not the one of this inbox.")
    return HandshakeAnswer(_opened(account, word))


def _opened(account: Account, sealed: str) -> bytes:
    return unsealed(account, sealed, str(account.settings.get("corp_id", "")))
