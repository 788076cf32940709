"""The rows of `benchmarks.scale`: whole schools, written past the operations by set-based SQL.

One statement a table and a batch of schools, the same on SQLite and on PostgreSQL, over a
temporary table of numbers. Every id follows from the school's number: what belongs to the school
s counts from s × 1000. Hashes, signatures and tokens are only as long as real ones; the vault holds
no bytes. Foreign keys are not looked at while rows are written (the benchmark's test looks after).
"""

# ruff: noqa: E501 — the wrapped SQL
from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
YEAR = 115
BATCH = 50
"""Schools in one transaction."""


@dataclass(frozen=True)
class Shape:
    """How large a school is."""

    students: int
    classes: int
    courses: int
    outcomes: int
    """Of each student; at most 15."""
    experiences: int
    """Of each student; at most 10."""
    staff: int
    """Where the people of the staff begin, above the students."""

    @property
    def all_outcomes(self) -> int:
        """Of the whole school."""
        return self.students * self.outcomes


ORDINARY = Shape(students=100, classes=4, courses=20, outcomes=12, experiences=4, staff=900)
"""A thousand of them are 100,000 students, 1.2 million outcomes and 2 million files."""
LARGE = Shape(students=1800, classes=45, courses=120, outcomes=6, experiences=10, staff=5000)
"""10,800 outcomes, 18,000 experiences."""
LARGE_SCHOOL, FIRST_SCHOOL = 1, 10
"""The ids; those between are left out, since the large school needs their people's ids."""


def write(engine: sa.Engine, shape: Shape, first: int, last: int) -> None:
    """Write the schools `first` to `last`, both included."""
    with engine.connect() as connection:
        _prepare(connection, max(shape.staff + shape.courses + 10, last + 1))
        for start in range(first, last + 1, BATCH):
            with connection.begin():
                numbers = {
                    "first": start, "last": min(start + BATCH - 1, last), "year": YEAR,
                    "students": shape.students, "classes": shape.classes,
                    "courses": shape.courses, "outcomes": shape.outcomes,
                    "experiences": shape.experiences, "staff": shape.staff,
                }  # fmt: skip
                for statement in STATEMENTS:
                    connection.execute(_bound(statement, numbers))
        with connection.begin():
            connection.exec_driver_sql("DROP TABLE scale_n")
        connection.invalidate()  # its settings are not for the pages


def settle(engine: sa.Engine) -> None:
    """What the server itself does after a while; SQLite's planner is left without statistics."""
    if engine.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    else:
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")


def _prepare(connection: sa.Connection, most: int) -> None:
    with connection.begin():
        if connection.engine.name == "sqlite":
            connection.exec_driver_sql("COMMIT")  # pragmas count only outside a transaction
            for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
            connection.exec_driver_sql("SET synchronous_commit = off")
        connection.exec_driver_sql(
            "CREATE TEMPORARY TABLE scale_n (i INTEGER PRIMARY KEY, at TIMESTAMP)"
        )
        table = sa.table("scale_n", sa.column("i"), sa.column("at", _instant()))
        connection.execute(
            table.insert(), [{"i": i, "at": NOW - timedelta(minutes=i)} for i in range(most)]
        )
        if connection.engine.name == "postgresql":
            connection.exec_driver_sql("ANALYZE scale_n")


def _instant() -> sa.types.TypeEngine[datetime]:
    from plugin.db import Instant

    return Instant()


def _bound(statement: str, numbers: dict[str, int]) -> sa.TextClause:
    moments = {
        "now": NOW, "past": NOW - timedelta(days=9), "future": NOW + timedelta(days=9),
    }  # fmt: skip
    text = sa.text(statement.replace('":', '"\\:'))  # a colon of JSON is no parameter
    wanted = text.compile().params
    return text.bindparams(
        *(sa.bindparam(k, v, sa.Integer) for k, v in numbers.items() if k in wanted),
        *(sa.bindparam(k, v, _instant()) for k, v in moments.items() if k in wanted),
    )


_SCHOOLS = "FROM scale_n s"
_OF = "WHERE s.i BETWEEN :first AND :last"
_STUDENTS = f"{_SCHOOLS} CROSS JOIN scale_n p {_OF} AND p.i BETWEEN 1 AND :students"
_EACH = (
    f"{_SCHOOLS} CROSS JOIN scale_n p CROSS JOIN scale_n m {_OF} AND p.i BETWEEN 1 AND :students"
)
_OUTCOMES = f"{_EACH} AND m.i < :outcomes"
_EXPERIENCES = f"{_EACH} AND m.i < :experiences"
_PUPIL = "(s.i * 1000 + p.i)"
_COURSE = "(s.i * 1000 + (p.i + m.i) % :courses + 1)"
_GRADE = "(1 + (p.i - 1) % :classes % 3)"
_MIX = "((p.i * :outcomes + m.i) % 7)"
_HASH = f"'{'5ca1e' * 11}'"
_ORDER = "ORDER BY s.i, p.i, m.i"


