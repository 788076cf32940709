"""The life of a case and of a certificate (SPEC §2, Processing), and the words for their states.

Who may let an event happen says `policy.MAY`; when it must happen by itself, `clocks.py`.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from statemachine import State, StateMachine

from forms.states import StateLabel
from plugin.certification.models import CaseState, CertificateState

LABELS = {
    CaseState.DRAFT: StateLabel(_l("填寫中"), "calm"),
    CaseState.RECEIVED: StateLabel(_l("已受理"), "wait"),
    CaseState.PROCEDURAL: StateLabel(_l("程序審查"), "wait"),
    CaseState.CORRECTION: StateLabel(_l("待補正"), "info"),
    CaseState.FEE_DUE: StateLabel(_l("待繳費"), "info"),
    CaseState.FEE_CLAIMED: StateLabel(_l("待確認繳費"), "wait"),
    CaseState.REVIEW: StateLabel(_l("委員審查"), "wait"),
    CaseState.ORAL: StateLabel(_l("待展示／口試"), "info"),
    CaseState.CERTIFIED: StateLabel(_l("通過"), "good"),
    CaseState.REFUSED: StateLabel(_l("駁回"), "bad"),
    CaseState.WITHDRAWN: StateLabel(_l("撤回"), "calm"),
    CaseState.REVOKED: StateLabel(_l("撤銷"), "bad"),
    CaseState.ANNULLED: StateLabel(_l("廢止"), "bad"),
    CaseState.PREPARED: StateLabel(_l("備妥待送"), "wait"),
    CaseState.FILED: StateLabel(_l("已送核發機關"), "wait"),
}
"""What people read."""

CERTIFICATE_LABELS = {
    CertificateState.VALID: StateLabel(_l("有效"), "good"),
    CertificateState.REVOKED: StateLabel(_l("撤銷"), "bad"),
    CertificateState.ANNULLED: StateLabel(_l("廢止"), "bad"),
    CertificateState.REPLACED: StateLabel(_l("已換發"), "calm"),
}

OPEN = frozenset(
    {
        CaseState.RECEIVED,
        CaseState.PROCEDURAL,
        CaseState.CORRECTION,
        CaseState.FEE_DUE,
        CaseState.FEE_CLAIMED,
        CaseState.REVIEW,
        CaseState.ORAL,
    }
)
"""On the office's desk: confirmed and not decided."""


class CaseLife(StateMachine):
    """What may follow what, in both modes."""

    draft = State("填寫中", value=CaseState.DRAFT, initial=True)
    received = State("已受理", value=CaseState.RECEIVED)
    procedural = State("程序審查", value=CaseState.PROCEDURAL)
    correction = State("待補正", value=CaseState.CORRECTION)
    fee_due = State("待繳費", value=CaseState.FEE_DUE)
    fee_claimed = State("待確認繳費", value=CaseState.FEE_CLAIMED)
    review = State("委員審查", value=CaseState.REVIEW)
    oral = State("待展示／口試", value=CaseState.ORAL)
    certified = State("通過", value=CaseState.CERTIFIED)
    refused = State("駁回", value=CaseState.REFUSED)
    withdrawn = State("撤回", value=CaseState.WITHDRAWN, final=True)
    revoked = State("撤銷", value=CaseState.REVOKED, final=True)
    annulled = State("廢止", value=CaseState.ANNULLED, final=True)
    prepared = State("備妥待送", value=CaseState.PREPARED)
    filed = State("已送核發機關", value=CaseState.FILED)

    # the applicant
    confirm = draft.to(received)
    withdraw = (
        draft.to(withdrawn)
        | received.to(withdrawn)
        | procedural.to(withdrawn)
        | correction.to(withdrawn)
        | fee_due.to(withdrawn)
        | fee_claimed.to(withdrawn)
        | review.to(withdrawn)
        | oral.to(withdrawn)
        | prepared.to(withdrawn)
    )
    claim_payment = fee_due.to(fee_claimed)
    drop_claim = fee_claimed.to(fee_due)
    # the office
    take = received.to(procedural)
    ask_correction = procedural.to(correction) | review.to(correction)
    drop_correction = correction.to(procedural, cond="from_procedural") | correction.to(
        review, cond="from_review"
    )
    answer_correction = correction.to(procedural, cond="from_procedural") | correction.to(
        review, cond="from_review"
    )
    accept = procedural.to(fee_due)
    doubt_payment = fee_claimed.to(fee_due)
    confirm_payment = fee_due.to(review) | fee_claimed.to(review)
    call_oral = review.to(oral)
    change_oral = oral.to(oral)
    end_oral = oral.to(review)
    certify = review.to(certified)
    refuse = procedural.to(refused) | review.to(refused)
    revoke = certified.to(revoked)
    annul = certified.to(annulled)
    # the clock, and the bank
    lapse_correction = correction.to(refused)
    lapse_fee = fee_due.to(refused) | fee_claimed.to(refused)
    revive = refused.to(review)
    # the school side
    make_ready = draft.to(prepared)
    take_back = prepared.to(draft)
    note_filed = prepared.to(filed)
    note_certified = filed.to(certified)
    note_refused = filed.to(refused)

    returns_to: CaseState | None = None

    def from_procedural(self) -> bool:
        """The correction was asked for in the procedural review."""
        return self.returns_to is not CaseState.REVIEW

    def from_review(self) -> bool:
        """The correction was asked for by the committee."""
        return self.returns_to is CaseState.REVIEW


class CertificateLife(StateMachine):
    """A certificate ends once; a reissue is another certificate."""

    valid = State("有效", value=CertificateState.VALID, initial=True)
    revoked = State("撤銷", value=CertificateState.REVOKED, final=True)
    annulled = State("廢止", value=CertificateState.ANNULLED, final=True)
    replaced = State("已換發", value=CertificateState.REPLACED, final=True)

    revoke = valid.to(revoked)
    annul = valid.to(annulled)
    replace = valid.to(replaced)
