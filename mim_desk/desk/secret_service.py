"""Reading from the Secret Service itself: at each start, where importing the keyring package costs a tenth of the time.

What is written goes through the keyring package, which also explains what is wrong when this finds nothing.
"""

import os
import sys
from contextlib import closing


def password(service: str, name: str) -> str | None:
    """What the keyring package stored under these two; None when the package has to be asked.

    None is also the answer of a locked collection (unlocking asks the person) and on KDE, where the package
    prefers the wallet. The attributes are those of its SecretService backend.
    """
    if not sys.platform.startswith("linux") or "KDE" in os.environ.get("XDG_CURRENT_DESKTOP", "").split(":"):
        return None
    import secretstorage

    try:
        with closing(secretstorage.dbus_init()) as bus:
            collection = secretstorage.get_default_collection(bus)
            if collection.is_locked():
                return None
            for item in collection.search_items({"username": name, "service": service}):
                return None if item.is_locked() else item.get_secret().decode("utf-8")
    except (secretstorage.SecretStorageException, OSError, EOFError):
        return None
    return None
