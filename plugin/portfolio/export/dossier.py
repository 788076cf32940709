"""From a student's rows to the dossier that the viewer, the PDF and the data file are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l

from plugin.portfolio.export.files import Shelf
from plugin.portfolio.export.words import both, day, joined, moment, plain
from plugin.portfolio.kinds import Field, kind
from plugin.portfolio.models import (
    Decision,
    Experience,
    ExperienceReturn,
    Outcome,
    Selection,
    SelectionKind,
)
from plugin.portfolio.queries.counselling import Sheet
from plugin.portfolio.queries.overviews.everything import Everything
from plugin.portfolio.states import EXPERIENCE_LABELS, LABELS, VERDICT_LABELS
from plugin.school.models import Course, School
from reports.dossier import Dossier, Entry, Fact, Part, Said

DOCUMENT, MEDIA = _l("文件檔"), _l("影音檔")
SUMMARY, AI_NOTE = _l("簡述"), _l("AI 使用揭露")
COUNSELLING_FOLDER = "課程諮詢紀錄（校內資料，不提交）"
Extra = Callable[[Shelf], Sequence[Part]]
"""Makes further parts (basic data, course records) that lie before the outcomes."""


def term_words(year: int, term: int) -> Said:
    """115 學年度第 1 學期."""
    if term:
        return both(_l("%(year)d 學年度第 %(term)d 學期", year=year, term=term))
    return both(_l("%(year)d 學年度", year=year))


def make(
    school: School,
    everything: Everything,
    shelf: Shelf,
    *,
    made_at: datetime,
    extra: Sequence[Part] = (),
    counselling: Sequence[Sheet] | None = None,
) -> Dossier:
    """The whole dossier.

    :param counselling: None: not asked for. Their files are on the shelf already.
    """
    parts = [
        *extra,
        outcomes_part(everything, shelf),
        experiences_part(everything, shelf),
        _selections(everything),
        _handed_in(everything),
    ]
    if counselling is not None:
        parts.append(_counselling(counselling, shelf))
    student = everything.student
    return Dossier(
        title=both(_l("學習歷程檔案")),
        school_name=school.name,
        person_name=student.name,
        person_number=student.number,
        made_at=made_at,
        facts=tuple(_seat_facts(everything)),
        parts=tuple(parts),
        note=both(
            _l(
                "這是從學校平臺匯出的個人副本，包含草稿與沒有勾選的紀錄；"
                "學校提交給中央資料庫的內容，以學校的提交名冊為準。"
            )
        ),
    )


def outcomes_part(everything: Everything, shelf: Shelf) -> Part:
    """課程學習成果, each with its decisions."""
    entries = tuple(
        outcome_entry(
            one,
            everything.courses.get(one.course_id or 0),
            everything.decisions.get(one.id, ()),
            shelf,
            number,
            chosen=one.id in everything.chosen_outcomes,
        )
        for number, one in enumerate(everything.outcomes, 1)
    )
    return Part("outcomes", both(_l("課程學習成果")), entries)


def outcome_entry(
    one: Outcome,
    course: Course | None,
    decisions: Sequence[Decision],
    shelf: Shelf,
    number: int,
    *,
    chosen: bool = False,
) -> Entry:
    """One outcome with its files in a folder of its own."""
    when = term_words(one.academic_year, one.term)
    folder = shelf.folder(
        "課程學習成果", f"{one.academic_year}-{one.term}", f"{number:02d} {one.title}"
    )
    facts: list[Fact] = [(both(_l("送出時間")), moment(one.sent_at))] if one.sent_at else []
    if course is not None:
        facts.insert(0, (both(_l("課程代碼")), plain(course.code)))
    if chosen:
        facts.append((both(_l("勾選")), both(_l("已勾選"))))
    return Entry(
        key=f"outcome-{one.id}",
        title=one.title,
        caption=joined(plain(course.name) if course else both(_l("未選課程")), when),
        state=both(LABELS[one.state].text),
        facts=tuple(facts),
        texts=_texts(one),
        history=tuple(_decided(each) for each in decisions),
        files=(
            *shelf.take(one.document_file_id, both(DOCUMENT), folder),
            *shelf.take(one.media_file_id, both(MEDIA), folder),
        ),
    )


def experiences_part(everything: Everything, shelf: Shelf) -> Part:
    """多元表現, each with the fields of its kind."""
    entries = tuple(
        experience_entry(
            one,
            everything.returns.get(one.id, ()),
            shelf,
            number,
            chosen=one.id in everything.chosen_experiences,
        )
        for number, one in enumerate(everything.experiences, 1)
    )
    return Part("experiences", both(_l("多元表現")), entries)


def experience_entry(
    one: Experience,
    returns: Sequence[ExperienceReturn],
    shelf: Shelf,
    number: int,
    *,
    chosen: bool = False,
) -> Entry:
    """One experience with its files in a folder of its own."""
    what = kind(one.kind, one.academic_year)
    folder = shelf.folder("多元表現", f"{one.academic_year}", f"{number:02d} {one.title}")
    facts: list[Fact] = [
        (both(field.label), _answer(field, one.details.get(field.key, "")))
        for field in what.fields
        if one.details.get(field.key, "")
    ]
    if one.link:
        facts.append((both(_l("外部影音連結")), plain(one.link)))
    if one.sent_at:
        facts.append((both(_l("送出時間")), moment(one.sent_at)))
    if chosen:
        facts.append((both(_l("勾選")), both(_l("已勾選"))))
    return Entry(
        key=f"experience-{one.id}",
        title=one.title,
        caption=joined(both(what.name), term_words(one.academic_year, one.term)),
        state=both(EXPERIENCE_LABELS[one.state].text),
        facts=tuple(facts),
        texts=_texts(one),
        history=tuple(
            joined(moment(each.at), both(_l("退回")), plain(each.by_name), plain(each.reason))
            for each in returns
        ),
        files=(
            *shelf.take(one.document_file_id, both(DOCUMENT), folder),
            *shelf.take(one.media_file_id, both(MEDIA), folder),
        ),
    )


def _answer(field: Field, text: str) -> Said:
    value = field.read(text)
    if value is None:
        return plain(text)
    if field.type == "date":
        return day(value)  # type: ignore[arg-type]
    if field.codes is not None and text in field.codes.values:
        words = both(field.codes.values[text])
        return Said(f"{text} {words.zh}", f"{text} {words.english}")
    return plain(text)


def _texts(one: Outcome | Experience) -> tuple[Fact, ...]:
    return ((both(SUMMARY), plain(one.summary)), (both(AI_NOTE), plain(one.ai_note)))


def _decided(one: Decision) -> Said:
    what = both(VERDICT_LABELS[one.verdict].text)
    if one.restores_id:
        return joined(moment(one.at), what, both(_l("檔案與先前認證時完全相同，認證自動恢復")))
    who = both(_l("%(name)s（代理）", name=one.by_name)) if one.substitute else plain(one.by_name)
    return joined(moment(one.at), what, who, plain(one.reason))


def _seat_facts(everything: Everything) -> list[Fact]:
    return [
        (
            term_words(one.academic_year, 0),
            both(_l("%(name)s %(seat)s 號", name=one.class_name, seat=one.number)),
        )
        for one in everything.seats
    ]


def _selections(everything: Everything) -> Part:
    return Part(
        "selections",
        both(_l("勾選")),
        tuple(_selection(one, everything) for one in everything.selections),
    )


def _selection(one: Selection, everything: Everything) -> Entry:
    outcomes = one.kind is SelectionKind.OUTCOME
    name = both(_l("勾選課程學習成果") if outcomes else _l("勾選多元表現"))
    n = everything.chosen_counts.get(one.id, 0)
    done = both(_l("已確認")) if one.locked_at else both(_l("未確認"))
    facts: list[Fact] = [(both(_l("件數")), both(_l("%(n)s 件", n=n)))]
    if one.locked_at:
        facts.append((both(_l("確認時間")), moment(one.locked_at)))
    year = term_words(one.academic_year, 0)
    return Entry(f"selection-{one.id}", f"{year.zh} {name.zh}", year, done, tuple(facts))


def _handed_in(everything: Everything) -> Part:
    entries = []
    for one in everything.handed_in:
        book, cells = one.submission, one.row.cells
        facts: list[Fact] = [
            (both(_l("提交編號")), plain(book.number)),
            (both(_l("提交時間")), moment(book.frozen_at)),
        ]
        for slot, label in (("document", DOCUMENT), ("media", MEDIA)):
            if cells.get(slot):
                said = f"{cells[slot]['name']}　SHA-256 {cells[slot]['sha256']}"
                facts.append((both(label), plain(said)))
        entries.append(
            Entry(
                f"handed-in-{one.row.id}",
                str(cells.get("title", "")),
                term_words(book.academic_year, 0),
                both(_l("第 %(version)s 版", version=book.version)),
                tuple(facts),
            )
        )
    return Part("handed-in", both(_l("收訖明細")), tuple(entries))


def _counselling(sheets: Sequence[Sheet], shelf: Shelf) -> Part:
    """The consultations as the reader sees them; nobody else is named."""
    entries = []
    for number, sheet in enumerate(sheets, 1):
        one = sheet.record
        folder = shelf.folder(COUNSELLING_FOLDER, f"{number:02d} {one.topic or one.held_on}")
        file_id = sheet.document.id if sheet.document else None
        entries.append(
            Entry(
                f"counselling-{one.id}",
                one.topic or one.topic_note,
                joined(day(one.held_on), plain(one.place), plain(one.counsellor_name)),
                Said(""),
                texts=(
                    (both(_l("摘要")), plain(one.summary)),
                    (both(_l("建議")), plain(one.advice)),
                    (both(_l("追蹤")), plain(one.follow_up)),
                    *((moment(more.at), plain(more.text)) for more in sheet.addenda),
                ),
                files=tuple(shelf.take(file_id, both(DOCUMENT), folder)),
            )
        )
    note = both(_l("課程諮詢紀錄只留在校內，不提交中央資料庫；是您勾選後才放進這份匯出檔。"))
    return Part("counselling", both(_l("課程諮詢紀錄")), tuple(entries), note, inside=True)
