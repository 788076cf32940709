"""A file as an answer. What has once arrived stays, whatever else is wrong with the form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from forms import widgets
from forms.definition import Text
from forms.fields import Asked, Validator
from forms.files import FileRefused, FileStage, RefusedFile, StagedFile
from forms.sizes import file_size


class FileAnswerField(Asked):
    """One file: a new upload, or one that was accepted earlier and is carried by reference.

    A new upload goes to the form's `stage` at once, before anything is validated, so that a
    mistake elsewhere never makes a student send five megabytes again. The page carries its
    reference as `<name>-ref`; `<name>-remove` lets go of it. The stage gives a file back only
    to the person who brought it, so a forged reference finds nothing.

    `data` is a `StagedFile` or None.

    Args:
        accept: media types the door offers, e.g. ("application/pdf",); judged again by content.
        max_bytes: told beforehand; enforced by the stage. May be set in the view.

    Attributes:
        sent_bytes: up to here a browser sends what is over the limit all the same, for a page
            that can do something with it; None: not at all.
    """

    kind = "file"
    sent_bytes: int | None = None
    widget = widgets.FileAnswer()

    def __init__(
        self,
        label: Text,
        validators: Sequence[Validator] = (),
        *,
        accept: Sequence[str] = (),
        max_bytes: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.accept = tuple(accept)
        self.max_bytes = max_bytes
        super().__init__(label, validators, **kwargs)

    @property
    def ref_name(self) -> str:
        """Posted name of the reference to the kept file."""
        return f"{self.name}-ref"

    @property
    def remove_name(self) -> str:
        """Posted name of the wish to let go of the kept file."""
        return f"{self.name}-remove"

    @property
    def posted_names(self) -> tuple[str, ...]:
        """The upload, the reference, the wish to let go."""
        return (self.name, self.ref_name, self.remove_name)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take the new upload, or the kept file, in that order."""
        self.process_errors: list[Any] = []  # type: ignore[assignment]
        self.data: StagedFile | None = data if isinstance(data, StagedFile) else None
        self.object_data = self.data
        if formdata is None:
            return
        self.raw_data = [one for one in formdata.getlist(self.name) if _came(one)]
        kept = self._kept(formdata)
        self.data = self._arrived() or kept

    def _kept(self, formdata: Any) -> StagedFile | None:
        ref = formdata.get(self.ref_name)
        if not ref or formdata.get(self.remove_name):
            return None
        found = self._stage().get(str(ref))
        if found is None and not self.raw_data:
            self.process_errors.append(
                _("先前上傳的「%(label)s」已經過期，請重新上傳。", label=self.label.text)
            )
        return found

    def _arrived(self) -> StagedFile | None:
        if not self.raw_data:
            return None
        one = self.raw_data[0]
        if isinstance(one, StagedFile):
            return one
        if isinstance(one, RefusedFile):
            self.process_errors.append(one.message)
            return None
        try:
            return self._stage().put(one, field=self.short_name)
        except FileRefused as refusal:
            self.process_errors.append(refusal.message)
            return None

    def _stage(self) -> FileStage:
        stage: FileStage | None = self.meta.stage
        if stage is None:
            raise TypeError(f"{self.name}: give the form a stage=… for its files")
        return stage

    def limits(self) -> dict[str, Any]:
        found: dict[str, Any] = {"accept": self.accept}
        if self.max_bytes is not None:
            found["max_bytes"] = self.max_bytes
        return found

    def shown(self) -> str:
        return f"{self.data.name} · {file_size(self.data.size)}" if self.data else ""

    def draft_values(self) -> dict[str, list[str]]:
        return {self.ref_name: [self.data.ref] if self.data else []}


def _came(one: Any) -> bool:
    """True for an upload; browsers send an empty part for an input that was left alone."""
    if isinstance(one, FileStorage):
        return bool(one.filename)
    return isinstance(one, StagedFile | RefusedFile)
