"""`from smapy.network_connectors.twitter import TwitterConnector`, as smapy's documentation writes it."""

from smapy_nb.connectors.twitter import TwitterConnector

__all__ = ["TwitterConnector"]
