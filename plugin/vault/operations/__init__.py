"""The verbs of the vault: take in, keep, throw away, verify, heal."""

from plugin.vault.operations.fixity import Finding, heal, retry_damaged, sweep, verify
from plugin.vault.operations.intake import accept, deposit, keep, know_md5
from plugin.vault.operations.purging import discard, purge_expired, remove_purged, warn_expiring

__all__ = [
    "Finding",
    "accept",
    "deposit",
    "discard",
    "heal",
    "keep",
    "know_md5",
    "purge_expired",
    "remove_purged",
    "retry_damaged",
    "sweep",
    "verify",
    "warn_expiring",
]
