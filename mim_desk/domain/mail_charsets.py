"""Bytes to text: what senders call a charset, and what it truly is."""

import codecs
import re
from typing import Final

_TRULY: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "johab": "johab",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
}
"""A label to the larger set that senders mean by it."""
_KNOWN: Final = frozenset(
    {
        *_TRULY.values(),
        *(
            "utf-8",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "utf-32",
            "utf-7",
            "gb18030",
            "hz",
            "big5",
            "cp950",
            "big5hkscs",
        ),
        *("euc_jp", "euc_jis_2004", "shift_jis_2004", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext"),
        *("iso2022_kr", "koi8-r", "koi8-u", "koi8-t", "mac-roman", "mac-cyrillic", "cp437", "cp850", "cp852", "cp866"),
        *(f"cp125{n}" for n in range(9)),
        *(f"iso8859-{n}" for n in range(2, 17)),
    }
)
_MISNAMED: Final = frozenset({"", "ascii", "iso8859-1", "cp1252", "unknown-8bit", "8bit", "binary", "x-unknown"})
"""Labels that say little: what is good UTF-8 is UTF-8."""
_SEVEN_BITS: Final = ("iso2022", "hz", "utf-7")
"""Charsets whose bytes are all ASCII, so that they are good UTF-8 whatever they say."""
_JAPANESE: Final = re.compile(rb"\x1b\$[@B]")
_NAMES: Final = {
    "ks_c_5601-1987": "cp949",
    "cp-850": "cp850",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "x-euc-jp": "euc_jp",
    "cn-gb": "gb18030",
    "windows-874": "cp874",
}


def decoded(data: bytes, label: str = "", otherwise: str = "") -> str:
    """``data`` as text; never raises, never leaves a known charset unread.

    Args:
        label: as the sender called it.
        otherwise: a guess for data without a label, such as the charset of the body.
    """
    name = _looked_up(label)
    if name in _MISNAMED or name not in _KNOWN:
        told = _strictly(data, "utf-8")
        if told is not None:
            return told
        guess = _looked_up(otherwise)
        name = name if name in _KNOWN and name not in _MISNAMED else guess if guess in _KNOWN else "cp1252"
        name = _TRULY.get(name, name)
    told = _strictly(data, name)
    if told is None and name.startswith("iso2022_jp"):
        told = _strictly(_with_rows_of_makers(data), "iso2022_jp_2004")
    if told is None and not (name.startswith(_SEVEN_BITS) and data.isascii()):
        told = _strictly(data, "utf-8")
    return _read_in_part(data, name) if told is None else told


def _read_in_part(data: bytes, name: str) -> str:
    """With marks for what cannot be read; what is called UTF-8 and has not one letter of it is what Windows writes."""
    told = data.decode(name, "replace")
    is_other = name == "utf-8" and all(letter.isascii() or letter == "\ufffd" for letter in told)
    return data.decode("cp1252", "replace") if is_other else told


def _with_rows_of_makers(data: bytes) -> bytes:
    """Japanese mails hold signs of rows that makers added (such as ① and ㈱): there is a newer set that has them."""
    return _JAPANESE.sub(b"\x1b$(Q", data)


def _looked_up(label: str) -> str:
    """Python's name of the charset that a label means; the label itself when Python has none."""
    plain = label.strip().strip("\"'").lower()[:60]
    plain = _NAMES.get(plain, plain)
    try:
        name = codecs.lookup(plain).name
    except (LookupError, ValueError):
        return plain
    return name if name in _MISNAMED else _TRULY.get(name, name)


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, ValueError):
        return None
