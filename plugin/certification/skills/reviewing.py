"""A reviewer by talking: the declaration, the sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import skills
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.forms import review as forms
from plugin.certification.forms.talking import only_when
from plugin.certification.models import ReviewVerdict
from plugin.certification.operations import reviewers, scoring
from plugin.certification.queries import review as queries
from plugin.certification.skills import found
from plugin.certification.skills.reviewing_shown import (
    DECLARE,
    SAID_VERDICTS,
    SCORE,
    following,
    is_meant,
    meant,
)
from plugin.errors import Conflict
from plugin.skills import Asked, FormSkill, Going, WhichOne
from plugin.skills.replies import Button, Link, Reply, reply

# The declaration ------------------------------------------------------------------------------


def _declare_subject(actor: Actor, asked: Asked) -> str:
    return f"review:{meant(actor, asked, DECLARE, declared=False).assignment.id}"


def _stands(actor: Actor, subject: str) -> str:
    """:raises NotFound: taken away. :raises Conflict: handed in."""
    one = queries.own(actor, found.id_of(subject))
    if one.handed_in:
        raise Conflict(_("審查表已經交回，不能再修改。"))
    return subject


def _declare_form(actor: Actor, subject: str, data: Any) -> forms.DeclareForm:
    one = queries.own(actor, found.id_of(subject))
    form = forms.DeclareForm(data, meta={"csrf": False})
    only_when(form, "words", lambda said: said.conflict.data not in {None, "", "none"})
    found.titled(form, one.case, name=False)
    return form


_CONFLICTS = (
    ("none", r"(沒有|無).{0,8}(利害|利益|衝突|迴避|關係)|可以公正|no conflict"),
    ("co_author", r"合寫|共同發表|共同著作|合著|co-?author"),
    ("same_school", r"同校|同事|同一所|同一個學校|colleague|same school"),
    ("kin", r"親屬|配偶|先生|太太|表[妹姊弟哥]|堂[妹姊弟哥]|兄|姊|弟|妹|父|母|relative"),
    ("other", r"學生|朋友|認識|指導"),
)  # fmt: skip


def _conflict(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    value = next((name for name, words in _CONFLICTS if found.says(words, asked)), None)
    if value is None:
        return {}
    given: dict[str, Sequence[str]] = {"conflict": [value]}
    return given


def _declare(actor: Actor, form: Form, going: Going) -> Reply:
    conflict = "" if form["conflict"].data == "none" else form["conflict"].data or ""
    words = "" if form["conflict"].data == "none" else form["words"].data or ""
    row = reviewers.declare(actor, found.id_of(going.subject), conflict, words)
    if row.conflict:
        return reply(
            found.good(_("已登錄迴避，這件案件不再由您審查。")),
            Link(_("到審查案件"), "certification.reviews"),
        )
    number = queries.own(actor, row.id).case.number
    return reply(
        found.good(_("已完成聲明，可以開始審查。")),
        Button(SCORE, f"{SCORE} {number}"),
        Link(_("查看案件"), "certification.review", {"review_id": row.id}),
    )


# The sheet ------------------------------------------------------------------------------------


def _score_subject(actor: Actor, asked: Asked) -> str:
    """:raises Conflict: it is not declared yet, or handed in."""
    one = meant(actor, asked, SCORE, declared=True)
    if one.assignment.declared_at is None:
        raise WhichOne(
            _("請先聲明有無應迴避的情形，才能開啟案件。"),
            offers=[(DECLARE, f"{DECLARE} {one.case.number}")],
        )
    return _stands(actor, f"review:{one.assignment.id}")


def _score_form(actor: Actor, subject: str, data: Any) -> forms.ScoreForm:
    one = queries.opened(actor, found.id_of(subject))
    form = forms.score_form(one.case.category)(data, meta={"csrf": False})
    found.titled(form, one.case, name=False)
    return form


def _kept(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    """What the page has kept of the sheet."""
    score = queries.opened(actor, found.id_of(subject)).score
    if score is None:
        return {}
    said = {
        **{forms.MARK + key: str(points) for key, points in score.marks.items()},
        "verdict": score.verdict.value if score.verdict else "",
        "comment": score.comment,
        "aside": score.aside,
    }
    return {name: [words] for name, words in said.items() if words}


def _verdict(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    value = next((one for one, words in SAID_VERDICTS if found.says(words, asked)), None)
    return {"verdict": [value.value]} if value is not None else {}


def _onto(actor: Actor, subject: str, form: Form) -> tuple[str, Reply]:
    """The sheet is kept while it is written, so that its page shows it."""
    assert isinstance(form, forms.ScoreForm)
    marks, verdict, comment, aside = _values(form)
    if (marks or verdict or comment or aside) and _said(actor, subject) != (
        marks, verdict, comment, aside,
    ):  # fmt: skip
        scoring.save(actor, found.id_of(subject), marks, verdict, comment, aside)
    return subject, Reply()


def _said(actor: Actor, subject: str) -> tuple[Any, ...]:
    score = queries.opened(actor, found.id_of(subject)).score
    if score is None:
        return ()
    return dict(score.marks), score.verdict, score.comment, score.aside


def _values(
    form: forms.ScoreForm,
) -> tuple[dict[str, int], ReviewVerdict | None, str, str]:
    form.validate_fields([name for name in form._fields if name.startswith(forms.MARK)])
    known = {one.value for one in ReviewVerdict}
    verdict = ReviewVerdict(form.verdict.data) if form.verdict.data in known else None
    return form.marks(), verdict, form.comment.data or "", form.aside.data or ""


def _hand_in(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, forms.ScoreForm)
    review_id = found.id_of(going.subject)
    scoring.hand_in(actor, review_id, *_values(form))
    rest = [one for one in queries.mine(actor) if not one.handed_in]
    return reply(
        found.good(_("審查表已交回。")),
        *([following(rest[0])] if rest else []),
        Link(_("查看案件"), "certification.review", {"review_id": review_id}),
    )


def _points(_actor: Actor, form: Form) -> str:
    """The sum, and that nothing can be changed afterwards."""
    assert isinstance(form, forms.ScoreForm)
    total = sum(_values(form)[0].values())
    return _("總分 %(total)s 分。交回後不能再修改。", total=total)


skills.register(
    FormSkill(
        intent="certification.review",
        name="review.declare",
        title=DECLARE,
        who=found.REVIEWERS,
        policy=policy.reviewers,
        build=_declare_form,
        fields={"reason": "words"},
        fill=_conflict,
        subject=_declare_subject,
        stands=_stands,
        run=_declare,
        confirm=_l("送出聲明"),
        warning=lambda _actor, form: (
            _("聲明之後就可以開啟案件。")
            if form["conflict"].data == "none"
            else _("聲明應迴避之後，這件案件不再由您審查，不能復原。")
        ),
        page=lambda _actor, subject: Link(
            DECLARE, "certification.review_declare", {"review_id": found.id_of(subject)}
        ),
        suits=is_meant("declare"),
        order=51,
    )
)
skills.register(
    FormSkill(
        intent="certification.review",
        name="review.score",
        title=SCORE,
        who=found.REVIEWERS,
        policy=policy.reviewers,
        build=_score_form,
        fill=_verdict,
        fields={"reason": "comment"},
        subject=_score_subject,
        stands=_stands,
        first=_kept,
        onto=_onto,
        run=_hand_in,
        confirm=_l("交回審查表"),
        warning=_points,
        page=lambda _actor, subject: Link(
            SCORE, "certification.review_score", {"review_id": found.id_of(subject)}
        ),
        suits=is_meant("score"),
        order=52,
    )
)
