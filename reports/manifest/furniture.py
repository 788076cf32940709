"""The designed parts of a manifest: the cover, the frame of every page, the stamp boxes."""

from reports.designed import qr_svg, set_pages
from reports.manifest.model import SHA256_PRINTED, Manifest, Totals
from reports.manifest.words import file_size, period, roc_moment
from reports.typeset.book import MM

STAMPS = ("承辦人", "組長", "主任", "校長")
STAMPS_WIDTH = 277 * MM
STAMPS_HEIGHT = 21 * MM
STAMPS_ALT = "核章欄：" + "、".join(STAMPS)


def _common(manifest: Manifest) -> dict[str, object]:
    return {
        "manifest": manifest,
        "period": period(manifest.academic_year, manifest.term, manifest.batch),
        "made_at": roc_moment(manifest.made_at),
        "stamps": STAMPS,
        "sha_length": SHA256_PRINTED,
    }


def frame(manifest: Manifest) -> bytes:
    """Two pages to be drawn as forms: the frame of a page, and the strip of stamp boxes."""
    return set_pages(
        "manifest_frame.html",
        _common(manifest),
        pictures={"qr": qr_svg(manifest.verify_url)},
        variant=None,
    )


def cover(
    manifest: Manifest, totals: Totals, classes: int, pages: int, missing: int, cleaned: int
) -> bytes:
    """The tagged cover page, set last because it tells the totals."""
    context = _common(manifest) | {
        "totals": totals,
        "size": file_size(totals.size),
        "classes": classes,
        "pages": pages,
        "missing": missing,
        "cleaned": cleaned,
    }
    return set_pages("manifest_cover.html", context, pictures={"qr": qr_svg(manifest.verify_url)})
