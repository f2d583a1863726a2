"""Rewrites a picture without its metadata, or makes a small one of it.

Runs as a process of its own with little memory and time, since a picture of a few kilobytes can ask its reader for
gigabytes. Picture in on standard input, one JSON line with type and size and then the new picture out on standard
output; any exit code but 0 means "not a picture we take".
"""

import io
import json
import sys
from typing import Final

from PIL import Image, ImageDraw, ImageOps

MOST_PIXELS: Final = 40_000_000
MOST_FRAME_PIXELS: Final = 120_000_000
MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 20
MOST_PREVIEW_BYTES: Final = 900_000
PREVIEW: Final = "preview"
_PREVIEW_SIZE: Final = 1024
_STILL_SIZE: Final = (640, 360)
_STILL_COLOURS: Final = ((38, 44, 56), (235, 238, 243))


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the pixel caps below hold there alone.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # 0 bytes of files: whatever a decoder is talked into, it writes nothing.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def cleaned(data: bytes) -> tuple[dict[str, object], bytes]:
    """Facts and bytes of the same picture, upright and without EXIF, comments or the camera's name."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses at twice this number.
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "GIF", "WEBP")) as picture:
        kind, frames = picture.format or "", getattr(picture, "n_frames", 1)
        pixels = picture.width * picture.height
        if pixels > MOST_PIXELS or pixels * frames > MOST_FRAME_PIXELS:
            raise ValueError("too many pixels")
        out = io.BytesIO()
        size = _still(picture, kind, out) if frames == 1 else _moving(picture, kind, out)
    return {"mime_type": f"image/{kind.lower()}", "width": size[0], "height": size[1]}, out.getvalue()


def _moving(picture: Image.Image, kind: str, out: io.BytesIO) -> tuple[int, int]:
    picture.save(out, kind, save_all=True, exif=b"", **({"comment": b""} if kind == "GIF" else {}))
    return picture.size


def _still(picture: Image.Image, kind: str, out: io.BytesIO) -> tuple[int, int]:
    """Only pixels, palette, transparency and the colour profile are taken over."""
    upright = ImageOps.exif_transpose(picture)
    bare = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    if upright.mode == "P":
        bare.putpalette(upright.getpalette("RGBA") or [], "RGBA")
    options: dict[str, object] = {"quality": 90} if kind in ("JPEG", "WEBP") else {}
    if picture.info.get("icc_profile"):
        options["icc_profile"] = picture.info["icc_profile"]
    if "transparency" in upright.info and upright.mode != "P":
        options["transparency"] = upright.info["transparency"]
    bare.save(out, kind, **options)
    return bare.size


def preview(data: bytes) -> tuple[dict[str, object], bytes]:
    """A small JPEG of a picture; of what is none, such as a film, a still that says so: a play mark on plain ground."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "GIF", "WEBP")) as picture:
            small = _small(picture)
    except (OSError, ValueError, Image.DecompressionBombError):
        small = _play_mark()
    quality, out = 85, io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    while out.tell() > MOST_PREVIEW_BYTES and quality > 10:
        quality, out = quality - 15, io.BytesIO()
        small.save(out, "JPEG", quality=quality)
    return {"mime_type": "image/jpeg", "width": small.width, "height": small.height}, out.getvalue()


def _small(picture: Image.Image) -> Image.Image:
    """Upright, on white where it is transparent, at most as large as a preview is shown."""
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    picture.draft("RGB", (_PREVIEW_SIZE, _PREVIEW_SIZE))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((_PREVIEW_SIZE, _PREVIEW_SIZE))
    seen = upright.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")


def _play_mark() -> Image.Image:
    width, height = _STILL_SIZE
    ground, mark = _STILL_COLOURS
    still = Image.new("RGB", _STILL_SIZE, ground)
    x, y, half = width // 2, height // 2, height // 6
    ImageDraw.Draw(still).polygon(
        [(x - half * 2 // 3, y - half), (x - half * 2 // 3, y + half), (x + half, y)], fill=mark
    )
    return still


def main(way: str = "") -> int:
    """One picture through."""
    _limit_resources()
    try:
        facts, data = (preview if way == PREVIEW else cleaned)(sys.stdin.buffer.read())
    except Exception as problem:  # noqa: BLE001  # whatever a decoder does with foreign bytes, the answer is "no"
        sys.stderr.write(f"{type(problem).__name__}: {problem}\n")
        return 1
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + data)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
