"""What makes the rows quick changes nothing that is read."""

import subprocess
import sys

from reports.manifest import ClassBlock, write_manifest
from reports.typeset import table
from reports.typeset.fonts import SANS, Face, find_font, literal
from tests.reports.pdfreader import Reader, poppler_text, qpdf_check
from tests.reports.samples import manifest, row

SIGNS = {0x28, 0x29, 0x5C, 0x0D, 0x0A}
"""Bytes that mean something in a literal string: brackets, backslash, ends of line."""


def letters_with_signs() -> list[str]:
    """Han characters whose glyph id has such a byte, front or back."""
    source = find_font(SANS, "Regular")
    assert source is not None
    font = Face(source, "R0").font
    found: dict[tuple[int, int], str] = {}
    for code in range(0x4E00, 0x9FA5):
        pair = divmod(font.get_nominal_glyph(code) or 0, 256)
        for place, byte in enumerate(pair):
            if byte in SIGNS:
                found.setdefault((place, byte), chr(code))
    return list(found.values())


def test_letters_whose_glyph_ids_hold_brackets_and_line_ends_are_read_back(tmp_path):
    letters = letters_with_signs()
    assert len(letters) >= 8
    rows = [row(title=letter * 2, student_number=str(n)) for n, letter in enumerate(letters)]
    path = tmp_path / "m.pdf"
    write_manifest(manifest([ClassBlock("甲", rows)]), path)
    titles = [cells[5] for cells in Reader(path).rows() if len(cells) == 12][1:]
    assert titles == [letter * 2 for letter in letters]
    text = poppler_text(path)
    assert all(letter * 2 in text for letter in letters)
    qpdf_check(path)


def test_a_glyph_id_in_a_string_is_escaped():
    assert literal(0x2829) == r"\(\)"
    assert literal(0x5C41) == r"\\A"
    assert literal(0x0D0A) == r"\r\n"
    assert literal(0x00FF) == "\x00\xff"


def test_cells_that_were_forgotten_are_set_again(tmp_path, monkeypatch):
    rows = [row(title=f"成果{n % 7}", student_number=str(n)) for n in range(40)]
    paths = [tmp_path / "all.pdf", tmp_path / "few.pdf"]
    write_manifest(manifest([ClassBlock("甲", rows)]), paths[0])
    monkeypatch.setattr(table, "REMEMBERED", 2)
    write_manifest(manifest([ClassBlock("甲", rows)]), paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()


LOADING = """
import ctypes.util, subprocess
def refuse(*args, **kwargs): raise AssertionError(f"started {args}")
subprocess.Popen = refuse
search = ctypes.util.find_library
from reports.typeset.engine import load_weasyprint
assert load_weasyprint().HTML
assert ctypes.util.find_library is search
"""


def test_weasyprint_is_loaded_without_starting_a_compiler():
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
