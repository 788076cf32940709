"""What may go wrong: named classes with stable codes.

`plugin/error_pages.py` turns them into pages.
"""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """Something that was asked for is not done, and the person is told why and what to do.

    :param message: what happened, in the reader's language, plain words.
    :param remedy: what to do next; may be empty.
    :param rule: name of the rule that refused (`outcome.summary.max_points`), for "why?".
    :param fields: form field → message, when the refusal belongs to what was typed.
    """

    code = "REFUSED"
    status = 422

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        rule: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.rule = rule
        self.fields = dict(fields or {})


class NotAllowed(Refusal):
    """Role or relation does not allow it. Always leaves an audit line."""

    code = "NOT_ALLOWED"
    status = 403


class NotFound(Refusal):
    """No such thing, or not for this person: both look the same from outside."""

    code = "NOT_FOUND"
    status = 404


class SessionMissing(Refusal):
    """The page needs a launch from the LMS, and there is none or it has ended."""

    code = "SESSION_MISSING"
    status = 401


class WindowClosed(Refusal):
    """The calendar does not allow it now."""

    code = "WINDOW_CLOSED"
    status = 409


class LimitReached(Refusal):
    """A rule's number is reached."""

    code = "LIMIT_REACHED"
    status = 409


class Conflict(Refusal):
    """Somebody (perhaps the same person in another tab) was faster."""

    code = "CONFLICT"
    status = 409


class InvalidInput(Refusal):
    """What was typed or sent does not pass the form; `fields` says where."""

    code = "INVALID_INPUT"
    status = 422
