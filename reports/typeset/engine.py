"""WeasyPrint, loaded without a search for its libraries."""

import ctypes.util
import sys
from threading import Lock
from types import ModuleType

_lock = Lock()


def load_weasyprint() -> ModuleType:
    """Import WeasyPrint; raises OSError when Pango or another library is missing.

    It tries several names for each library, that of Linux last, and for every other name
    ``find_library`` starts ldconfig, the C compiler and the linker: some sixty processes and half
    the time of the import.  On Linux the names by which the loader knows the libraries will do.
    """
    with _lock:
        if "weasyprint" not in sys.modules and sys.platform == "linux":
            search = ctypes.util.find_library
            ctypes.util.find_library = lambda name: None  # noqa: ARG005
            try:
                import weasyprint
            except OSError:
                pass  # named otherwise here: the import below searches
            finally:
                ctypes.util.find_library = search
        import weasyprint
    return weasyprint
