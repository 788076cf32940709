"""What of the academic records can be brought in from files."""

from __future__ import annotations

from plugin.portfolio.operations.academic import (
    bring_basics,
    bring_grades,
    bring_posts,
    bring_records,
)
from plugin.school import importing

importing.register(bring_basics.IMPORTABLE)
importing.register(bring_basics.LENT_IMPORTABLE)
importing.register(bring_posts.IMPORTABLE)
importing.register(bring_grades.IMPORTABLE)
for _one in bring_records.importables():
    importing.register(_one)
