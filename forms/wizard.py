"""The second door: group by group, each step saved, back and forth, checked at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from forms import drafts
from forms.definition import Form, Group, Text, groups_of
from forms.drafts import Draft, DraftKey, DraftStore
from forms.page import INVALID

CHECK = "check"
"""Key of the last step, 檢查答案."""

AUTOSAVE = "X-Licheng-Autosave"
"""Header of a step that is kept while somebody is still writing (assets/js/autosave.js)."""


class UnknownStep(LookupError):
    """The address names a step that this form does not have."""

    code = "wizard.unknown_step"


class Incomplete(Exception):
    """The form is sent although a group is not done; `first` is the step to go to."""

    code = "wizard.incomplete"

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self.first = first


@dataclass(frozen=True)
class Step:
    """One step as the trail above a page shows it."""

    key: str
    title: Text
    done: bool
    current: bool


@dataclass(frozen=True)
class Row:
    """One answer on the last page."""

    label: str
    value: str
    step: str
    name: str


@dataclass(frozen=True)
class Missing:
    """Something that keeps the form from being sent, with the step where it is mended."""

    step: str
    title: Text
    name: str
    message: str


@dataclass(frozen=True)
class Section:
    """The answers of one group on the last page."""

    key: str
    title: Text
    done: bool
    rows: tuple[Row, ...]


class Wizard:
    """One person's walk through one form.

    Args:
        build: makes the form from form data, e.g. `lambda data: OutcomeForm(data, stage=stage)`;
            sets choices and limits that depend on the person. Called with a MultiDict or None.
        store: where drafts live.
        person, subject: with the form's name, the key of the draft.
    """

    def __init__(
        self,
        build: Callable[[Any], Form],
        store: DraftStore,
        *,
        person: str,
        subject: str = "new",
    ) -> None:
        self._build = build
        self._store = store
        meta = build(None).meta
        self.key = DraftKey(person, meta.name, subject)
        self.version: str = meta.version
        self.title: Text = meta.title

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups that are asked, by the answers so far."""
        return groups_of(self.form())

    @property
    def keys(self) -> list[str]:
        """Keys of the steps in order, the last page included."""
        return [group.key for group in self.groups] + [CHECK]

    def draft(self) -> Draft:
        """The draft as it stands."""
        return drafts.load(self._store, self.key, self.version)

    def form(self) -> Form:
        """The form filled with the draft; nothing validated."""
        return self._build(drafts.answers(self.draft()))

    def group(self, key: str) -> Group:
        """The group of a step. Raises UnknownStep."""
        return _group(self.groups, key)

    def resume(self) -> str:
        """The step to open when somebody comes back: the first that is not done."""
        done = self.draft().done
        return next((group.key for group in self.groups if group.key not in done), CHECK)

    def previous(self, key: str) -> str | None:
        """The step before, or None at the first."""
        keys = self.keys
        place = keys.index(key)
        return keys[place - 1] if place else None

    def steps(self, current: str) -> list[Step]:
        """The trail of steps."""
        done = self.draft().done
        return [
            Step(one.key, one.title, one.key in done, one.key == current) for one in self.groups
        ]

    def post(self, key: str, data: MultiDict[str, Any]) -> Form:
        """Take what was sent for one step, keep it, validate it.

        The draft keeps the words also when they are refused; the group counts as done only when
        they are not. Another group that now asks for more is not done any longer. Look at the
        returned form's `errors`.

        Raises:
            UnknownStep: no such group.
        """
        draft = self.draft()
        kept = drafts.answers(draft)
        before = self._build(kept)
        group = _whole_group(before, key)
        form = self._build(_merged(kept, data, before, group))
        valid = form.validate_fields(group.fields)
        asked = {one.key: one.fields for one in groups_of(form)}
        done = [
            one
            for one in draft.done
            if one != key and one in asked and not _unanswered(form, asked[one])
        ]
        values = {**draft.values, **drafts.typed(form, asked.get(key, ()))}
        done += [key] if valid else []
        self._store.save(replace(draft, values=values, done=tuple(done)))
        return form

    def may_skip(self, key: str) -> bool:
        """True when every question of the group may be left out."""
        form = self.form()
        return not any(form[name].required for name in _group(groups_of(form), key).fields)

    def skip(self, key: str) -> None:
        """Pass over a group of optional questions; what an earlier visit left there stays.

        Raises:
            Incomplete: the group has a question that must be answered.
        """
        if not self.may_skip(key):
            raise Incomplete(key)
        draft = self.draft()
        self._store.save(replace(draft, done=(*(one for one in draft.done if one != key), key)))

    def after(self, key: str, *, changing: bool = False) -> str:
        """The step that follows; straight to the last page when only one answer was changed."""
        if changing and self.resume() == CHECK:
            return CHECK
        keys = self.keys
        return keys[keys.index(key) + 1]

    def missing(self) -> list[Missing]:
        """Everything that keeps the form from being sent, in order."""
        form = self.form()
        groups = groups_of(form)
        names = frozenset(name for group in groups for name in group.fields)
        form.validate_fields(names)
        return [
            Missing(group.key, group.title, form[name].id, str(form[name].errors[0]))
            for group in groups
            for name in group.fields
            if form[name].errors
        ]

    def sections(self) -> list[Section]:
        """All answers, group by group, for the last page."""
        form, done = self.form(), self.draft().done
        return [
            Section(
                group.key,
                group.title,
                group.key in done,
                tuple(
                    Row(str(form[name].label.text), form[name].shown(), group.key, form[name].id)
                    for name in group.fields
                ),
            )
            for group in groups_of(form)
        ]

    def finish(self) -> Form:
        """The whole form, validated again, for the operation. The draft stays until `forget`.

        Raises:
            Incomplete: a group does not pass (any more); its mark as done is taken away.
        """
        form = self.form()
        groups = groups_of(form)
        for group in groups:
            if not form.validate_fields(group.fields):
                draft = self.draft()
                left = tuple(one for one in draft.done if one != group.key)
                self._store.save(replace(draft, done=left))
                raise Incomplete(group.key)
        form.check(frozenset(name for group in groups for name in group.fields))
        if form.errors:
            raise Incomplete(self._at_fault(form))
        return form

    def _at_fault(self, form: Form) -> str:
        groups = groups_of(form)
        for group in groups:
            if any(form[name].errors for name in group.fields):
                return group.key
        return groups[0].key

    def forget(self) -> None:
        """Drop the draft, after the operation has taken over."""
        self._store.delete(self.key)


