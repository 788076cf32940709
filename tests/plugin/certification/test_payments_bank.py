"""A bank's file taken: every row once, the bank's date decides, dirt does no harm."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, tenancy
from plugin.actor import Actor
from plugin.certification.bank import reading
from plugin.certification.bank.columns import Columns
from plugin.certification.models import BankImport, CaseState, PaymentMatch
from plugin.certification.operations import (
    applying,
    bank_files,
    bank_taking,
    lapsing,
    payments,
    settling,
)
from plugin.certification.queries import payments as queries
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school.importing.errors import FileUnreadable
from plugin.school.models import School
from plugin.trail.models import OutboundMail
from tests.factories import FrozenClock, at
from tests.factories.certification import clocks_of, events_of, make_clerk, make_office
from tests.plugin.certification.payments_world import (
    COLUMNS,
    applicant_of,
    bring,
    chosen,
    fee_due,
    in_csv,
    in_xlsx,
    matches,
    notice_of,
    now,
    path_of,
    payments_of,
    taken,
)

S = CaseState


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> School:
    """No letters are made; a bank's file is taken at once."""
    from plugin import jobs

    def wake(job_id: int) -> None:
        if db.reading().get_one(jobs.Job, job_id).kind == bank_files.TAKE:
            jobs.run(job_id)

    monkeypatch.setitem(app.extensions, "licheng.wake", wake)
    return make_office()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


def mails() -> list[str]:
    return list(db.reading().scalars(sa.select(OutboundMail.body).order_by(OutboundMail.id)))


