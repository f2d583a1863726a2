"""Archives as people have them."""

import zipfile
from datetime import timedelta, timezone
from pathlib import Path

from mim_desk.desk.archives.shapes import Wanted

ZONE = timezone(timedelta(hours=1))
WANTED = Wanted(ZONE)
BERLIN = "22.11.26, 14:05 - Mia: Ist sie noch da?\n22.11.26, 14:06 - Shop: Ja!\nund auch in Blau\n"


def zipped(path: Path, **files: str | bytes) -> Path:
    """A zip; ``_chat.txt`` is written ``_chat__txt``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
