"""Everything that can go wrong in here, each with a stable ``code``."""

from pathlib import Path


class ReportError(Exception):
    """Base of all errors of ``reports``."""

    code = "report.error"


class FontMissing(ReportError):
    """A font family that the documents need is not installed."""

    code = "report.font_missing"

    def __init__(self, family: str, style: str):
        self.family = family
        super().__init__(
            f"找不到字型「{family}」（{style}）。請安裝 fonts-noto-cjk 與 fonts-cns11643-sung。"
        )


class FetchRefused(ReportError):
    """A template asked for something outside the document; nothing is ever fetched."""

    code = "report.fetch_refused"


class UnsafePath(ReportError):
    """A path that must not be written into a package (absolute, ``..``, empty, too long)."""

    code = "report.unsafe_path"


class SourceChanged(ReportError):
    """A file no longer has the size or the checksum under which it was accepted."""

    code = "report.source_changed"

    def __init__(self, words: str, source: Path | None = None):
        self.source = source
        super().__init__(words)


class UnknownBook(ReportError):
    """A roster book or sheet that ``reports/data`` does not define."""

    code = "report.unknown_book"
