"""One definition of what is asked. The doors (page, wizard, conversation, sheet) all read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field

from forms.files import FileStage

_FROM_REQUEST = object()

Text = Any
"""str, or a lazy string that becomes one in the reader's language."""


class DefinitionError(TypeError):
    """A form class does not say all that a door needs to know; found when it is described."""

    code = "form.definition"


@dataclass(frozen=True)
class Ask:
    """How a person is asked for one field.

    Attributes:
        prompt: the question as a conversation puts it: one thing, one sentence.
        help: what to write, shown at the field and when somebody asks for help.
        examples: good answers, for the conversation and the sheet.
        why: what the answer is used for, told on request.
        pii: personal data: masked in logs and summaries, never sent to a language model.
        offers: (name, answer) pairs that a conversation lets a person press instead of typing,
            such as words the school keeps; set on the form of the person who asks.
        when: whether the field is asked at all, by the form as it is answered so far; None:
            always. Every door asks by it, and an answer that is not asked any more counts nowhere.
    """

    prompt: Text
    help: Text = ""
    examples: Sequence[Text] = ()
    why: Text = ""
    pii: bool = False
    offers: Sequence[tuple[Text, Text]] = ()
    when: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class Group:
    """Fields that belong together: one page of the wizard, one section of the page."""

    key: str
    title: Text
    fields: Sequence[str]
    help: Text = ""


@dataclass(frozen=True)
class FieldDefinition:
    """One field in plain words, for doors that draw no HTML. Texts are in one language."""

    name: str
    kind: str
    label: str
    prompt: str
    required: bool
    help: str = ""
    examples: tuple[str, ...] = ()
    why: str = ""
    pii: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    offers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class GroupDefinition:
    """One group in plain words."""

    key: str
    title: str
    fields: tuple[str, ...]
    help: str = ""


@dataclass(frozen=True)
class FormDefinition:
    """A form in plain words."""

    name: str
    version: str
    title: str
    groups: tuple[GroupDefinition, ...]
    fields: tuple[FieldDefinition, ...]

    def field(self, name: str) -> FieldDefinition:
        """The field of that name. Raises KeyError when there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)


class Form(FlaskForm):
    """Base of every form.

    A subclass says in its `Meta`: `name` (stable, as in drafts and intents), `version` (raised
    when answers of an older draft must be looked at again), `title`, `groups`.
    """

    class Meta(FlaskForm.Meta):
        name: str = ""
        version: str = "1"
        title: Text = ""
        groups: Sequence[Group] = ()
        stage: FileStage | None = None

        def get_translations(self, form: Any) -> Any:
            """Our fields and validators bring their own messages; none comes from WTForms."""
            return None

    def __init__(
        self,
        formdata: Any = _FROM_REQUEST,
        *,
        stage: FileStage | None = None,
        meta: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        extra = dict(meta or {})
        if stage is not None:
            extra["stage"] = stage
        if formdata is not _FROM_REQUEST:
            kwargs["formdata"] = formdata
        super().__init__(meta=extra, **kwargs)

    def check(self, names: frozenset[str]) -> None:
        """Rules between fields, to be overridden: append to `self.<field>.errors`.

        Args:
            names: the fields being validated now (a wizard page validates its own group only).
        """

    def group(self, key: str) -> Group:
        """The group of that key. Raises KeyError when there is none."""
        for one in groups_of(self):
            if one.key == key:
                return one
        raise KeyError(key)

    def validate_fields(self, names: Iterable[str]) -> bool:
        """Validate some fields and the rules between them; True when all is well."""
        wanted = frozenset(names)
        chosen = [name for name in self._fields if name in wanted and is_asked(self, name)]
        for name in chosen:
            inline = getattr(self.__class__, f"validate_{name}", None)
            extra = [inline] if inline else []
            self._fields[name].validate(self, extra)
            self._fields[name].errors = list(self._fields[name].errors)
        self.check(frozenset(chosen))
        return not self.form_errors and not any(self._fields[name].errors for name in chosen)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Validate everything, the CSRF token included."""
        if extra_validators:
            raise DefinitionError("put rules into validators, validate_<field> or check()")
        return self.validate_fields(self._fields)

    def only_errors_of(self, names: Iterable[str]) -> None:
        """Forget what is wrong elsewhere: somebody is still writing, and asked about these."""
        for name in set(self._fields) - set(names):
            self._fields[name].errors = []
        self.form_errors.clear()

    def add_errors(self, messages: Mapping[str, Text]) -> None:
        """Show what an operation refused at the fields it names; unknown names go to the top."""
        for name, message in messages.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, message]
            else:
                self.form_errors.append(message)