def _files(number: str, slot: str, rows: str) -> list[str]:
    """An object, a file and its receipt for each of `rows`; `number` is the id of all three."""
    digest = f"(CAST({number} + 100000000 AS TEXT) || {_HASH})"
    kind, media = ("pdf", "application/pdf") if slot == "document" else ("mp4", "video/mp4")
    return [
        (
            f"INSERT INTO vault_object (id, sha256, size, crc32, copies, stored_at, checked_at) "
            f"SELECT {number}, {digest}, 200000 + m.i, m.i, 2, :now, :now {rows} {_ORDER}"
        ),
        (
            f"INSERT INTO stored_file (id, school_id, owner_id, object_id, slot, name, kind, "
            f"media_type, detail, size, sha256, state, created_at, accepted_at, purge_reason, "
            f"link_generation) SELECT {number}, s.i, {_PUPIL}, {number}, '{slot}', "
            f"'作品' || CAST(m.i AS TEXT) || '.{kind}', '{kind}', '{media}', '{{\"pages\":3}}', "
            f"200000 + m.i, {digest}, 'ACCEPTED', :now, :now, '', 0 {rows} {_ORDER}"
        ),
        (
            f"INSERT INTO receipt (id, number, file_id, kind, issued_at, sha256, size, media_type, "
            f"copies, signature) SELECT {number}, 'R' || CAST({number} + 100000000 AS TEXT), {number}, "
            f"'ACCEPTED', :now, {digest}, 200000 + m.i, '{media}', 2, {digest} {rows} {_ORDER}"
        ),
    ]


_CELLS = (
    """'{"academic_year":' || CAST(:year AS TEXT) || ',"class_code":"' || k.code || """
    """'","class_name":"' || k.name || '","grade":' || CAST(k.grade AS TEXT) || ',"seat":' || """
    """CAST(t.seat AS TEXT) || ',"student_number":"' || p.number || '","student_name":"' || """
    """p.name || '","term":1,"title":"' || o.title || '","summary":"' || o.summary || """
    """'","ai_note":"","document":{"id":' || CAST(o.document_file_id AS TEXT) || """
    """',"name":"作品.pdf","kind":"pdf","size":200000,"sha256":"' || f.sha256 || """
    """'","path":"作品.pdf"},"media":null,'"""
)
_HANDED = (
    "JOIN person p ON p.id = l.student_id JOIN class_seat t ON t.student_id = p.id "
    "JOIN school_class k ON k.id = t.class_id JOIN stored_file f ON f.id = o.document_file_id "
    "WHERE l.school_id BETWEEN :first AND :last"
)
_ROW = (
    "INSERT INTO submission_row (submission_id, sequence, record_kind, kind, outcome_id, "
    "experience_id, student_id, cells, identity, digest) SELECT l.school_id, "
)

