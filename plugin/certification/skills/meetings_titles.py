"""What is done with a meeting of the committee, as buttons and sentences call it."""

from flask_babel import lazy_gettext as _l

LIST = _l("看審查會議")
AGENDA = _l("看會議議程")
CALL = _l("新增會議")
EDIT = _l("修改會議資料")
ADD = _l("排入議程")
REMOVE = _l("移出議程")
RESOLVE = _l("登錄決議")
CLOSE = _l("結案並執行決議")
