"""Setting many uniform rows: shaped, tagged PDF content written straight to the file.

WeasyPrint sets what is designed (``reports.designed``); rows that all look alike would cost it
9 ms each, so they are written here.  See docs/decisions/0003-manifest-rows.md.
"""
