"""How an inbox does, in words: one state, one sentence, its figures."""

from datetime import datetime, timedelta

from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.texts import tr

ENDS_SOON = timedelta(days=14)
LATE_S = 60.0
"""Messages that come later than this, most of them, are worth a word."""


def state_of(health: rows.Health, now: datetime) -> tuple[str, str]:
    """The state in words and its tone."""
    if health.state == "paused":
        return tr("channel_setup", "Paused"), "paused" if health.paused_by else "danger"
    if health.state == "failing":
        return tr("channel_setup", "Not working"), "danger"
    figures = {one.state for one in health.figures} | {one.state for one in notices(health, now)}
    if figures & {"danger", "warning"} or _ends_soon(health, now) or _fails_much(health):
        return tr("channel_setup", "Needs care"), "warning"
    return tr("channel_setup", "Working"), "positive"


def notices(health: rows.Health, now: datetime) -> list[rows.Notice]:
    """What the provider told of the account and is not over yet, the newest first."""
    return [one for one in reversed(health.notices) if one.until is None or one.until > now]


def notice_text(notice: rows.Notice, now: datetime) -> str:
    """The news with how long ago it was told."""
    words = tr("channel_setup", "{news} ({ago})")
    return words.format(news=texts.one_line(notice.value, 400), ago=texts.ago(notice.at, now))


def _ends_soon(health: rows.Health, now: datetime) -> bool:
    return health.token_ends_at is not None and health.token_ends_at - now < ENDS_SOON


def _fails_much(health: rows.Health) -> bool:
    """One in ten of at least five, so that a single wrong number is no alarm."""
    return health.failed * 10 >= health.sent + health.failed >= 5


def sentences(health: rows.Health, now: datetime) -> list[str]:
    """What is worth saying, the worst first."""
    told = [health.reason] if health.reason else []
    if health.token_ends_at is not None and _ends_soon(health, now):
        told.append(_token(health.token_ends_at, now))
    if health.last_incoming_at is None:
        told.append(tr("channel_setup", "No message has come yet."))
    else:
        ago = texts.ago(health.last_incoming_at, now)
        told.append(tr("channel_setup", "Last message {ago}.").format(ago=ago))
    if health.lag_p95_s is not None and health.lag_p50_s is not None and health.lag_p95_s >= LATE_S:
        words = tr("channel_setup", "Half of the messages come within {half}, nearly all within {most}.")
        told.append(words.format(half=_seconds(health.lag_p50_s), most=_seconds(health.lag_p95_s)))
    elif health.lag_p95_s is not None:
        words = tr("channel_setup", "Messages come within {most}.")
        told.append(words.format(most=_seconds(health.lag_p95_s)))
    return told


def _token(ends: datetime, now: datetime) -> str:
    days = max(0, (ends - now).days)
    if ends <= now:
        return tr("channel_setup", "The access token has ended. Enter a new one to go on sending.")
    return tr("channel_setup", "The access token ends in %n days. Renew it to keep sending.", days)


def _seconds(span: float) -> str:
    if span < LATE_S:
        shown = f"{max(span, 0.1):.1f}" if span < 1 else texts.count(round(span))
        return tr("channel_setup", "{seconds} s").format(seconds=shown)
    return texts.duration(timedelta(seconds=span), roomy=True)


def counts(health: rows.Health) -> tuple[str, str]:
    """Replies of the last hour: sent at the start, failed or held at the end."""
    sent = tr("channel_setup", "{count} sent in the last hour").format(count=texts.count(health.sent))
    if health.held:
        return sent, tr("channel_setup", "{count} held").format(count=texts.count(health.held))
    return sent, tr("channel_setup", "{count} failed").format(count=texts.count(health.failed))
