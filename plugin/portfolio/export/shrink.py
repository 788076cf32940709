"""A picture made small. Run as a program of its own: a hostile picture can only hurt it.

    python shrink.py SOURCE TARGET WIDTH HEIGHT

Exit codes: 0 done, anything else: could not be drawn.
"""

import resource
import sys

MEMORY = 1024**3
CPU_SECONDS = 20
MAX_PIXELS = 50_000_000
"""What the vault takes in (`plugin.vault.check`)."""
QUALITIES = (72, 50, 30)
MAX_BYTES = 300_000


def main() -> int:
    """Draw on white, within the frame, small enough for a page of the PDF."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import io

    from PIL import Image, ImageOps

    source, target, width, height = sys.argv[1:]
    frame = (int(width), int(height))
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(source) as opened:
        opened.draft("RGB", frame)  # a JPEG is decoded small already
        small = ImageOps.exif_transpose(opened)
        small.thumbnail(frame)
        paper = Image.new("RGB", small.size, "white")
        seen = small.convert("RGBA")
        paper.paste(seen, mask=seen.getchannel("A"))
    for quality in QUALITIES:
        out = io.BytesIO()
        paper.save(out, "JPEG", quality=quality)
        if out.tell() <= MAX_BYTES:
            break
    with open(target, "wb") as file:  # noqa: PTH123 - as few imports as can be
        file.write(out.getvalue())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
