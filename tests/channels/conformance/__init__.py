"""What every registered channel must keep (house_style.md, section 4); a new channel adds its provider to ``providers``."""
