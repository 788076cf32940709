"""Pages that are designed: Jinja templates in ``templates/pdf``, set by WeasyPrint.

Templates get plain data, every value is escaped and made printable, and nothing is fetched:
the only addresses that resolve are those of the fonts and pictures handed in by the caller.
The fonts are cut down to the letters of the page first, which keeps WeasyPrint from holding whole
CJK collections in memory (190 MB -> 75 MB) and from looking for a glyph anywhere else.
"""

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.errors import FetchRefused
from reports.typeset.chars import clusters, printable
from reports.typeset.embed import subset_face
from reports.typeset.engine import load_weasyprint
from reports.typeset.fonts import GETA, SANS, Face, FontChain

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "pdf"
SCHEME = "licheng-own"


def _finalize(value: Any) -> Any:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Jinja with autoescape, unknown names refused, values made printable."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def qr_svg(text: str) -> bytes:
    """A QR code as SVG, error correction M, quiet zone of two modules."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=2, xmldecl=False, svgns=True, nl=False
    )
    return out.getvalue()


def set_pages(
    template: str,
    context: Mapping[str, Any],
    *,
    pictures: Mapping[str, bytes] | None = None,
    variant: str | None = "pdf/ua-1",
    family: str = SANS,
) -> bytes:
    """Render ``template`` and set it; returns the PDF.

    ``pictures`` are SVG or JPEG bytes by name, written ``<img src="licheng-own:NAME">``.
    ``family`` is the face of the letters; the sans where it is not installed.
    Raises FetchRefused when the template asks for anything else, FontMissing, jinja2 errors.
    """
    weasyprint = load_weasyprint()
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    html = environment().get_template(template).render(context)
    html, own, faces = _fonts_for(html, family)
    own.update({f"{SCHEME}:{name}": data for name, data in (pictures or {}).items()})

    class OwnOnly(URLFetcher):
        """Resolves what was handed in, refuses the rest of the world."""

        def fetch(self, url, headers=None):
            if url not in own:
                raise FatalURLFetchingError(url)
            return URLFetcherResponse(url, own[url], {"Content-Type": _kind(own[url])})

    fetcher = OwnOnly()
    fonts = FontConfiguration()
    style = weasyprint.CSS(string=faces, font_config=fonts, url_fetcher=fetcher)
    try:
        document = weasyprint.HTML(string=html, url_fetcher=fetcher).render(
            stylesheets=[style], font_config=fonts
        )
        options = {"pdf_variant": variant} if variant else {}
        return document.write_pdf(**options)
    except FatalURLFetchingError as error:
        raise FetchRefused(f"{template}: {error}") from error


def _kind(data: bytes) -> str:
    if data.startswith(b"<svg"):
        return "image/svg+xml"
    return "image/jpeg" if data.startswith(b"\xff\xd8") else "font/otf"


def _fonts_for(html: str, family: str) -> tuple[str, dict[str, bytes], str]:
    """The faces the letters of ``html`` need, as files by address, and their CSS.

    Letters that no font has become a geta mark, as in the rows.
    """
    own: dict[str, bytes] = {}
    rules: list[str] = []
    families: list[str] = []
    for weight, style in (("400", "Regular"), ("700", "Bold")):
        chain = FontChain(style, first=family)
        wanted: dict[int, tuple[Face, set[int]]] = {}
        visible = "".join(html.split())
        for cluster in sorted({*clusters(visible), " ", "\u00a0", "\u3000", GETA}):
            if not chain.covers(cluster):
                html = html.replace(cluster, GETA)
            face = chain.piece(cluster).face
            wanted.setdefault(chain.faces.index(face), (face, set()))[1].update(
                ord(char) for char in cluster
            )
        for index, (face, chars) in sorted(wanted.items()):
            url = f"{SCHEME}:font-{weight}-{index}"
            own[url] = _cut(face, chars)
            own_name = f"Licheng{index}"
            families += [own_name] if own_name not in families else []
            rules.append(
                f"@font-face{{font-family:{own_name};font-weight:{weight};src:url({url})}}"
            )
    names = ",".join(sorted(families))
    rules.append(f"html,body,table,h1,h2,h3{{font-family:{names}}}")
    return html, own, "\n".join(rules)


def _cut(face: Face, chars: set[int]) -> bytes:
    glyphs = {gid for char in chars if (gid := face.font.get_nominal_glyph(char))}
    cut = subset_face(face.face, glyphs, retain_ids=False, drop=("GSUB", "GPOS", "VORG"))
    return bytes(cut.blob.data)
