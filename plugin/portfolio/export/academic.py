"""Basic data, officer posts and course records of a student for the export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from plugin.portfolio import record_kinds
from plugin.portfolio.export.words import both, day, joined, plain
from plugin.portfolio.forms.academic import CHANGES, LEVELS
from plugin.portfolio.models import BasicRecord, OfficerPost
from plugin.portfolio.models.academic import ChangeKind
from plugin.portfolio.models.exchange import ExchangePost
from plugin.portfolio.queries.academic import people, records
from plugin.portfolio.queries.academic.records import Line, Sheet
from plugin.portfolio.scoring import band_words
from plugin.school.models import Person
from reports.dossier import Entry, Fact, Part, Said


@dataclass(frozen=True)
class Academic:
    """What the school has entered about a student."""

    basics: tuple[BasicRecord, ...]
    posts: tuple[OfficerPost | ExchangePost, ...]
    sheet: Sheet


def read(student: Person) -> Academic:
    """Everything, oldest first where it is a list."""
    return Academic(
        tuple(people.basics_of(student.id))[::-1],
        tuple(people.posts_of(student.id))[::-1],
        records.sheet_of(student),
    )


def parts(found: Academic) -> Sequence[Part]:
    """基本資料 and 修課紀錄; neither national ID nor birthday: a copy is carried about."""
    return (
        Part(
            "basic",
            both(_l("基本資料")),
            (*(_basic(one) for one in found.basics), *(_post(one) for one in found.posts)),
        ),
        Part(
            "courses",
            both(_l("修課紀錄")),
            tuple(_record(line) for term in found.sheet.terms[::-1] for line in term.lines),
        ),
    )


def _when(year: int, term: int) -> Said:
    return both(_l("%(year)d 學年度第 %(term)d 學期", year=year, term=term))


def _basic(one: BasicRecord) -> Entry:
    facts: list[Fact] = [(both(_l("班級座號")), plain(f"{one.class_name} {one.seat or ''}"))]
    codes = (
        (_l("群別代碼"), one.cluster),
        (_l("科班學程別代碼"), one.department),
        (_l("部別代碼"), one.division),
    )
    facts += [(both(label), plain(text)) for label, text in codes if text]
    if one.change is not ChangeKind.NONE:
        facts.append((both(_l("學籍異動")), joined(both(CHANGES[one.change]), day(one.changed_on))))
    when = _when(one.academic_year, one.term)
    return Entry(f"basic-{one.id}", when.zh, when, plain(one.status), tuple(facts))


def _post(one: OfficerPost | ExchangePost) -> Entry:
    until = Said(
        f"{day(one.starts_on).zh} 至 {day(one.ends_on).zh}",
        f"{day(one.starts_on).english} – {day(one.ends_on).english}",
    )
    facts: tuple[Fact, ...] = (
        (both(_l("幹部等級")), both(LEVELS[one.level])),
        (both(_l("期間")), until),
    )
    when = _when(one.academic_year, one.term)
    key, said = f"post-{one.id}", Said("")
    if isinstance(one, ExchangePost):
        key, said = f"arrived-{key}", both(_l("由他校（%(code)s）轉入", code=one.origin_code))
    return Entry(key, f"{one.unit} {one.duty}".strip(), when, said, facts)


def _record(line: Line) -> Entry:
    """Every column of the record, what it comes to, and the bands of its class."""
    one = line.record
    facts: list[Fact] = []
    cells = record_kinds.cells(one)
    for column in line.kind.columns:
        value = cells.get(column.key)
        if value is None or value == "":
            continue
        if column.format == "flag":
            said = both(_l("及格") if value else _l("不及格"))
        elif column.format == "score":
            said = plain(f"{value:f}")
        else:
            said = plain(column.codes.said(str(value)) if column.codes is not None else value)
        facts.append((plain(column.title), said))
    facts.append((both(_l("取得學分")), plain(line.standing.earned)))
    if line.bands is not None:
        counts = (f"{band_words(number)}: {n}" for number, n in enumerate(line.bands.counts) if n)
        facts.append((both(_l("班級成績分布（每 10 分一級距）")), plain("；".join(counts))))
    passed = {True: _l("及格"), False: _l("不及格"), None: _l("尚無成績")}[line.standing.passed]
    caption = joined(both(line.kind.name), _when(one.academic_year, one.term))
    return Entry(f"record-{one.id}", one.subject, caption, both(passed), tuple(facts))
