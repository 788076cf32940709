"""Why a file is not taken: one class a reason, each with a stable code and the way out."""

from __future__ import annotations

from plugin.errors import Refusal


class FileRefused(Refusal):
    """The file itself cannot be taken; nothing was stored."""

    code = "FILE_REFUSED"


class FileMissing(FileRefused):
    """No file came."""

    code = "FILE_MISSING"


class FileEmpty(FileRefused):
    """Zero bytes."""

    code = "FILE_EMPTY"


class FileTooLarge(FileRefused):
    """More bytes than the rule allows."""

    code = "FILE_TOO_LARGE"
    status = 413


class FileTypeRefused(FileRefused):
    """The content is of no type that is allowed here, whatever the name says."""

    code = "FILE_TYPE"


class FileNeedsConversion(FileTypeRefused):
    """A known type that is not taken, but can be turned into one that is."""

    code = "FILE_CONVERT"


class FileBroken(FileRefused):
    """The right type, but it cannot be read to its end."""

    code = "FILE_BROKEN"


class FileEncrypted(FileRefused):
    """A PDF that needs a password, or forbids something."""

    code = "FILE_ENCRYPTED"


class FileTooComplex(FileRefused):
    """More pixels, pages or unpacked bytes than anybody can look at."""

    code = "FILE_TOO_COMPLEX"


class VaultUnavailable(Refusal):
    """The disks do not allow the vault to keep its promise now; nothing is half-stored."""

    code = "VAULT_UNAVAILABLE"
    status = 503


class FileDamaged(Refusal):
    """No whole copy of an accepted file is left; the alarm has been raised."""

    code = "FILE_DAMAGED"
    status = 503


class NotADraft(Refusal):
    """Only drafts can be thrown away; what is accepted stays."""

    code = "NOT_A_DRAFT"
    status = 409
