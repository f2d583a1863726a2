"""What can go wrong with the store itself, apart from a rule's refusal."""


class StoreUnavailable(Exception):
    """The store could not take or answer something now (disk full, server gone); trying again later may help."""


class WrongKey(Exception):
    """The file is encrypted with another key, or is no store at all."""


class LogReset(Exception):
    """The asked-for place is not in this log (other epoch, or trimmed): start again from a snapshot."""
