"""Student pictures, drawn: landscapes, a print, posters, a fractal."""

from __future__ import annotations

import math
import random
import subprocess
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from plugin.demo.work import Work

SIZE = (1600, 1130)
Colour = tuple[int, int, int]


@cache
def _font_file() -> str:
    found = subprocess.run(
        ["fc-match", "-f", "%{file}", "Noto Sans CJK TC:bold"],
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout


def font(size: int) -> ImageFont.FreeTypeFont:
    """The CJK typeface of this machine, in pixels."""
    return ImageFont.truetype(_font_file(), size)


def draw(work: Work, target: Path) -> None:
    """Draw one picture and save it as its kind."""
    image = _DRAWINGS[work.drawing](work)
    if work.kind == "jpg":
        image.save(target, "JPEG", quality=88)
    else:
        image.save(target, "PNG", optimize=True)


def sky(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """A vertical gradient."""
    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        share = y / size[1]
        column.putpixel(
            (0, y), tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        )
    return column.resize(size)


def _landscape(_work: Work) -> Image.Image:
    chance = random.Random(7)
    image = sky(SIZE, (236, 226, 205), (150, 180, 178))
    for layer in range(5):
        wash = Image.new("RGBA", SIZE, (0, 0, 0, 0))
        points: list[tuple[float, float]] = [(0, SIZE[1])]
        height = SIZE[1] * (0.35 + layer * 0.12)
        for x in range(0, SIZE[0] + 40, 40):
            height += chance.uniform(-28, 28)
            points.append((x, height))
        shade = 150 - layer * 24
        ImageDraw.Draw(wash).polygon(
            [*points, (SIZE[0], SIZE[1])], (shade - 60, shade, shade - 30, 150)
        )
        soft = wash.filter(ImageFilter.GaussianBlur(7 - layer))
        image.paste(soft, (0, 0), soft)
    pen = ImageDraw.Draw(image)
    for _ in range(900):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        pen.point((x, y), (255, 255, 250))
    return image.filter(ImageFilter.GaussianBlur(0.8))


def _print(_work: Work) -> Image.Image:
    image = Image.new("RGB", SIZE, (243, 236, 220))
    pen = ImageDraw.Draw(image)
    for n, colour in enumerate([(196, 74, 54), (222, 165, 60), (58, 96, 79), (38, 52, 88)]):
        for row in range(6):
            y = 120 + row * 160 + n * 9
            arc = [(x, y + 60 * math.sin(x / 130 + n + row)) for x in range(80 + n * 20, 1500, 12)]
            pen.line(arc, colour, 16 - n * 3)
    pen.ellipse((1180, 120, 1420, 360), (196, 74, 54))
    pen.text((90, 960), "春分・秋分", (38, 52, 88), font(96))
    return image


def _prism(_work: Work) -> Image.Image:
    image = Image.new("RGB", SIZE, (16, 16, 22))
    pen = ImageDraw.Draw(image, "RGBA")
    pen.polygon([(640, 800), (960, 800), (800, 330)], (200, 220, 230, 70), (230, 240, 250, 255))
    pen.line([(60, 640), (715, 560)], (255, 255, 240, 220), 10)
    colours = [
        (230, 40, 40),
        (240, 140, 40),
        (240, 230, 70),
        (70, 200, 90),
        (60, 130, 230),
        (90, 60, 200),
        (150, 60, 190),
    ]
    for n, colour in enumerate(colours):
        pen.polygon([(885, 570), (1560, 560 + n * 52), (1560, 612 + n * 52)], (*colour, 150))
    pen.text((70, 60), "三稜鏡色散（曝光 1/30 秒）", (210, 210, 210), font(44))
    return image.filter(ImageFilter.GaussianBlur(1.2))


def _poster(_work: Work) -> Image.Image:
    image = sky(SIZE, (206, 232, 240), (120, 178, 196))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, SIZE[0], 190), (18, 74, 96))
    pen.text((60, 42), "SAVE OUR RIVER", (255, 255, 255), font(96))
    steps = ["1  Pick up what you drop", "2  Report the dirty pipe", "3  Plant reeds, not concrete"]
    for n, step in enumerate(steps):
        top = 260 + n * 190
        pen.rounded_rectangle((60, top, 1000, top + 150), 24, (255, 255, 255))
        pen.text((100, top + 42), step, (18, 74, 96), font(52))
    for n, (label, value) in enumerate([("2024", 320), ("2025", 240), ("2026", 130)]):
        pen.rectangle((1090 + n * 160, 860 - value, 1200 + n * 160, 860), (222, 112, 66))
        pen.text((1096 + n * 160, 880), label, (18, 74, 96), font(36))
    pen.text((1080, 960), "kg of litter per clean-up", (18, 74, 96), font(34))
    return image


def _fractal(_work: Work) -> Image.Image:
    image = Image.new("RGB", SIZE, (255, 255, 255))
    pen = ImageDraw.Draw(image)

    def triangle(x: float, y: float, side: float, depth: int) -> None:
        height = side * math.sqrt(3) / 2
        if depth == 0:
            pen.polygon([(x, y), (x + side, y), (x + side / 2, y - height)], (30, 60, 120))
            return
        half = side / 2
        triangle(x, y, half, depth - 1)
        triangle(x + half, y, half, depth - 1)
        triangle(x + half / 2, y - height / 2, half, depth - 1)

    triangle(300, 1060, 1000, 7)
    pen.text((40, 40), "第 7 層：2187 個三角形", (30, 60, 120), font(48))
    return image


def _logo(_work: Work) -> Image.Image:
    image = Image.new("RGB", SIZE, (250, 250, 245))
    pen = ImageDraw.Draw(image)
    pen.ellipse((420, 120, 1180, 880), (34, 110, 84))
    for n in range(7):
        pen.arc((470 + n * 24, 480 + n * 34, 1130 - n * 24, 1100), 200, 340, (240, 220, 120), 8)
    pen.text((640, 220), "青", (250, 250, 245), font(300))
    pen.text((520, 930), "青田高中 校慶", (34, 110, 84), font(92))
    return image


def _mindmap(_work: Work) -> Image.Image:
    image = Image.new("RGB", SIZE, (253, 251, 244))
    pen = ImageDraw.Draw(image)
    names = ["韓愈", "柳宗元", "歐陽脩", "蘇洵", "蘇軾", "蘇轍", "曾鞏", "王安石"]
    for n, name in enumerate(names):
        angle = n / len(names) * 2 * math.pi
        x, y = 800 + 560 * math.cos(angle), 565 + 400 * math.sin(angle)
        pen.line([(800, 565), (x, y)], (160, 120, 80), 6)
        pen.rounded_rectangle((x - 130, y - 55, x + 130, y + 55), 30, (236, 214, 176))
        pen.text((x, y), name, (80, 50, 30), font(54), anchor="mm")
    pen.ellipse((620, 445, 980, 685), (150, 70, 50))
    pen.text((800, 565), "古文八家", (255, 250, 240), font(64), anchor="mm")
    return image


_DRAWINGS = {
    "landscape": _landscape,
    "print": _print,
    "prism": _prism,
    "poster": _poster,
    "fractal": _fractal,
    "logo": _logo,
    "mindmap": _mindmap,
}
