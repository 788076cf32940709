"""預檢: every row that would be handed in against formats, codes, files (SPEC §1, Submission).

`table` says what may be wrong, by which rule and who mends it; `rows` finds it. A submission is
made of what has no fault that blocks: the snapshot asks the same questions once more.
"""
