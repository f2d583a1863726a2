"""``python -m tests.benchmarks.hub_child MODE``: the real embedded hub, for P6 also without its insert.

stored: as it is. bare: the same application, but a verified and parsed delivery is answered without
writing it. each: every delivery has a transaction of its own.
"""

import argparse
import sys
from typing import Any

from mim_desk.hub import run
from mim_desk.hub.deliveries import IngestResult
from mim_desk.hub.store import writer


async def _not_stored(self: writer.Writer, delivery: Any) -> IngestResult:
    return IngestResult(0)


def main(mode: str) -> int:
    """Run until the parent closes standard input."""
    if mode == "bare":
        writer.Writer.ingest = _not_stored  # type: ignore[method-assign]
    elif mode == "each":
        writer.MOST_ITEMS = 1
    nothing = dict.fromkeys(("database", "broker", "tls_cert", "tls_key", "trusted_proxies"))
    return run.main(argparse.Namespace(embedded=True, host="127.0.0.1", port=0, behind_proxy=False, **nothing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
