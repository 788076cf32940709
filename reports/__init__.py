"""What leaves the building: PDF, XLSX, CSV, BagIt.

Plain frozen dataclasses come in, files and streams go out.  Nothing here knows Flask or the
database; whoever calls passes rows, a clock reading and paths.
"""
