"""The words of the issuing office's letters: fee, correction, oral examination, decision.

Basis: 環境教育人員認證及管理辦法 §11 (procedural review, fee, correction), 行政程序法 §96 I and
訴願法 §14 I, §58 I (remedies), seed 000 (二、申請作業流程).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports.certification.letter import Grid, OfficialLetter
from reports.certification.words import dollars, long_date, long_moment, weekday_date

REGULATION = "環境教育人員認證及管理辦法"
REMEDY = (
    "如不服本處分，得於本處分送達之次日起三十日內，依訴願法第十四條第一項及第五十八條第一項規定，"
    "繕具訴願書，經由本機關向訴願管轄機關提起訴願。"
)

LATE = (
    "如已於繳費期限內繳納，請檢具繳費證明通知承辦人；"
    "經金融機構資料確認繳費日期在期限內者，恢復本案之審查。"
)


@dataclass(frozen=True)
class Head:
    """What every letter begins with.

    :param renewal: the case asks for a renewal 展延 of a certificate.
    """

    office: str
    recipient: str
    dated: date
    number: str
    case_number: str
    contact: tuple[tuple[str, str], ...] = ()
    signer: str = ""
    check_url: str = ""
    renewal: bool = False

    @property
    def matter(self) -> str:
        """What was applied for."""
        return "展延環境教育人員認證" if self.renewal else "環境教育人員認證"


@dataclass(frozen=True)
class Due:
    """A last day; at noon where it was moved from a Saturday (行政程序法 §48 IV)."""

    on: date
    noon: bool = False

    def __str__(self) -> str:
        return weekday_date(self.on) + ("中午12時前" if self.noon else "24時前")


def fee_notice(
    head: Head,
    *,
    review_fee: int,
    postage: int,
    copies: int,
    reference: str,
    due: Due,
    how: Sequence[str] = (),
) -> OfficialLetter:
    """繳費通知: how much, by when, under which number, and how.

    :param how: ways of paying, in the office's own words.
    """
    amount = review_fee + postage
    free = (
        ()
        if review_fee
        else (
            "台端免繳審查費（以薦舉申請，或為學校依環境教育法第十八條第一項指定之人員），僅需繳納郵寄費。",
        )
    )
    ways = tuple(how) or ("繳費方式請洽承辦人；繳費時務請註明銷帳編號。",)
    return _letter(
        head,
        "審查費繳費通知",
        f"台端申請{head.matter}案，經程序審查符合規定，請於期限前繳納費用，請查照。",
        (
            f"依據{REGULATION}第十一條規定辦理。",
            *free,
            *ways,
            f"審查所需文件份數：{copies} 份。",
            "是否於期限內繳納，以金融機構所載之繳費日期為準；逾期未繳納者，依規定駁回申請。",
        ),
        facts=(
            ("繳費期限", str(due)),
            ("應繳金額", dollars(amount)),
            ("銷帳編號", reference),
        ),
        tables=(
            Grid(
                "費用明細",
                ("項目", "金額（新臺幣元）"),
                (
                    ("審查費", f"{review_fee:,}"),
                    ("郵寄費", f"{postage:,}"),
                    ("合計", f"{amount:,}"),
                ),
                (0, 55),
                frozenset({1}),
                total=True,
            ),
        ),
    )


def correction_notice(
    head: Head, items: Sequence[tuple[str, str]], due: Due, *, comments: str = ""
) -> OfficialLetter:
    """補正通知: each item with what is to be corrected. :param items: label of the field, words."""
    rows = tuple((str(number), *item) for number, item in enumerate(items, 1))
    return _letter(
        head,
        "補正通知書",
        f"台端申請{head.matter}案，經審查應予補正，請於期限前完成，請查照。",
        (
            f"依據{REGULATION}第十一條規定辦理。",
            "請登入申請專區，就下列項目修改或重新上傳後送出；未列項目維持原送內容，不得變更。",
            "逾期未補正者，依規定駁回申請。",
        ),
        facts=(("補正期限", str(due)),),
        tables=(Grid("應補正項目", ("序", "項目", "應補正之事項"), rows, (10, 48, 0)),),
        quoted=(("補充說明", comments),) if comments else (),
    )


def oral_notice(
    head: Head, *, form: str, at: datetime, minutes: int, place: str, comments: str = ""
) -> OfficialLetter:
    """展示／口試通知. :param form: how the ability is shown (辦法 §10 III), in words."""
    return _letter(
        head,
        "展示（口試）通知書",
        f"台端申請{head.matter}案，審查委員擇期辦理{form}，請準時到場，請查照。",
        (
            f"依據{REGULATION}第十條及第十一條之審查程序辦理。",
            "請攜帶身分證明文件，於開始前十分鐘報到。",
            "因故不能到場者，請於事前通知承辦人。",
        ),
        facts=(
            ("時間", f"{long_moment(at)}起（約 {minutes} 分鐘）"),
            ("地點", place),
            ("方式", form),
        ),
        quoted=(("補充說明", comments),) if comments else (),
    )


def approval(
    head: Head,
    *,
    category: str,
    comments: str = "",
    certificate: str = "",
    valid: tuple[date, date | None] | None = None,
) -> OfficialLetter:
    """通過: with the certificate's number and validity where there is one already.

    :param valid: from and until; until None: it does not expire.
    """
    facts: list[tuple[str, str]] = [("審查結果", "通過"), ("認證類別", category)]
    if certificate:
        facts.append(("證書字號", certificate))
    if valid is not None:
        start, end = valid
        until = long_date(end) if end is not None else "（無有效期限）"
        facts.append(("有效期間", f"{long_date(start)} 至 {until}" if end else until))
    return _letter(
        head,
        "審查結果通知書",
        f"台端申請{head.matter}案，審查通過，請查照。",
        (
            f"依據{REGULATION}辦理。",
            "證書可於申請專區下載；證書之核發依同辦法第十八條公開於核發機關網站。",
        ),
        facts=tuple(facts),
        quoted=(("審查意見", comments),) if comments else (),
    )


WHY = {
    "fee": "未於期限內繳納費用",
    "correction": "逾期未補正",
    "procedural": "經程序審查，申請文件不符合規定",
    "committee": "經審查委員審查，不符合認證資格",
}
"""Why a case was refused, by `CertificationCase.refusal`."""


def refusal(head: Head, *, reason: str, comments: str = "") -> OfficialLetter:
    """駁回, with the reasons and the remedies. :param reason: key of `WHY`."""
    why = WHY[reason]
    basis = f"{REGULATION}第十一條" if reason in {"fee", "correction"} else REGULATION
    more = (LATE,) if reason == "fee" else ()
    return _letter(
        head,
        "駁回申請處分書",
        f"台端申請{head.matter}案，{why}，予以駁回。",
        (f"依據{basis}規定辦理。", f"駁回理由：{why}。", *more),
        facts=(("審查結果", "駁回"),),
        quoted=(("審查意見", comments),) if comments else (),
        remedy=REMEDY,
    )


def _letter(
    head: Head, title: str, subject: str, points: tuple[str, ...], **more: Any
) -> OfficialLetter:
    return OfficialLetter(
        office=head.office,
        title=f"{head.matter}{title}",
        recipient=head.recipient,
        dated=head.dated,
        number=head.number,
        case_number=head.case_number,
        subject=subject,
        points=points,
        contact=head.contact,
        signer=head.signer,
        check_url=head.check_url,
        **more,
    )
