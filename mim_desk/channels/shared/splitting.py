"""Cutting a long text into what one message of a provider holds; the desk shows the same cuts before sending."""

from mim_desk.domain.splitting import Size, parts_before, split_text, utf8_bytes, utf16_units

__all__ = ["Size", "parts_before", "split_text", "utf8_bytes", "utf16_units"]