def _group(groups: Sequence[Group], key: str) -> Group:
    for one in groups:
        if one.key == key:
            return one
    raise UnknownStep(key)


def _whole_group(form: Form, key: str) -> Group:
    """A step with all it may ask for: what makes a field be asked may come with the same post."""
    _group(groups_of(form), key)
    return _group(form.meta.groups or groups_of(form), key)


def _unanswered(form: Form, names: Sequence[str]) -> bool:
    """Whether a question that must be answered has no answer at all."""
    return any(form[name].required and not form[name].data for name in names)


def _merged(
    kept: MultiDict[str, Any], sent: MultiDict[str, Any], form: Form, group: Group
) -> MultiDict[str, Any]:
    """The draft with one group replaced by what was sent, whatever else the post contains."""
    names: set[str] = set()
    for name in group.fields:
        names.update(form[name].posted_names)
    merged: MultiDict[str, Any] = MultiDict(
        (name, value) for name, value in kept.items(multi=True) if name not in names
    )
    for name in names:
        merged.setlist(name, sent.getlist(name))
    return merged


def sent_data() -> MultiDict[str, Any]:
    """What this request posted, fields and files together."""
    data: MultiDict[str, Any] = MultiDict(request.form.items(multi=True))
    for name, one in request.files.items(multi=True):
        data.add(name, one)
    return data


def serve(
    wizard: Wizard,
    step: str,
    url: Callable[..., str],
    finish: Callable[[Form], Any],
    *,
    submit: Text = "",
    warning: Text = "",
    data: MultiDict[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    step_template: str = "forms/step.html",
    check_template: str = "forms/check.html",
) -> Any:
    """Answer one request of a wizard; the whole view of a room is a call of this.

    Args:
        step: key of a group, `CHECK`, or "" for "where I was".
        url: address of a step: `url(key)`; `url(key, change=1)` returns to the last page.
        finish: does the operation with the validated form and returns the response; the draft
            is dropped after it. What it raises leaves the draft as it is.
        submit, warning: on the last page: words of the button, what cannot be undone.
        step_template, check_template: a room's own, which extend `forms/step.html` and
            `forms/check.html`.
        data: what was posted, when the room has read the request itself.
    """
    extra = dict(context or {})
    if not step:
        return redirect(url(wizard.resume()))
    posted = request.method == "POST"
    if step == CHECK:
        if posted:
            return _finish(wizard, url, finish)
        extra.setdefault("missing", wizard.missing())
        return _page(check_template, 200, wizard, step, url, extra, submit, warning)
    changing = bool(request.args.get("change"))
    more = {"change": 1} if changing else {}
    sent = (sent_data() if data is None else data) if posted else None
    wizard.group(step)
    if sent is not None and sent.get("skip") and wizard.may_skip(step):
        wizard.skip(step)
        return redirect(url(wizard.after(step, changing=changing)))
    form = wizard.form() if sent is None else wizard.post(step, sent)
    if posted and request.headers.get(AUTOSAVE):
        return Response(status=204)
    if sent is not None and sent.get("stay"):
        came = str(sent["stay"])
        if came not in form:
            return redirect(url(step, kept=_moment(wizard), **more))
        if not form[came].errors:
            return redirect(url(step, kept=_moment(wizard), **more) + f"#{form[came].id}")
        form.only_errors_of([came])
    elif posted and not form.errors:
        return redirect(url(wizard.after(step, changing=changing)))
    extra.update(form=form, group=_group(groups_of(form), step), skip=wizard.may_skip(step))
    extra["saved_at"] = wizard.draft().saved_at
    status = INVALID if form.errors else 200
    return _page(step_template, status, wizard, step, url, extra)


def _moment(wizard: Wizard) -> str:
    """Makes the address of a page that is shown again another one."""
    saved = wizard.draft().saved_at
    return f"{saved:%H%M%S%f}" if saved else ""


def _finish(wizard: Wizard, url: Callable[..., str], finish: Callable[[Form], Any]) -> Any:
    try:
        form = wizard.finish()
    except Incomplete as missing:
        return redirect(url(missing.first))
    answer = finish(form)
    wizard.forget()
    return answer


def _page(
    template: str,
    status: int,
    wizard: Wizard,
    step: str,
    url: Callable[..., str],
    extra: dict[str, Any],
    submit: Text = "",
    warning: Text = "",
) -> Response:
    back = wizard.previous(step)
    body = render_template(
        template,
        wizard=wizard,
        step=step,
        url=url,
        back=url(back) if back else "",
        submit=submit,
        warning=warning,
        **extra,
    )
    return make_response(body, status)
