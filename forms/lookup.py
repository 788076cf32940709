"""One of very many, found by writing a part of its name; or a name of one's own, flagged as such.

With script the matches stand under the field while one writes (assets/js/lookup.js). Without, the
page comes back with the matches to choose from. A conversation is told them in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.validators import ValidationError

from forms.definition import Text
from forms.fields import TextField, Validator
from forms.widgets import TextInput

SUGGESTED = 8
"""Matches that are offered when what was written fits several."""


@dataclass(frozen=True)
class Entry:
    """One of the list.

    Attributes:
        code: tells it from the others.
        detail: where it is, to tell equal names apart.
        kind: what sort of thing it is, for rules that ask.
    """

    code: str
    name: str
    detail: str = ""
    kind: str = ""

    @property
    def label(self) -> str:
        """As it stands in the field; `Lookup.find` reads it back."""
        return f"{self.name}（{self.code}）"


class Lookup(Protocol):
    """The list, given to a form as `meta={"lookup": …}` by the room that shows it."""

    url: str
    """Answers `?q=` with the matches as JSON."""

    def find(self, text: str) -> Entry | None:
        """The one entry that is meant by a label, a code or a whole name; None: none or several."""

    def search(self, text: str, limit: int) -> Sequence[Entry]:
        """Entries that a part of a name or a short name fits, the best first."""


class LookupInput(TextInput):
    """A line with matches under it."""

    template = "forms/lookup.html"

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        params = super().map_gov_params(field, **kwargs)
        params["autocomplete"] = "off"
        params["url"] = field.lookup.url
        params["pick_name"] = field.pick_name
        params["suggested"] = field.suggested
        return params

    def render(self, params: dict[str, Any]) -> Markup:
        # The template escapes; its result is markup.
        return Markup(render_template(self.template, params=params))  # noqa: S704


class LookupField(TextField):
    """A name out of a long list.

    `data` is what was written; `found` is the entry that is meant, None for a name of one's own.

    Args:
        free: name of the form's tick by which somebody keeps a name that the list does not have.

    Attributes:
        suggested: after validation, what the list has instead.
    """

    widget = LookupInput()

    def __init__(
        self, label: Text, validators: Sequence[Validator] = (), *, free: str, **kwargs: Any
    ) -> None:
        self.free = free
        self.suggested: Sequence[Entry] = ()
        super().__init__(label, validators, **kwargs)

    @property
    def lookup(self) -> Lookup:
        """The list of the form's room."""
        found: Lookup = self.meta.lookup
        return found

    @property
    def pick_name(self) -> str:
        """Posted name of the choice among the matches."""
        return f"{self.name}-pick"

    @property
    def posted_names(self) -> tuple[str, ...]:
        """What was written, and what was chosen among its matches."""
        return (self.name, self.pick_name)

    @property
    def found(self) -> Entry | None:
        """The entry that is meant; None where nothing is looked up."""
        return self.lookup.find(self.data) if self.data and self.meta.lookup else None

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take what was chosen among the matches before what was written."""
        super().process(formdata, *args, **kwargs)
        picked = formdata.get(self.pick_name) if formdata is not None else None
        if picked:
            self.raw_data = [str(picked)]
            self.process_formdata(self.raw_data)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        found = self.found
        if found is not None:
            self._take(found)
        if not self.data or found is not None or form[self.free].data:
            return
        self.suggested = self.lookup.search(self.data, SUGGESTED)
        if len(self.suggested) == 1:
            # One match is as good as a choice; the page that follows reads it back.
            self._take(self.suggested[0])
            self.suggested = ()
            return
        tick = form[self.free].label.text
        if self.suggested:
            names = _("、").join(one.label for one in self.suggested)
            raise ValidationError(
                _(
                    "符合「%(text)s」的有：%(names)s。請選一個；都不是的話，請勾選「%(tick)s」。",
                    text=self.data,
                    names=names,
                    tick=tick,
                )
            )
        raise ValidationError(
            _(
                "清單中找不到「%(text)s」。請改用全名、簡稱或代碼再找一次，或勾選「%(tick)s」。",
                text=self.data,
                tick=tick,
            )
        )

    def _take(self, entry: Entry) -> None:
        """Keep an entry by its label, whatever way it was written."""
        self.raw_data = [entry.label]
        self.process_formdata(self.raw_data)

    def shown(self) -> str:
        if not self.data:
            return ""
        found = self.found
        return found.label if found else _("%(name)s（自行填寫）", name=self.data)
