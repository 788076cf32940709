"""Words that the pages of the office's desk share."""

from __future__ import annotations

from flask_babel import gettext as _

from plugin.certification.operations.letters import NAMES


def clock_choices() -> list[tuple[str, str]]:
    """`?clock=` and its words."""
    return [
        ("", _("全部")),
        ("over", _("已逾期")),
        ("near", _("快到期")),
        ("office", _("承辦單位的期限")),
        ("applicant", _("申請者的期限")),
    ]


def letter_names() -> dict[str, str]:
    """Kind of a paper → what people call it."""
    return {kind: str(name) for kind, name in NAMES.items()}
