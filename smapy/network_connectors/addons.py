"""`from smapy.network_connectors.addons import KeyChain`, as smapy's documentation writes it."""

from smapy_nb.keychain.keychain import KeyChain

__all__ = ["KeyChain"]
