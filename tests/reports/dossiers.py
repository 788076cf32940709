"""A dossier for tests: what people really write, and worse."""

import io
from datetime import UTC, datetime
from functools import cache

from PIL import Image

from reports.dossier import Dossier, DossierFile, Entry, Part, Said
from tests.reports.samples import RARE

NASTY = '</script><img src=x onerror="alert(1)">'


@cache
def jpeg(side=300, quality=60):
    out = io.BytesIO()
    Image.effect_noise((side, int(side * 1.414)), 60).convert("RGB").save(
        out, "JPEG", quality=quality
    )
    return out.getvalue()


def said(zh, en=""):
    return Said(zh, en)


def entry(n, kind="outcome", *, thumbnail=None, problem=None, name="報告.pdf"):
    return Entry(
        f"{kind}-{n}",
        f"讀書心得 {n}",
        said("國語文（一）", "Chinese I"),
        said("已認證", "Certified"),
        facts=((said("送出時間", "Sent"), said("民國115年11月30日", "30 Nov 2026")),),
        texts=((said("簡述", "Summary"), said("讀完之後的想法。\n第二段。")),),
        history=(said("退回：請補充出處"),),
        files=(
            DossierFile(
                said("文件檔", "Document"), name, "pdf", 812_345, "ab" * 32,
                f"課程學習成果/{n:02d} 讀書心得/{name}", problem, thumbnail, "20261120-ABC",
            ),
        ),
    )  # fmt: skip


def dossier(*entries, title="學習歷程檔案", **more):
    parts = (
        Part("outcomes", said("課程學習成果", "Outcomes"), tuple(entries)),
        Part("experiences", said("多元表現", "Experiences"), ()),
    )
    given = {
        "title": said(title, "Learning portfolio"),
        "school_name": "市立歷程高級中學",
        "person_name": RARE,
        "person_number": "1120001",
        "made_at": datetime(2026, 11, 20, 6, 30, tzinfo=UTC),
        "facts": ((said("115 學年度"), said("一年三班 7 號")),),
        "parts": parts,
        "note": said("這是個人副本。", "A copy of one's own."),
    }
    return Dossier(**(given | more))
