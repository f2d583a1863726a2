"""The ``mim-desk`` commands: reads the command line and hands it to the room that knows what to do.

A command's room is imported when it is chosen, because the desk's first paint must not wait for the hub's imports.
"""

import argparse
import gc
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from mim_desk import __version__

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
"""What a screenshot can be saved as."""
Parsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # it has no public name


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and says its exit code."""
    chosen = read(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    return run(chosen)


def read(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads a command line, or ends the process and says what is wrong with it; ``./mim`` asks this too."""
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mim-desk",
        description="Every messaging channel in one inbox on your desktop. Without a command it opens the desk.",
    )
    parser.add_argument("--version", action="version", version=f"mim-desk {__version__}")
    _add_desk_arguments(parser)
    parser.set_defaults(run=_desk)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_demo(commands)
    _add_hub(commands)
    _add_agent(commands)
    _add_channel(commands)
    _add_import(commands)
    _add_doctor(commands)
    _add_clean_image(commands)
    return parser


def _add_desk_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offscreen", action="store_true", help="draw into memory, for machines without a display")
    parser.add_argument("--screenshot", type=_picture, metavar="FILE", help="save a picture of the window and end")


def _picture(text: str) -> Path:
    """A file that a picture can be saved as."""
    file = Path(text)
    if file.suffix.lower() not in PICTURES:
        raise argparse.ArgumentTypeError(f"{text!r} does not end in one of {', '.join(PICTURES)}")
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder")
    folder = file.absolute().parent
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {str(folder)!r}")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return file


def _seconds(text: str) -> float:
    """A time that passes."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _add_demo(commands: Parsers) -> None:
    parser = commands.add_parser("demo", help="open a throw-away workspace with simulated customers")
    _add_desk_arguments(parser)
    parser.add_argument(
        "--seconds",
        type=_seconds,
        metavar="N",
        help="end by itself, after the picture if one is wanted (which is taken after 60 seconds)",
    )
    parser.add_argument("--training", action="store_true", help="practise: each person comes once, then the score")
    parser.set_defaults(run=_demo)


def _add_hub(commands: Parsers) -> None:
    parser = commands.add_parser("hub", help="run the hub: receive, store and send for every desk of the team")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    told = "port to listen on, 0 picks one (default: 8642, of an embedded hub that of its last start)"
    parser.add_argument("--port", type=int, help=told)
    parser.add_argument("--database", metavar="URL", help="postgresql://... or sqlite:///... (default: a file)")
    parser.add_argument("--broker", metavar="URL", help="nats://... wakes the other replicas")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, PEM")
    parser.add_argument("--behind-proxy", action="store_true", help="a proxy in front of the hub ends TLS")
    told = "addresses or networks of the proxies, with commas (default: loopback and private ones)"
    parser.add_argument("--trusted-proxies", metavar="LIST", help=told)
    parser.add_argument("--embedded", action="store_true", help="started by a desk: speak through the pipes")
    parser.set_defaults(run=_hub)


def _add_agent(commands: Parsers) -> None:
    parser = commands.add_parser("agent", help="add and list the agents of a running hub")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _verb(verbs, "agent", "list", "all agents")
    add = _verb(verbs, "agent", "add", "add an agent; the password is asked for")
    add.add_argument("login", help="what the agent signs in with")
    add.add_argument("--name", help="the name that colleagues see (default: the login)")
    add.add_argument("--role", choices=("agent", "supervisor", "admin"), default="agent", help="what the agent may do")
    passwd = _verb(verbs, "agent", "passwd", "set a new password, which is asked for")
    passwd.add_argument("login", help="whose")


def _add_channel(commands: Parsers) -> None:
    parser = commands.add_parser("channel", help="connect and list the inboxes of a running hub")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _verb(verbs, "channel", "list", "all inboxes with their health and webhook address")
    add = _verb(verbs, "channel", "add", "connect an account; the hub tries it before it saves")
    add.add_argument("channel", help="which channel, e.g. web_chat")
    add.add_argument("--name", help="what colleagues call the inbox (default: the channel's name)")
    add.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the channel")
    add.add_argument("--secret", action="append", default=[], metavar="NAME", help="a secret, which is asked for")
    _verb(verbs, "channel", "test", "try an inbox's credentials").add_argument("inbox", help="its id or name")
    _verb(verbs, "channel", "remove", "disconnect an inbox").add_argument("inbox", help="its id or name")
    told = "ask an inbox's provider for its templates now"
    _verb(verbs, "channel", "templates", told).add_argument("inbox", help="its id or name")


def _add_import(commands: Parsers) -> None:
    parser = commands.add_parser("import", help="read archives of old chats into a running hub")
    parser.add_argument("files", nargs="+", metavar="FILE", help="WhatsApp, Telegram, mbox, CSV or JSON")
    parser.add_argument("--archive", metavar="NAME", help="what it is called here, e.g. ICQ (default: found out)")
    parser.add_argument("--ours", action="append", default=[], metavar="NAME", help="who wrote for the brand")
    parser.add_argument("--dates", choices=("dmy", "mdy", "ymd"), help="how dates are written (default: found out)")
    parser.add_argument("--encoding", metavar="NAME", help="of old texts, e.g. cp1251 (default: Unicode)")
    parser.add_argument("--time-zone", metavar="ZONE", help="of the archive's clocks (default: this machine's)")
    parser.add_argument("--hub", metavar="URL", help="the hub's address (default: the one on this machine)")
    parser.set_defaults(run=_administration, noun="import", verb="")


def _verb(verbs: Parsers, noun: str, verb: str, says: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(verb, help=says)
    parser.add_argument("--hub", metavar="URL", help="the hub's address (default: the one on this machine)")
    parser.set_defaults(run=_administration, noun=noun, verb=verb)
    return parser


def _add_doctor(commands: Parsers) -> None:
    parser = commands.add_parser("doctor", help="look at this machine and say what is missing")
    parser.add_argument("--install", action="store_true", help="as root: install what is missing")
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    parser.add_argument("--quiet", action="store_true", help="say only what is missing")
    parser.set_defaults(run=_doctor)


def _add_clean_image(commands: Parsers) -> None:
    parser = commands.add_parser("clean-image", help="for the hub: a picture without metadata, from pipe to pipe")
    parser.add_argument("way", nargs="?", default="", choices=["", "preview"], help="preview: a small JPEG of it")
    parser.set_defaults(run=_clean_image)


def _desk(arguments: argparse.Namespace) -> int:
    from mim_desk import app

    return app.main(arguments)


def _demo(arguments: argparse.Namespace) -> int:
    from mim_desk import app

    return app.demo(arguments)


def _hub(arguments: argparse.Namespace) -> int:
    gc.disable()  # nothing of the imports is garbage; the hub enables it again before it serves
    from mim_desk.hub import run

    return run.main(arguments)


def _administration(arguments: argparse.Namespace) -> int:
    from mim_desk.desk import administration

    return administration.main(arguments)


def _doctor(arguments: argparse.Namespace) -> int:
    from mim_desk.desk import diagnostics

    return diagnostics.main(arguments)


def _clean_image(args: argparse.Namespace) -> int:
    from mim_desk.hub import clean_image

    return clean_image.main(args.way)


if __name__ == "__main__":
    sys.exit(main())
