"""The verbs of the vault: take in, keep, throw away, verify, heal."""

from plugin.vault.operations.fixity import Finding, heal, retry_damaged, sweep, verify
from plugin.vault.operations.intake import accept, deposit, keep, know_md5
from plugin.vault.operations.linking import begin_lending, end_links, lend, note_opening, revoke
from plugin.vault.operations.purging import discard, purge_expired, remove_purged, warn_expiring

__all__ = [
    "Finding",
    "accept",
    "begin_lending",
    "deposit",
    "discard",
    "end_links",
    "heal",
    "keep",
    "know_md5",
    "lend",
    "note_opening",
    "purge_expired",
    "remove_purged",
    "retry_damaged",
    "revoke",
    "sweep",
    "verify",
    "warn_expiring",
]
