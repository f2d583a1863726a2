"""The running hub, as in the tests of the service."""

from tests.hub.conftest import gateway, hub

__all__ = ["gateway", "hub"]
