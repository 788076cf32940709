"""Where the office sets what stands on its letters."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugin.actor import Role
from plugin.desk import registry

registry.nav(Role.ISSUING_OFFICE, _l("公文與繳費資訊"), "certification.letterhead_edit", 69)
