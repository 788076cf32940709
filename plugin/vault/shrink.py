"""A picture or PDF made smaller. Run as a program of its own: a hostile file can only hurt it.

    python shrink.py KIND SOURCE TARGET LIMIT BEFORE AFTER

Writes the smaller file to TARGET, pictures of both (of a PDF: its first page) to BEFORE and AFTER,
and what was done as JSON to the standard output.

Exit codes: 0 done, 4 cannot be made as small as LIMIT, 5 has a password, anything else: cannot be
read.
"""

import io
import json
import resource
import sys

MEMORY = 1536 * 1024**2
CPU_SECONDS = 100
MAX_PIXELS = 50_000_000
"""What the vault takes in (`plugin.vault.check`)."""
MAX_PAGES, MAX_IMAGES, UNPACKED = 2_000, 2_000, 64 * 1024**2
MAX_UNPACKED = 300_000_000
SHOWN = 900
"""Pixels across of the two pictures that are compared."""

SIDES = ((2480, 85), (2480, 75), (2480, 60), (1754, 75), (1754, 55), (1240, 60))
"""(longest side, JPEG quality): an A4 page at 300, 212 and 150 dots an inch."""
IN_A_PDF = ((2000, 75), (1600, 60), (1200, 50), (900, 45))
LEAST = 64
"""Smaller images of a PDF are signs and lines: they stay as they are."""


class TooHard(Exception):
    """It cannot be made small enough and still be looked at."""


def main() -> int:
    """Make it smaller; limits are taken before anything of the file is touched."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kind, source, target, limit, before, after = sys.argv[1:]
    import pikepdf
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses at twice this
    try:
        if kind == "pdf":
            told = of_pdf(source, target, int(limit))
        else:
            told = of_picture(source, target, int(limit))
    except TooHard:
        return 4
    except pikepdf.PasswordError:
        return 5
    show(kind, source, before)
    show("pdf" if kind == "pdf" else "jpg", target, after)
    sys.stdout.write(json.dumps(told))
    return 0


def of_picture(source: str, target: str, limit: int) -> dict:
    """The largest and best JPEG that is within the limit."""
    from PIL import Image, ImageOps

    with Image.open(source, formats=("JPEG", "PNG")) as opened:
        require_pixels(opened.size)
        told = {"from": upright(opened), "place": bool(opened.getexif().get_ifd(0x8825))}
        opened.draft("RGB", (SIDES[0][0], SIDES[0][0]))  # a JPEG is decoded small already
        opened.thumbnail((SIDES[0][0], SIDES[0][0]))
        small = ImageOps.exif_transpose(opened)
    told["transparent"] = "A" in small.getbands() or "transparency" in small.info
    paper = Image.new("RGB", small.size, "white")
    seen = small.convert("RGBA")
    paper.paste(seen, mask=seen.getchannel("A"))
    for side, quality in SIDES:
        paper.thumbnail((side, side))
        out = io.BytesIO()
        paper.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= limit:
            write(target, out.getvalue())
            return {**told, "to": list(paper.size), "quality": quality}
    raise TooHard


def of_pdf(source: str, target: str, limit: int) -> dict:
    """The same pages; their pictures coded anew, ever smaller, until the whole is small enough."""
    import pikepdf
    import pikepdf.settings

    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=UNPACKED, run_length_max_memory=UNPACKED, png_max_memory=UNPACKED,
        tiff_max_memory=UNPACKED, dct_max_memory=UNPACKED, doc_max_warnings=200,
    )  # fmt: skip
    for side, quality in (0, 0), *IN_A_PDF:
        with pikepdf.open(source) as pdf:
            if pdf.is_encrypted:
                raise pikepdf.PasswordError
            pages = len(pdf.pages)
            if not 0 < pages <= MAX_PAGES:
                raise ValueError("pages")
            changed = again(pdf, side, quality) if side else 0
            pdf.remove_unreferenced_resources()
            out = io.BytesIO()
            pdf.save(
                out, compress_streams=True, recompress_flate=True,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )  # fmt: skip
        if out.tell() <= limit:
            write(target, out.getvalue())
            return {"pages": pages, "images": changed, "side": side}
    raise TooHard


def again(pdf, side: int, quality: int) -> int:
    """Code every photograph of a PDF anew where that is smaller; returns how many."""
    import pikepdf
    from PIL import Image

    some = [
        one
        for one in pdf.objects
        if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == pikepdf.Name.Image
    ]
    if len(some) > MAX_IMAGES:
        raise ValueError("images")
    masks = {
        one[name].objgen for one in some for name in ("/SMask", "/Mask") if is_stream(one, name)
    }
    changed = unpacked = 0
    for one in some:
        width, height = int(one.Width), int(one.Height)
        plain = not any(name in one for name in ("/Mask", "/Decode", "/ImageMask"))
        if one.objgen in masks or not plain or min(width, height) < LEAST:
            continue
        require_pixels((width, height))
        unpacked += width * height
        if unpacked > MAX_UNPACKED:
            raise TooHard
        try:
            picture = pikepdf.PdfImage(one).as_pil_image()
        except (NotImplementedError, pikepdf.PdfError, ValueError, KeyError, TypeError, OSError):
            continue  # stays as it is
        picture = picture.convert("L" if picture.mode in {"1", "L"} else "RGB")
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() >= len(one.read_raw_bytes()):
            continue
        one.write(out.getvalue(), filter=pikepdf.Name.DCTDecode)
        one.Width, one.Height, one.BitsPerComponent = *picture.size, 8
        grey = picture.mode == "L"
        one.ColorSpace = pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB
        changed += 1
    return changed


def show(kind: str, source: str, target: str) -> None:
    """A small picture of a file."""
    if kind == "pdf":
        import pypdfium2

        page = pypdfium2.PdfDocument(source)[0]
        across, down = page.get_size()
        scale = min(SHOWN / max(across, 1), (2_000_000 / max(across * down, 1)) ** 0.5)
        picture = page.render(scale=scale, may_draw_forms=True).to_pil()
    else:
        from PIL import Image, ImageOps

        with Image.open(source, formats=("JPEG", "PNG")) as opened:
            opened.draft("RGB", (SHOWN, SHOWN))
            opened.thumbnail((SHOWN, SHOWN))
            picture = ImageOps.exif_transpose(opened)
    picture.convert("RGBA").save(target, "PNG")


def upright(picture) -> list[int]:
    """Width and height as people see them."""
    turned = picture.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    return list(reversed(picture.size)) if turned else list(picture.size)


def require_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise ValueError("pixels")


def is_stream(one, name: str) -> bool:
    import pikepdf

    return isinstance(one.get(name), pikepdf.Stream)


def write(target: str, content: bytes) -> None:
    with open(target, "wb") as file:  # noqa: PTH123 - as few imports as can be
        file.write(content)


if __name__ == "__main__":
    raise SystemExit(main())