STATEMENTS = [
    (
        f"INSERT INTO school (id, code, name, kind, settings, created_at) SELECT s.i, "
        f"SUBSTR(CAST(1000000 + s.i AS TEXT), 2), '第' || CAST(s.i AS TEXT) || '高中', 'GENERAL', "
        f"'{{}}', :now {_SCHOOLS} {_OF}"
    ),
    *(
        f"INSERT INTO person (id, school_id, kind, number, name, email, active, created_at) "
        f"SELECT {_PUPIL}, s.i, '{kind}', '{kind[0]}' || SUBSTR(CAST(10000 + p.i AS TEXT), 2), "
        f"'人' || CAST(s.i AS TEXT) || '之' || CAST(p.i AS TEXT), "
        f"CAST(p.i AS TEXT) || '@' || CAST(s.i AS TEXT) || '.example', true, :now "
        f"{_SCHOOLS} CROSS JOIN scale_n p {_OF} AND p.i {span} ORDER BY s.i, p.i"
        for kind, span in (
            ("STUDENT", "BETWEEN 1 AND :students"),
            ("STAFF", "BETWEEN :staff AND :staff + :courses + 2"),
        )
    ),
    (
        f"INSERT INTO school_class (id, school_id, academic_year, grade, code, name, "
        f"homeroom_teacher_id) SELECT s.i * 1000 + p.i + 1, s.i, :year, 1 + p.i % 3, "
        f"SUBSTR(CAST(1001 + p.i AS TEXT), 2), CAST(p.i + 1 AS TEXT) || '班', "
        f"s.i * 1000 + :staff + p.i {_SCHOOLS} CROSS JOIN scale_n p {_OF} AND p.i < :classes"
    ),
    (
        f"INSERT INTO course (id, school_id, academic_year, term, number, code, name, grade, credits, "
        f"periods) SELECT s.i * 1000 + p.i + 1, s.i, :year, 1, 'C' || CAST(p.i AS TEXT), "
        f"'115999901H1110101010101', '科目' || CAST(p.i AS TEXT), 1, 4, 0 "
        f"{_SCHOOLS} CROSS JOIN scale_n p {_OF} AND p.i < :courses"
    ),
    (
        f"INSERT INTO course_teacher (course_id, person_id, kind) SELECT s.i * 1000 + p.i + 1, "
        f"s.i * 1000 + :staff + p.i, 'RECORD' {_SCHOOLS} CROSS JOIN scale_n p {_OF} "
        f"AND p.i < :courses"
    ),
    *(
        f'INSERT INTO "window" (school_id, academic_year, term, kind, grade, opens_at, closes_at) '
        f"SELECT s.i, :year, {term}, '{kind}', 0, :past, :future {_SCHOOLS} {_OF}"
        for kind, term in (
            ("OUTCOME_UPLOAD", 1),
            ("CERTIFICATION", 1),
            ("EXPERIENCE_UPLOAD", 1),
            ("SELECTION", 0),
        )
    ),
    (
        f"INSERT INTO class_seat (class_id, student_id, seat) SELECT s.i * 1000 + "
        f"(p.i - 1) % :classes + 1, {_PUPIL}, (p.i - 1) / :classes + 1 {_STUDENTS}"
    ),
    (
        f"INSERT INTO enrolment (course_id, student_id, active) SELECT {_COURSE}, {_PUPIL}, true "
        f"{_OUTCOMES} {_ORDER}"
    ),
    (
        f"INSERT INTO course_record (school_id, student_id, academic_year, term, kind, subject_key, "
        f"course_id, code, subject, grade, credits, score, passed, counted, note, details, set_at, "
        f"removed_reason, version) SELECT s.i, {_PUPIL}, :year, 1, 'regular', 'C' || CAST({_COURSE} "
        f"AS TEXT), {_COURSE}, '115999901H1110101010101', '科目' || CAST({_COURSE} AS TEXT), {_GRADE}, "
        f"4, 600000 + {_MIX} * 50000, true, 1, '', '{{}}', :now, '', 1 {_OUTCOMES} {_ORDER}"
    ),
    *_files(f"({_PUPIL} * 50 + m.i * 2)", "document", _OUTCOMES),
    *_files(f"({_PUPIL} * 50 + m.i * 2 + 1)", "media", f"{_OUTCOMES} AND (p.i + m.i) % 3 = 0"),
    *_files(f"({_PUPIL} * 50 + 30 + m.i)", "document", _EXPERIENCES),
    (
        f"INSERT INTO outcome (id, school_id, student_id, course_id, academic_year, term, grade, title,"
        f" summary, ai_note, document_file_id, media_file_id, state, started_at, sent_at, decided_at, "
        f"version) SELECT {_PUPIL} * 20 + m.i, s.i, {_PUPIL}, {_COURSE}, :year, 1, {_GRADE}, "
        f"'成果 ' || CAST(p.i AS TEXT) || '-' || CAST(m.i AS TEXT), '讀完之後的想法。', '', "
        f"{_PUPIL} * 50 + m.i * 2, CASE WHEN (p.i + m.i) % 3 = 0 THEN {_PUPIL} * 50 + m.i * 2 + 1 END, "
        f"CASE {_MIX} WHEN 4 THEN 'SENT' WHEN 5 THEN 'DRAFT' WHEN 6 THEN 'RETURNED' ELSE 'CERTIFIED' "
        f"END, :past, CASE {_MIX} WHEN 5 THEN NULL ELSE p.at END, "
        f"CASE WHEN {_MIX} IN (4, 5) THEN NULL ELSE p.at END, 1 {_OUTCOMES} {_ORDER}"
    ),
    (
        "INSERT INTO decision (outcome_id, verdict, reason, by_id, by_name, at, substitute, course_id, "
        "title, summary) SELECT o.id, o.state, '', o.course_id - 1 + :staff, '老師', o.decided_at, "
        "false, o.course_id, o.title, o.summary FROM outcome o WHERE o.school_id BETWEEN :first AND "
        ":last AND o.decided_at IS NOT NULL ORDER BY o.id"
    ),
    (
        f"INSERT INTO experience (id, school_id, student_id, kind, academic_year, term, grade, title, "
        f"details, summary, link, ai_note, document_file_id, state, started_at, sent_at, version) "
        f"SELECT {_PUPIL} * 20 + m.i, s.i, {_PUPIL}, 'work', :year, 1, {_GRADE}, "
        f"'作品 ' || CAST(m.i AS TEXT), '{{\"name\":\"作品\"}}', '', '', '', {_PUPIL} * 50 + 30 + m.i, "
        f"'SENT', :past, p.at, 1 {_EXPERIENCES} {_ORDER}"
    ),
    *(
        f"INSERT INTO selection (id, school_id, student_id, academic_year, kind, locked_at, "
        f"changed_at) SELECT {_PUPIL} * 2 + {place}, s.i, {_PUPIL}, :year, '{kind}', "
        f"CASE p.i % 2 WHEN 0 THEN p.at END, p.at {_STUDENTS} ORDER BY s.i, p.i"
        for place, kind in enumerate(("OUTCOME", "EXPERIENCE"))
    ),
    (
        "INSERT INTO selection_item (selection_id, outcome_id, chosen_at, batch) SELECT "
        "o.student_id * 2, o.id, :now, 'ORDINARY' FROM outcome o WHERE o.school_id BETWEEN :first AND "
        ":last AND o.state = 'CERTIFIED' AND o.id % 20 < 9 ORDER BY o.id"
    ),
    (
        "INSERT INTO selected_experience (selection_id, experience_id, chosen_at, batch) SELECT "
        "o.student_id * 2 + 1, o.id, :now, 'ORDINARY' FROM experience o WHERE o.school_id "
        "BETWEEN :first AND :last ORDER BY o.id"
    ),
    (
        f"INSERT INTO submission (id, school_id, academic_year, batch, version, number, state, totals, "
        f"rows_sha256, writer, failure, made_by_name, made_at, frozen_at, token) SELECT s.i, s.i, "
        f":year, 'ORDINARY', 1, 'O-' || CAST(s.i AS TEXT), 'FROZEN', '{{\"rows\":9,\"outcomes\":5,"
        f'"experiences":4,"students":1,"classes":1,"files":9,"bytes":9,"lines":9}}\', '
        f"{_HASH}, '', '', '教務處', :now, :now, 'token-' || CAST(s.i AS TEXT) {_SCHOOLS} {_OF}"
    ),
    (
        f"{_ROW} ROW_NUMBER() OVER (PARTITION BY l.school_id ORDER BY o.id), 'OUTCOME', '', o.id, "
        f'CAST(NULL AS INTEGER), p.id, {_CELLS} || \'"course_number":"C1","course_code":"\' || '
        f'c.code || \'","course_name":"\' || c.name || \'","course_grade":1,"credits":4,'
        f'"periods":0,"decision_id":1,"certified_by":"老師","certified_at":'
        f"\"2026-11-19T01:30:00+00:00\"}}', '', {_HASH} FROM selection l JOIN selection_item i ON "
        f"i.selection_id = l.id JOIN outcome o ON o.id = i.outcome_id JOIN course c ON "
        f"c.id = o.course_id {_HANDED} ORDER BY l.school_id, o.id"
    ),
    (
        f"{_ROW} 100000 + ROW_NUMBER() OVER (PARTITION BY l.school_id ORDER BY o.id), 'EXPERIENCE', "
        f'o.kind, CAST(NULL AS INTEGER), o.id, p.id, {_CELLS} || \'"kind":"work","kind_name":'
        f'"作品成果","details":{{"name":"作品"}},"link":"","sent_at":'
        f"\"2026-11-19T01:30:00+00:00\"}}', '', {_HASH} FROM selection l JOIN selected_experience i ON "
        f"i.selection_id = l.id JOIN experience o ON o.id = i.experience_id {_HANDED} "
        f"ORDER BY l.school_id, o.id"
    ),
    (
        f"INSERT INTO receipt_sheet (id, school_id, submission_id, academic_year, student_id, class_id,"
        f" class_name, grade, seat, items, digest, state, current, confirmed_at) SELECT p.id, "
        f"p.school_id, p.school_id, :year, p.id, k.id, k.name, k.grade, t.seat, "
        f"(SELECT COUNT(*) FROM submission_row r WHERE r.student_id = p.id), {_HASH}, "
        f"CASE p.id % 2 WHEN 0 THEN 'CONFIRMED' ELSE 'WAITING' END, true, "
        f"CASE p.id % 2 WHEN 0 THEN :now END FROM person p JOIN class_seat t ON t.student_id = p.id "
        f"JOIN school_class k ON k.id = t.class_id WHERE p.school_id BETWEEN :first AND :last "
        f"ORDER BY p.id"
    ),
    (
        "INSERT INTO receipt_statement (sheet_id, kind, reason, text, by_id, by_name, at) SELECT "
        "h.id, 'CONFIRM', '', '', h.student_id, '學生', h.confirmed_at FROM receipt_sheet h "
        "WHERE h.school_id BETWEEN :first AND :last AND h.state = 'CONFIRMED' ORDER BY h.id"
    ),
]
