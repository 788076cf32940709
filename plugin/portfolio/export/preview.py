"""The admission preview as a PDF: the chosen records and the two texts, marked as a preview."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.portfolio.export import dossier, files
from plugin.portfolio.export.thumbnails import Drawing
from plugin.portfolio.export.words import both, plain, speaking
from plugin.portfolio.models import AdmissionPreview, Experience, Outcome
from plugin.portfolio.queries.overviews.everything import Everything
from plugin.school.models import School
from reports.dossier import Dossier, Fact
from reports.portfolio_pdf import portfolio_pdf

SECONDS = 20
"""For all thumbnails: somebody waits for this page. They are kept, so a second try has more."""


def make(
    school: School,
    everything: Everything,
    preview: AdmissionPreview,
    outcomes: list[Outcome],
    experiences: list[Experience],
) -> bytes:
    """The PDF; at most thirteen records, so it is made while the page waits."""
    chosen = replace(everything, outcomes=tuple(outcomes), experiences=tuple(experiences))
    records: list[Outcome | Experience] = [*outcomes, *experiences]
    wanted = {file_id for one in records for file_id in (one.document_file_id, one.media_file_id)}
    held = {file_id: one for file_id, one in everything.files.items() if file_id in wanted}
    with tempfile.TemporaryDirectory() as folder, speaking():
        drawing = Drawing(Path(folder), seconds=SECONDS)
        found = files.check(held, drawing, lambda _done, _total: None)
        shelf = files.Shelf(found, {})
        texts: tuple[Fact, ...] = (
            (both(_l("學習歷程自述")), plain(preview.statement)),
            (both(_l("多元表現綜整心得")), plain(preview.synthesis)),
        )
        whole = Dossier(
            title=both(_l("備審資料預覽")),
            school_name=school.name,
            person_name=everything.student.name,
            person_number=everything.student.number,
            made_at=clock.now(),
            facts=(
                (both(_l("課程學習成果")), both(_l("%(n)s 件", n=len(outcomes)))),
                (both(_l("多元表現")), both(_l("%(n)s 件", n=len(experiences)))),
            ),
            parts=(
                dossier.outcomes_part(chosen, shelf),
                dossier.experiences_part(chosen, shelf),
            ),
            note=both(
                _l("這是學生自己選擇的預覽，沒有送給任何大學；正式的備審資料以招生系統為準。")
            ),
            texts=texts,
        )
        return portfolio_pdf(whole)
