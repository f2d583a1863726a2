"""A brand's colour made readable: every pair the page shows reaches 4.5:1, in light and in dark."""

from typing import Final

Rgb = tuple[float, float, float]
_WHITE: Final[Rgb] = (255, 255, 255)
_BLACK: Final[Rgb] = (0, 0, 0)
_DARK_SURFACE: Final = "#1a1b1e"
_LIGHT_BUBBLE: Final = "#f1f1ed"
_READABLE: Final = 4.5
DEFAULT: Final = "#2c53cf"


def on_color(color: str) -> str:
    """White or near black, whichever is easier to read on ``color``."""
    return max("#ffffff", "#0d1430", key=lambda one: contrast(one, color))


def readable(color: str) -> str:
    """``color``, darkened where nothing would be readable on it nor in it on white."""
    return _moved(color, "#ffffff", _BLACK)


def variables(color: str) -> dict[str, str]:
    """The page's custom properties for a brand's colour."""
    light = readable(color)
    text = _moved(light, _LIGHT_BUBBLE, _BLACK)
    dark = _moved(color, _DARK_SURFACE, _WHITE)
    dark_mine = _hex(_mixed(_rgb(dark), _rgb(_DARK_SURFACE), 0.78))
    return {
        "--light-accent": light,
        "--light-accent-hover": _hex(_mixed(_rgb(light), _BLACK, 0.12)),
        "--light-on-accent": on_color(light),
        "--light-accent-text": text,
        "--light-accent-soft": _hex(_mixed(_rgb(light), _WHITE, 0.9)),
        "--light-mine": _hex(_mixed(_rgb(light), _WHITE, 0.87)),
        "--light-mine-meta": _hex(_mixed(_rgb(text), _rgb("#43474d"), 0.7)),
        "--light-tick-read": text,
        "--dark-accent": dark,
        "--dark-accent-hover": _hex(_mixed(_rgb(dark), _WHITE, 0.2)),
        "--dark-on-accent": on_color(dark),
        "--dark-accent-text": _moved(dark, dark_mine, _WHITE),
        "--dark-accent-soft": dark_mine,
        "--dark-mine": dark_mine,
        "--dark-mine-meta": _moved("#a9b6db", dark_mine, _WHITE),
        "--dark-tick-read": _moved(dark, dark_mine, _WHITE),
    }


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(_rgb(first)), _luminance(_rgb(second))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _moved(color: str, beside: str, towards: Rgb) -> str:
    """``color`` moved step by step towards black or white until it is readable beside another."""
    for step in range(21):
        moved = _hex(_mixed(_rgb(color), towards, step / 20))
        if contrast(moved, beside) >= _READABLE:
            return moved
    return _hex(towards)


def _rgb(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(color: Rgb) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in color)


def _mixed(color: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (one + (two - one) * share for one, two in zip(color, other, strict=True))
    return red, green, blue


def _luminance(color: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
