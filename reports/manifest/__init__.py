"""The submission manifest 提交名冊: what a school hands in, class by class, to be stamped."""

from reports.manifest.model import ClassBlock, Manifest, ManifestResult, ManifestRow, Totals
from reports.manifest.writer import write_manifest

__all__ = [
    "ClassBlock",
    "Manifest",
    "ManifestResult",
    "ManifestRow",
    "Totals",
    "write_manifest",
]