def groups_of(form: Form) -> tuple[Group, ...]:
    """The groups of a form with the fields that are asked, by the answers so far; a group without
    any is left out. One group with every field when the class names none."""
    if not form.meta.groups:
        return (Group("all", form.meta.title, field_names(form)),)
    found = []
    for group in form.meta.groups:
        names = tuple(name for name in group.fields if is_asked(form, name))
        if names:
            found.append(replace(group, fields=names))
    return tuple(found)


def field_names(form: Form) -> tuple[str, ...]:
    """Names of the fields that a person is asked for, in order, by the answers so far."""
    return tuple(name for name in every_field(form) if is_asked(form, name))


def every_field(form: Form) -> tuple[str, ...]:
    """Names of all fields that a person may be asked for, in order."""
    return tuple(name for name, one in form._fields.items() if hasattr(one, "ask"))


def is_asked(form: Form, name: str) -> bool:
    """Whether a field is asked, by the answers so far (see `Ask.when`)."""
    ask: Ask | None = getattr(form._fields[name], "ask", None)
    return ask is None or ask.when is None or ask.when(form)


def describe(form: Form | type[Form]) -> FormDefinition:
    """The form in plain words, in the language of now, with every field it may ask for.

    Give an instance when choices depend on who asks.

    Raises:
        DefinitionError: a field without `Ask`, a field in no group or in two, no name, no title.
    """
    bound: Any = form(None, meta={"csrf": False}) if isinstance(form, type) else form
    meta = bound.meta
    if not meta.name or not meta.title:
        raise DefinitionError(f"{type(bound).__name__}.Meta needs name and title")
    names = every_field(bound)
    asked = [one for one in bound._fields if one != "csrf_token"]
    if list(names) != asked:
        raise DefinitionError(f"{meta.name}: fields without Ask: {set(asked) - set(names)}")
    groups = bound.meta.groups or (Group("all", meta.title, names),)
    grouped = [name for group in groups for name in group.fields]
    if sorted(grouped) != sorted(names):
        odd = {
            name for name in {*grouped, *names} if (grouped.count(name), name in names) != (1, 1)
        }
        raise DefinitionError(f"{meta.name}: every field in one group, please: {sorted(odd)}")
    return FormDefinition(
        name=meta.name,
        version=meta.version,
        title=str(meta.title),
        groups=tuple(
            GroupDefinition(one.key, str(one.title), tuple(one.fields), str(one.help))
            for one in groups
        ),
        fields=tuple(_describe_field(bound._fields[name]) for name in names),
    )


def _describe_field(one: Field) -> FieldDefinition:
    ask: Ask = one.ask  # type: ignore[attr-defined]
    return FieldDefinition(
        name=one.short_name,
        kind=one.kind,  # type: ignore[attr-defined]
        label=str(one.label.text),
        prompt=str(ask.prompt),
        required=one.required,  # type: ignore[attr-defined]
        help=str(ask.help),
        examples=tuple(str(example) for example in ask.examples),
        why=str(ask.why),
        pii=ask.pii,
        choices=tuple(one.plain_choices()),  # type: ignore[attr-defined]
        limits=one.limits(),  # type: ignore[attr-defined]
        offers=tuple((str(name), str(answer)) for name, answer in ask.offers),
    )
