"""One page of a PDF as a picture. Run as a program of its own: a hostile PDF can only hurt it.

    python render.py DOCUMENT PAGE TARGET WIDTH

Exit codes: 0 done, 3 no such page, anything else: could not be drawn.
"""

import resource
import sys

MEMORY = 1024**3
CPU_SECONDS = 20
MAX_PIXELS = 12_000_000


def main() -> int:
    """Draw; limits are taken before anything of the document is touched."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pypdfium2

    document, number, target, width = sys.argv[1:]
    pdf = pypdfium2.PdfDocument(document)
    if not 1 <= int(number) <= len(pdf):
        return 3
    page = pdf[int(number) - 1]
    across, down = page.get_size()
    scale = int(width) / max(across, 1)
    scale = min(scale, (MAX_PIXELS / max(across * down, 1)) ** 0.5)
    page.render(scale=scale, may_draw_forms=True).to_pil().save(target, "PNG")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
