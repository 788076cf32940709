"""Sound and film of the demo school, made frame by frame and encoded by ffmpeg."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

from plugin.demo.pictures import font, sky
from plugin.demo.work import Work

FRAME, RATE, SECONDS = (640, 360), 15, 10
"""Size in pixels, frames a second, length."""
SOUND_SECONDS = 40

_VOICES = {
    # Vowel-like tones that rise, fall and pause as speech does.
    "speech": "0.35*sin(2*PI*(150+3*sin(2*PI*0.7*t))*t)*(0.5+0.5*sin(6*PI*t))*gt(mod(t,5),0.8)",
    "interview": "0.3*sin(2*PI*if(lt(mod(t,8),4),210,130)*t)*(0.5+0.5*sin(2*PI*3.7*t))",
}


def _ffmpeg(*words: str, frames: Iterator[bytes] | None = None) -> None:
    argv = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *words]
    running = subprocess.Popen(argv, stdin=subprocess.PIPE if frames else subprocess.DEVNULL)
    if running.stdin is not None and frames is not None:
        with running.stdin:
            for frame in frames:
                running.stdin.write(frame)
    if running.wait():
        raise RuntimeError(f"ffmpeg ended with {running.returncode}")


def record_sound(work: Work, target: Path) -> None:
    """Encode one MP3 with its title tag."""
    source = f"aevalsrc='{_VOICES[work.drawing]}':s=44100:d={SOUND_SECONDS}"
    _ffmpeg(
        "-f", "lavfi", "-i", source, "-metadata", f"title={work.title}", "-codec:a", "libmp3lame",
        "-b:a", "64k", "-f", "mp3", str(target),
    )  # fmt: skip


def shoot(work: Work, target: Path) -> None:
    """Encode one MP4 (H.264 and AAC) from drawn frames and a beat."""
    picture = f"{FRAME[0]}x{FRAME[1]}"
    beat = f"aevalsrc='0.2*sin(2*PI*440*t)*exp(-8*mod(t,1))':s=44100:d={SECONDS}"
    _ffmpeg(
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", picture, "-r", str(RATE), "-i", "-",
        "-f", "lavfi", "-i", beat, "-metadata", f"title={work.title}",
        "-codec:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p",
        "-codec:a", "aac", "-b:a", "64k", "-shortest", "-movflags", "+faststart",
        "-f", "mp4", str(target),
        frames=_frames(work.drawing),
    )  # fmt: skip


def _frames(drawing: str) -> Iterator[bytes]:
    for n in range(RATE * SECONDS):
        yield _SCENES[drawing](n / RATE).tobytes()


def _pendulum(t: float) -> Image.Image:
    image = Image.new("RGB", FRAME, (240, 242, 245))
    pen = ImageDraw.Draw(image)
    for n, length in enumerate((120, 190, 260)):
        x0, angle = 140 + n * 180, 0.35 * math.cos(2 * math.pi * t / math.sqrt(length / 62))
        x, y = x0 + length * math.sin(angle), 30 + length * math.cos(angle)
        pen.line([(x0, 30), (x, y)], (70, 70, 80), 3)
        pen.ellipse((x - 16, y - 16, x + 16, y + 16), (190, 60, 50))
    pen.text((16, 326), f"單擺　t = {t:4.1f} s", (40, 40, 50), font(22))
    return image


def _function(t: float) -> Image.Image:
    image = Image.new("RGB", FRAME, (255, 255, 255))
    pen = ImageDraw.Draw(image)
    pen.line([(0, 180), (640, 180)], (160, 160, 160), 1)
    amplitude, width = 60 + 50 * math.sin(t / 3), 60 + 3 * t
    wave = [(x, 180 - amplitude * math.sin(x / width + t)) for x in range(0, 641, 4)]
    pen.line(wave, (20, 80, 160), 4)
    pen.text((16, 16), f"y = {amplitude / 60:.1f} sin(x + {t:.1f})", (20, 80, 160), font(26))
    return image


def _growth(t: float) -> Image.Image:
    image = sky(FRAME, (205, 228, 240), (245, 240, 225))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 290, 640, 360), (110, 78, 52))
    height = 230 * min(1.0, (t / SECONDS) ** 0.7)
    stem = [(320 + 14 * math.sin(y / 40), 290 - y) for y in range(0, int(height) + 1, 4)]
    if len(stem) > 1:
        pen.line(stem, (60, 120, 60), 6)
    for n, (x, y) in enumerate(stem[10::10]):
        side = 40 if n % 2 else -40
        pen.polygon([(x, y), (x + side, y - 22), (x + side * 0.6, y + 4)], (80, 150, 70))
    pen.text((16, 16), f"第 {int(t * 1.4) + 1} 天", (60, 70, 60), font(24))
    return image


_SCENES = {"pendulum": _pendulum, "function": _function, "growth": _growth}
