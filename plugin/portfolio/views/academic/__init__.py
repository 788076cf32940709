"""Pages of basic data, officer posts and course records."""

from plugin.portfolio import academic_policy, policy
from plugin.portfolio.views.academic import (
    cases,
    mine,
    posts,
    readers,
    registry,
    teaching,
    workbooks,
)
from plugin.web import Route

BOTH = ("GET", "POST")
POST = ("POST",)
KEEPERS = academic_policy.case_keepers

routes = [
    Route("/academic/mine", mine.basic_mine, policy.students),
    Route("/academic/mine/report", mine.record_report, policy.students, BOTH),
    Route("/academic/records", mine.records_mine, policy.students),
    Route("/academic/records/<int:record_id>", mine.record_mine, policy.students),
    Route("/academic/children", readers.records_children, policy.parents),
    Route("/academic/of/<int:person_id>", readers.records_of, academic_policy.readers),
    Route(
        "/academic/of/<int:person_id>/<int:record_id>",
        readers.record_of,
        academic_policy.readers,
    ),
    Route("/academic/posts", posts.post_list, policy.affairs),
    Route("/academic/posts/new", posts.post_new, policy.affairs, BOTH),
    Route("/academic/posts/grid", posts.post_grid, policy.affairs, BOTH),
    Route("/academic/posts/<int:post_id>", posts.post_edit, policy.affairs, BOTH),
    Route("/academic/posts/<int:post_id>/remove", posts.post_remove, policy.affairs, BOTH),
    Route("/academic/cases", cases.case_list, KEEPERS),
    Route("/academic/cases/<int:case_id>", cases.case, KEEPERS, BOTH),
    Route("/academic/basics", registry.basic_list, policy.registry),
    Route("/academic/basics/fill", registry.basic_fill, policy.registry, POST),
    Route("/academic/basics/<int:person_id>", registry.basic_edit, policy.registry, BOTH),
    Route("/academic/courses", registry.course_list, policy.registry),
    Route("/academic/courses/freeze", registry.course_freeze, policy.registry, POST),
    Route("/academic/courses/thaw", registry.term_thaw, policy.registry, BOTH),
    Route("/academic/courses/<int:course_id>/thaw", registry.course_thaw, policy.registry, BOTH),
    Route("/academic/of/<int:person_id>/new/<kind>", registry.record_new, policy.registry, BOTH),
    Route("/academic/change/<int:record_id>", registry.record_edit, policy.registry, BOTH),
    Route("/academic/change/<int:record_id>/remove", registry.record_remove, policy.registry, BOTH),
    Route("/academic/checks", registry.record_checks, KEEPERS),
    Route("/academic/workbooks", workbooks.workbook_list, KEEPERS, BOTH),
    Route("/academic/workbooks/<int:workbook_id>", workbooks.workbook, KEEPERS),
    Route("/academic/workbooks/<int:workbook_id>/changes", workbooks.workbook_changes, KEEPERS),
    Route(
        "/academic/workbooks/<int:workbook_id>/changes/table",
        workbooks.workbook_changes_table,
        KEEPERS,
        POST,
    ),
    Route(
        "/verify/term/<token>",
        workbooks.verify_term,
        policy.anybody,
        across="anybody may check a term's list; its token names one hand-in",
    ),
    Route("/academic/teaching", teaching.grade_courses, policy.teachers),
    Route("/academic/teaching/<int:course_id>", teaching.grade_grid, policy.teachers, BOTH),
]
