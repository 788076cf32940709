"""A cell is read by the field of a form that would be asked for it: one rule for every door.

Rows of a school repeat themselves (the number of a course, a seat, 任課教師), so what a text means
is remembered: ten thousands of rows cost as much as their different texts.
"""

from __future__ import annotations

from typing import Any

from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from forms.definition import Form, Text
from plugin.school.importing.definition import Value

REMEMBERED = 20_000
"""Different texts of one column; beyond, the memory begins anew."""


class Reader:
    """The fields of a form as readers of cells."""

    def __init__(self, form: type[Form]) -> None:
        self._class = form
        self._bound: Any = None

    def of(self, name: str) -> Cell:
        """The reader of one field."""
        return Cell(self, name)

    def title(self, name: str) -> str:
        """The field's label as it stands in the source: headings do not follow the language."""
        return source_of(self.form[name].label.text)

    def help(self, name: str) -> Text:
        """What the template explains; stays lazy, so it is told in the reader's language."""
        return self.form[name].ask.help or self.form[name].ask.prompt

    def examples(self, name: str) -> tuple[Text, ...]:
        """Good answers."""
        return tuple(self.form[name].ask.examples)

    def choices(self, name: str) -> tuple[tuple[str, Text], ...]:
        """(value, words); lazy words stay lazy."""
        return tuple(getattr(self.form[name], "choices", None) or ())

    @property
    def form(self) -> Any:
        """One form for all cells; made when the application is there."""
        if self._bound is None:
            self._bound = self._class(None, meta={"csrf": False})
        return self._bound


def source_of(text: Text) -> str:
    """A lazy text as it stands in the source."""
    return str(text._args[0]) if isinstance(text, LazyString) else str(text)


class Cell:
    """Reads the texts of one column; callable as `Column.read` wants it."""

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader, self._name = reader, name
        self._known: dict[str, Value] = {}

    def __call__(self, text: str) -> tuple[Value, str]:
        if text in self._known:
            return self._known[text], ""
        value, fault = self._read(text)
        if not fault:  # a fault is told in the reader's language
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[text] = value
        return value, fault

    def _read(self, text: str) -> tuple[Value, str]:
        form, name = self._reader.form, self._name
        field = form[name]
        if field.kind == "choice":
            words = {str(label): value for value, label in field.plain_choices()}
            words |= {source_of(label): value for value, label in field.choices}
            text = words.get(text, text)
        field.process(MultiDict({name: text}))
        form.form_errors.clear()
        inline = getattr(type(form), f"validate_{name}", None)
        if not field.validate(form, [inline] if inline else []) or field.errors:
            return None, str(field.errors[0])
        return field.data, ""