class TestTaken:
    def test_each_row_finds_its_case_once(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        first, second = fee_due(office, clerk), fee_due(office, clerk, "林𠀋", 2)
        over, short = fee_due(office, clerk, "陳一", 3), fee_due(office, clerk, "陳二", 4)
        late = fee_due(office, clerk, "陳三", 5)
        clock.set(at(2026, 12, 9, 9))
        rows = [
            ["115/11/25", "1,045", notice_of(first).reference, "王小明", "", "1"],
            ["１１５／１２／０７", "１，０４５", "", "林 𠀋", "", "2"],
            ["115/11/26", "2000", notice_of(over).reference, "", "", "3"],
            ["115/11/26", "1000", notice_of(short).reference, "", "", "4"],
            ["115/12/08", "1045", notice_of(late).reference, "", "", "5"],
            ["115/11/26", "1045", "", "=HYPERLINK(1)", "@SUM(A1)", "6"],
            ["115/11/27", "1045", notice_of(first).reference, "王小明", "", "7"],
            ["115/11/27", "-500", "", "提款", "", "8"],
            ["115/13/27", "1045", "", "看不懂", "", "9"],
            ["合計", "9,999", "", "", "", ""],
        ]
        one = taken(clerk, in_csv(rows))
        assert one.finished_at is not None
        assert one.counts == {
            "reference": 1, "amount_name": 1, "over": 1, "short": 1, "late": 1, "unmatched": 1,
            "double": 1, "left_out": 2, "faulty": 1,
        }  # fmt: skip
        assert [number for number, _why in one.faults] == [10]
        states = [now(case).state for case in (first, second, over, short, late)]
        assert states == [S.REVIEW, S.REVIEW, S.REVIEW, S.FEE_DUE, S.FEE_DUE]
        review = clocks_of(first)[-1]
        assert (str(review.starts_on), str(review.due_on)) == ("2026-11-25", "2027-02-25")
        assert any("還差 45 元" in body for body in mails())
        # the rest of what was short comes in another file, and both are done with
        taken(clerk, in_csv([["115/12/07", "45", notice_of(short).reference, "", "", "10"]]))
        assert now(short).state is S.REVIEW
        assert str(notice_of(short).paid_on) == "2026-12-07"
        settled = [one for one in payments_of(office) if one.match is PaymentMatch.SHORT]
        assert settled[0].settled_at is not None

    def test_the_same_row_in_whatever_file(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        row = ["115/11/20", "1,045", notice_of(case).reference, "王小明", "", ""]
        alike = ["115/11/20", "45", "", "路人", "", ""]
        taken(clerk, in_csv([row, alike, alike]))
        before = matches(office)
        assert before == ["reference", "unmatched", "unmatched"]
        again = taken(clerk, in_csv([alike, row, alike]))
        workbook: list[Sequence[Any]] = [
            ["115/11/20", 1045, int(row[2]), "王小明"],
            ["2026-11-20", "45.00", "", "路人"],
        ]
        other = taken(clerk, in_xlsx(workbook))
        assert again.counts == {"known": 3}
        assert other.counts == {"known": 2}
        assert matches(office) == before
        assert [one.event for one in events_of(case)].count("confirm_payment") == 1

    def test_in_time_revives_what_lapsed_late_does_not(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        good, late = fee_due(office, clerk), fee_due(office, clerk, "陳一", 2)
        clock.set(at(2026, 12, 14, 9))
        with tenancy.across("the test is the scheduled work"):
            lapsing.sweep()
        assert {now(good).state, now(late).state} == {S.REFUSED}
        taken(clerk, in_csv([
            ["115/12/07", "1045", notice_of(good).reference, "", "", ""],
            ["115/12/08", "1045", notice_of(late).reference, "", "", ""],
        ]))  # fmt: skip
        assert (now(good).state, now(late).state) == (S.REVIEW, S.REFUSED)
        assert not now(good).fee_lapsed
        assert matches(office) == ["reference", "late"]
        assert any("恢復審查" in body for body in mails())
        review = [one for one in clocks_of(good) if one.kind == "review"]
        assert [str(one.starts_on) for one in review] == ["2026-12-07"]

    def test_what_was_entered_by_hand_is_no_second_payment(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        case, counter = fee_due(office, clerk), fee_due(office, clerk, "陳一", 2)
        clock.set(at(2026, 12, 1, 9))
        payments.confirm(clerk, case.id, date(2026, 11, 30), 1045)
        payments.confirm(clerk, counter.id, date(2026, 11, 30), 1045, in_bank_file=False)
        taken(clerk, in_csv([
            ["115/11/27", "1045", notice_of(case).reference, "王小明", "", ""],
            ["115/11/27", "1045", notice_of(counter).reference, "陳一", "", ""],
        ]))  # fmt: skip
        assert matches(office) == ["by_hand", "by_hand", "double"]
        assert str(notice_of(case).paid_on) == "2026-11-27"
        review = clocks_of(case)[-1]
        assert (str(review.starts_on), str(review.due_on)) == ("2026-11-27", "2027-03-02")

    def test_a_withdrawn_case_takes_no_money(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        applying.withdraw(applicant_of(case), case.id)
        taken(clerk, in_csv([["115/11/20", "1045", notice_of(case).reference, "", "", ""]]))
        assert matches(office) == ["closed"]
        assert now(case).state is S.WITHDRAWN

    def test_a_killed_worker_leaves_whole_chunks(
        self, office: School, clerk: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bank_taking, "CHUNK", 4)
        case = fee_due(office, clerk)
        rows = [["115/11/20", f"{n}", "", "路人", "", f"{n}"] for n in range(1, 12)]
        rows[9] = ["115/11/20", "1045", notice_of(case).reference, "", "", "10"]
        one = chosen(clerk, in_csv(rows))
        path, seen = path_of(clerk, one.file_id), []

        class Killed(BaseException):
            pass

        follow = bank_taking._follow

        def die(*args: Any) -> Any:
            follow(*args)
            raise Killed  # within the transaction of the third chunk

        monkeypatch.setattr(bank_taking, "_follow", die)
        with pytest.raises(Killed):
            bank_taking.take(clerk, one.id, path, lambda *far: seen.append(far))
        assert len(payments_of(office)) == 8
        assert now(case).state is S.FEE_DUE
        monkeypatch.setattr(bank_taking, "_follow", follow)
        counts = bank_taking.take(clerk, one.id, path, lambda *far: seen.append(far))
        assert counts == {"unmatched": 10, "reference": 1}
        assert len(payments_of(office)) == 11
        assert now(case).state is S.REVIEW
        assert seen[-1] == (12, 12)
        assert bank_taking.take(clerk, one.id, path, lambda *_far: None) == counts

    def test_two_imports_at_once(
        self, app: Flask, office: School, clerk: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bank_taking, "CHUNK", 3)
        cases = [fee_due(office, clerk, f"陳{n}", n) for n in range(1, 5)]
        rows = [["115/11/20", "1045", notice_of(one).reference, one.name, "", ""] for one in cases]
        files = [chosen(clerk, in_csv(rows)), chosen(clerk, in_csv([*reversed(rows)]))]
        paths = [path_of(clerk, one.file_id) for one in files]

        gate = threading.Barrier(2)

        def take(n: int) -> dict[str, int]:
            gate.wait()
            with app.app_context(), tenancy.within(office.id):
                return bank_taking.take(clerk, files[n].id, paths[n], lambda *_far: None)

        with ThreadPoolExecutor(2) as pool:
            counts = list(pool.map(take, (0, 1)))
        db._close_reads()  # on SQLite a read goes on seeing what was there when it began
        assert sum(one.get("reference", 0) for one in counts) == 4
        assert sum(one.get("known", 0) for one in counts) == 4
        assert matches(office) == ["reference"] * 4
        for case in cases:
            assert [one.event for one in events_of(case)].count("confirm_payment") == 1


class TestFiles:
    def test_the_mapping_is_kept_for_the_next_file(self, office: School, clerk: Actor) -> None:
        rows = [["115/11/20", "1045", "", "路人", "", ""]]
        odd = in_xlsx([["20261120", "1,045", "路人"]], ("戳記", "款", "人"))
        columns = Columns({"day": "戳記", "amount": "款", "payer": "人"}, 1, style="ad")
        bank_files.choose(clerk, bring(clerk, odd).id, "怪銀行", columns)
        assert Columns.of(bring(clerk, odd, "二.xlsx").columns) == columns
        guessed = Columns.of(bring(clerk, in_csv(rows)).columns)
        assert guessed.places == COLUMNS.places

    def test_titles_above_big5_and_what_big5_lacks(self, office: School, clerk: Actor) -> None:
        text = (
            "帳號：123\r\n期間：115/11/01-115/11/30\r\n"
            "交易日期,存入,戶名\r\n115/11/20,1045,游錫X\r\n"
        )
        data = text.encode("cp950").replace(b"X", b"\xfa\x40")  # a character of the bank's own
        one = bring(clerk, data)
        columns = Columns.of(one.columns)
        assert columns == Columns({"day": "交易日期", "amount": "存入", "payer": "戶名"}, 3)
        (row,) = reading.rows(path_of(clerk, one.file_id), columns)
        assert isinstance(row, reading.BankRow)
        assert row.payer.startswith("游錫\ufffd")

    def test_no_headings(self, office: School, clerk: Actor) -> None:
        data = "1151120;1045;路人\n1151121;45;路人\n".encode()
        one = taken(clerk, data, Columns({"day": "#A", "amount": "#B", "payer": "#C"}, 0))
        assert one.counts == {"unmatched": 2}  # one of them is still to come, and waits

    @pytest.mark.parametrize(
        "data", [b"", b"\xff\xfe\x00", b"\x00\x01\x02", b"PK\x03\x04rubbish", b"\n\n"]
    )
    def test_what_is_no_file_of_a_bank(self, office: School, clerk: Actor, data: bytes) -> None:
        with pytest.raises(FileUnreadable):
            bring(clerk, data)
        assert db.reading().query(BankImport).count() == 0

    def test_only_the_office(self, office: School, clerk: Actor) -> None:
        one = chosen(clerk, in_csv([]))
        for actor in (make_clerk(make_office()), applicant_of(fee_due(office, clerk))):
            with pytest.raises(NotFound):
                bank_files.start(actor, one.id)
        bank_files.start(clerk, one.id)
        with pytest.raises(Conflict):
            bank_files.choose(clerk, one.id, "測試銀行", COLUMNS)

    def test_five_thousand_rows(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        rows: list[Sequence[Any]] = [
            ["115/11/20", n, "", "路人", "", str(n)] for n in range(1, 5001)
        ]
        rows.append(["115/11/20", 1045, notice_of(case).reference, "", "", "5001"])
        one = taken(clerk, in_xlsx(rows))
        assert one.counts == {"unmatched": 5000, "reference": 1}
        assert now(case).state is S.REVIEW


class TestByHand:
    def unmatched(self, clerk: Actor, day: str = "115/11/20", amount: str = "1045") -> int:
        taken(clerk, in_csv([[day, amount, "", "代繳人", "", day]]))
        return queries.listed(clerk, queries.Show.OPEN).items[0].payment.id

    def test_matched_by_the_number_of_the_case(self, office: School, clerk: Actor) -> None:
        case = fee_due(office, clerk)
        payment_id = self.unmatched(clerk)
        with pytest.raises(InvalidInput) as refused:
            settling.assign(clerk, payment_id, "EE000")
        assert set(refused.value.fields) == {"whose"}
        settling.assign(clerk, payment_id, f" {case.number.lower()} ")
        assert now(case).state is S.REVIEW
        assert matches(office) == ["by_hand"]
        with pytest.raises(Conflict):
            settling.assign(clerk, payment_id, case.number)

    def test_revived_by_hand_when_the_bank_says_in_time(
        self, office: School, clerk: Actor, clock: FrozenClock
    ) -> None:
        case = fee_due(office, clerk)
        clock.set(at(2026, 12, 14, 9))
        with tenancy.across("the test is the scheduled work"):
            lapsing.sweep()
        late = self.unmatched(clerk, "115/12/08")
        with pytest.raises(InvalidInput):
            settling.assign(clerk, late, case.number, "想受理")
        good = self.unmatched(clerk, "115/12/07")
        settling.assign(clerk, good, case.number)
        assert now(case).state is S.REVIEW
        assert events_of(case)[-1].event == "revive"

    def test_sent_back(self, office: School, clerk: Actor, clock: FrozenClock) -> None:
        payment_id = self.unmatched(clerk)
        with pytest.raises(InvalidInput):
            settling.refund(clerk, payment_id, 1046, "退回")
        with pytest.raises(InvalidInput):
            settling.refund(clerk, payment_id, 1045, "退回", date(2026, 11, 21))
        settling.refund(clerk, payment_id, 1045, "退回原帳戶")
        assert queries.open_counts(clerk)["refunds"] == 1
        clock.set(at(2026, 11, 24, 9))
        settling.refund(clerk, payment_id, 1045, "退回原帳戶", date(2026, 11, 23))
        assert queries.open_counts(clerk) == {"refunds": 0}
        with pytest.raises(Conflict):
            settling.refund(clerk, payment_id, 1045, "再退一次")
        (line,) = queries.listed(clerk, queries.Show.REFUNDS).items
        assert line.payment.refunded_on == date(2026, 11, 23)

    def test_left_and_looked_at_again(self, office: School, clerk: Actor) -> None:
        payment_id = self.unmatched(clerk)
        settling.leave(clerk, payment_id, "不是審查費")
        assert queries.listed(clerk, queries.Show.OPEN).items == ()
        settling.reopen(clerk, payment_id)
        assert len(queries.listed(clerk, queries.Show.OPEN).items) == 1
        with pytest.raises(NotFound):
            settling.leave(make_clerk(make_office()), payment_id, "別校")
