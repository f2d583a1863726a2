"""What mail servers say in words, where they say it in no other way: that a mail failed or waits, why, and for whom."""

import re
from typing import Final

from mim_desk.channels.email.bodies import shown
from mim_desk.domain.mail_parts import Part

_MOST: Final = 20_000
_HEADER_CAME_BACK: Final = re.compile(
    r"^[> ]{0,4}(received|return-path|message-id|dkim-signature|mime-version|delivered-to|from|date):",
    re.IGNORECASE | re.MULTILINE,
)
"""From here on it is our own mail, whose words say nothing of what became of it."""
_WAITS: Final = re.compile(
    r"has not (yet )?been delivered|not yet delivered|(will|is|are) (being |be )?(retried|tried again)|try(ing)? again later"
    r"|will (continue|keep) (to )?(try|retry)|still (be )?trying|delivery (has been|is|was) delayed|has been delayed"
    r"|do not need to (re-?send|send it again)|this is a warning message only|could not be delivered (yet|for the past)"
    r"|konnte (bisher|noch) nicht|pas encore (pu|été)|正在重试|将继续尝试|再送を試みます",
    re.IGNORECASE,
)
_WAITS_BY_SUBJECT: Final = re.compile(
    r"(warning: (message|could not)|delivery (status notification \(delay\)|delayed)|delayed|(un)?zustellung verzögert)",
    re.IGNORECASE,
)
_FAILED: Final = re.compile(
    r"permanent(ly)?|fatal error|given up|giving up|not going to try|undeliver|could not be delivered|unable to deliver"
    r"|was(n't| not) (able to be )?delivered|did not reach|fail(ed|ure)|returned (mail|to)|returning message|rejected"
    r"|unzustellbar|nicht zugestellt|non remis|no (se )?(ha )?(podido|pudo) entrega|退信|无法投递|送信できません|配信できません",
    re.IGNORECASE,
)
_MEANINGS: Final = {
    "5.1.1": r"user unknown|unknown user|no such (user|mailbox|recipient|address)|(user|mailbox|recipient|account|address)"
    r" ?(name )?(is |was )?(not (found|exist|listed|recognized|known)|does ?n[o']t exist|unknown|disabled|inactive)"
    r"|does ?n[o']t have an? .{0,30}account|account .{0,40}does not exist|not listed in|is not recognized|invalid (recipient|mailbox)",
    "5.2.2": r"(mailbox|quota|inbox|storage).{0,30}(full|exceed)|over ?quota|(exceed|full).{0,30}(mailbox|quota)",
    "5.1.2": r"(domain|host) .{0,60}(not (be )?found|does ?n[o']t exist|couldn't be found)|host unknown|null mx",
    "5.3.4": r"(message|mail) (size )?(too (large|big|long)|(size )?limit exceeded|.{0,20}exceeds.{0,30}(size|limit))",
}
_READ: Final = [(code, re.compile(words, re.IGNORECASE)) for code, words in _MEANINGS.items()]
_ADDRESS: Final = r"[^\s<>@,;:\"()\[\]]{1,64}@[^\s<>@,;:\"()\[\]]{1,190}"
_NAMED: Final = re.compile(
    rf"^[ \t]{{0,8}}(?:(?:recipient:|>>> RCPT TO:|unknown user:)\s?)?<?({_ADDRESS})>?[ \t]*(?::.{{0,200}})?\r?$",
    re.IGNORECASE | re.MULTILINE,
)


def own_words(mail: Part) -> str:
    """What a server wrote itself, above the mail that it sends back."""
    texts = (shown(part)[:_MOST] for part in mail.walk() if part.type in ("text/plain", "text/html"))
    told = next((one for one in texts if one.strip()), "")
    came_back = _HEADER_CAME_BACK.search(told)
    return told[: came_back.start()] if came_back else told


def waits(subject: str, words: str) -> bool:
    """Whether the mail is still tried."""
    return bool(_WAITS_BY_SUBJECT.match(subject) or _WAITS.search(words))


def failed(subject: str, words: str) -> bool:
    """Whether it is given up."""
    return bool(_FAILED.search(words) or _FAILED.search(subject))


def meaning(told: str) -> str:
    """The status that these words mean; empty when they mean none that is known."""
    return next((code for code, words in _READ if words.search(told[:_MOST])), "")


def addresses(words: str) -> list[str]:
    """Whom a server names as those who did not get it: each on a line, or before a colon."""
    return list(dict.fromkeys(_NAMED.findall(words)))
