"""The DNS half of the email driver: the TXT records of the domain, as the machine's DNS or the settings' own tells them."""

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from mim_desk.channels.base import Account, Response
from mim_desk.channels.email import domain_check, settings
from mim_desk.channels.email.payloads import Looked

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

ONE_S: Final = 5.0
"""So long for one name, its repetitions included."""
ALL_S: Final = 12.0
"""So long for all; of what is not known by then nothing is said."""
LONGEST_TEXT: Final = 4096


async def look_up(account: Account) -> Response:
    """What the check of the domain needs, one name leading to the next; never fails, what is not answered is told so."""
    known: dict[str, list[str] | None] = {}
    try:
        async with asyncio.timeout(ALL_S):
            resolver = await asyncio.to_thread(_resolver, settings.dns_server(account.settings))
            while names := domain_check.wanted(account.settings, known):
                texts = await asyncio.gather(*(_texts(resolver, name) for name in names))
                known.update(zip(names, texts, strict=True))
    except TimeoutError:
        known.update(dict.fromkeys(domain_check.wanted(account.settings, known)))
    return Response(200, {}, msgspec.json.encode(Looked(known)))


def _resolver(server: tuple[str, int] | None) -> "Resolver | None":
    """Whom to ask; in a thread, since it reads files. None where the machine knows no DNS server."""
    from dns.asyncresolver import Resolver  # late, and in the thread: asked for seldom, slow to import
    from dns.resolver import NoResolverConfiguration

    try:
        made = Resolver(configure=server is None)
    except NoResolverConfiguration:
        return None
    if server is not None:
        made.nameservers, made.port = [server[0]], server[1]
    return made


async def _texts(resolver: "Resolver | None", name: str) -> list[str] | None:
    """The TXT records of a name, each of its parts put together (RFC 7208, 3.3); None when the DNS does not say."""
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer

    if resolver is None:
        return None
    try:
        found = await resolver.resolve(f"{name}.", "TXT", search=False, lifetime=ONE_S)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError, UnicodeError):
        return None
    return [b"".join(record.strings).decode("utf-8", "replace")[:LONGEST_TEXT] for record in found]
