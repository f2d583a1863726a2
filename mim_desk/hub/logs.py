"""The hub's log: one JSON line per record on standard error, without anything that could be a secret."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

_SECRET_NAME: Final = re.compile(
    r"token|secret|password|authorization|signature|cookie|api_?key|^key$|jwt|hash$", re.IGNORECASE
)
_SECRET_SHAPE: Final = re.compile(
    r"mim_[A-Za-z0-9_-]{20,}|\bbot\d+:[\w-]+|Bearer\s+\S+|eyJ[\w-]{10,}\.[\w-]+\.[\w-]*|\b[0-9a-fA-F]{64}\b"
)
_CONTENT_NAME: Final = re.compile(r"^(text|body|payload|email|phone|address|display|login|name)$")
GONE: Final = "[redacted]"


def redact(logger: Any, method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank secrets by name and by shape, and contents by name above debug."""
    for name, value in list(record.items()):
        if _SECRET_NAME.search(name) or (method != "debug" and _CONTENT_NAME.match(name)):
            record[name] = GONE
        elif isinstance(value, str):
            record[name] = _SECRET_SHAPE.sub(GONE, value)
    return record


def _without_path(record: logging.LogRecord) -> bool:
    """Cut addresses in a record of the HTTP library to their host: some providers want the secret in the path."""
    if isinstance(record.args, tuple):
        record.args = tuple(_host_of(one) if hasattr(one, "raw_path") else one for one in record.args)
    return True


def _host_of(url: Any) -> str:
    return f"{url.scheme}://{url.host}/{GONE}"


def hide_addresses() -> None:
    """From now on no record of the HTTP library holds the path of a call, whatever the level."""
    called = logging.getLogger("httpx")
    if _without_path not in called.filters:
        called.addFilter(_without_path)


def start_logging(level: str = "info") -> None:
    """Send structlog's and the standard library's records to standard error, redacted."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
