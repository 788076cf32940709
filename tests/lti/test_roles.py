"""Roles: the course decides; accounts count only where the school says so."""

import pytest

from lti.roles import Role, Widening, launch_roles
from tests.lti.support import CLAIM, moodle_claims

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
MEMBER = LIS + "membership#"
ALL = Widening(True, True, True)


@pytest.mark.parametrize(
    ("uris", "roles"),
    [
        ([MEMBER + "Learner"], {Role.LEARNER}),
        ([MEMBER + "Instructor"], {Role.INSTRUCTOR}),
        ([MEMBER + "Mentor"], {Role.MENTOR}),
        ([MEMBER + "ContentDeveloper"], {Role.DESIGNER}),
        ([MEMBER + "Administrator"], {Role.ADMINISTRATOR}),
        (["Learner"], {Role.LEARNER}),
        (["Instructor"], {Role.INSTRUCTOR}),
        ([LIS + "membership/Learner#GuestLearner"], {Role.LEARNER}),
        ([LIS + "membership/Instructor#GuestInstructor"], {Role.INSTRUCTOR}),
        ([LIS + "membership/Instructor#TeachingAssistant"], {Role.ASSISTANT}),
        (
            [MEMBER + "Instructor", LIS + "membership/Instructor#TeachingAssistant"],
            {Role.ASSISTANT},
        ),
        (
            [
                LIS + "membership/Instructor#PrimaryInstructor",
                LIS + "membership/Instructor#TeachingAssistant",
            ],
            {Role.INSTRUCTOR, Role.ASSISTANT},
        ),
        ([LIS + "membership/Mentor#Advisor"], {Role.MENTOR}),
        ([LIS + "institution/person#Student"], set()),
        ([LIS + "institution/person#Instructor"], set()),
        ([LIS + "institution/person#Administrator"], set()),
        ([LIS + "system/person#Administrator"], set()),
        ([LIS + "system/person#User"], set()),
        (["http://purl.imsglobal.org/vocab/lis/v2/person#Administrator"], set()),
        (["urn:lti:role:ims/lis/Instructor"], set()),
        (["https://evil.example/membership#Instructor"], set()),
        ([7, None, {}], set()),
        ([], set()),
    ],
)
def test_roles_without_any_switch(uris, roles):
    assert launch_roles(uris).roles == roles


@pytest.mark.parametrize(
    ("uri", "switch", "role"),
    [
        ("institution/person#Administrator", "institution_administrator", Role.ADMINISTRATOR),
        ("system/person#Administrator", "system_administrator", Role.ADMINISTRATOR),
        ("system/person#SysAdmin", "system_administrator", Role.ADMINISTRATOR),
        ("membership/Mentor#Advisor", "mentor_advisor", Role.ADVISOR),
    ],
)
def test_each_switch_widens_exactly_one(uri, switch, role):
    assert role in launch_roles([LIS + uri], Widening(**{switch: True}))
    others = {f: f != switch for f in Widening.__dataclass_fields__}
    assert role not in launch_roles([LIS + uri], Widening(**others))


def test_a_bare_mentor_is_never_staff():
    assert launch_roles([MEMBER + "Mentor"], ALL).roles == {Role.MENTOR}


@pytest.mark.parametrize("sub", ["", "Auditor", "LearningCircleMentor", "Reviewer", "Tutor"])
def test_no_kind_of_mentor_is_staff(sub):
    """Canvas calls a parent Mentor; only an Advisor becomes a counsellor, by a switch."""
    uri = LIS + f"membership/Mentor#{sub}" if sub else MEMBER + "Mentor"
    staff = {Role.INSTRUCTOR, Role.ASSISTANT, Role.DESIGNER, Role.ADVISOR, Role.ADMINISTRATOR}
    assert not launch_roles([uri], ALL).roles & staff


def test_a_mentor_who_also_teaches_is_both():
    """A teacher whose child is in the course: the platform says both, and each is true. Mentor
    adds nothing to Instructor and takes nothing away."""
    found = launch_roles([MEMBER + "Mentor", MEMBER + "Instructor"])
    assert found.roles == {Role.MENTOR, Role.INSTRUCTOR}


LTI_SYSTEM = "http://purl.imsglobal.org/vocab/lti/system/person#"
CANVAS = [
    ("student", [MEMBER + "Learner"], {Role.LEARNER}),
    ("teacher", [MEMBER + "Instructor"], {Role.INSTRUCTOR}),
    (
        "ta",
        [MEMBER + "Instructor", LIS + "membership/Instructor#TeachingAssistant"],
        {Role.ASSISTANT},
    ),
    ("designer", [MEMBER + "ContentDeveloper"], {Role.DESIGNER}),
    ("observer", [MEMBER + "Mentor"], {Role.MENTOR}),
    ("account admin", [LIS + "institution/person#Administrator"], set()),
    ("nobody here", [LIS + "institution/person#Student"], set()),
    (
        "teacher who administers",
        [MEMBER + "Instructor", LIS + "institution/person#Administrator"],
        {Role.INSTRUCTOR},
    ),
]


@pytest.mark.parametrize(("uris", "roles"), [row[1:] for row in CANVAS], ids=[r[0] for r in CANVAS])
def test_what_canvas_sends(uris, roles):
    """Everybody has `system/person#User` beside it, which says nothing."""
    found = launch_roles([*uris, LIS + "system/person#User"])
    assert found.roles == roles
    assert not found.is_test_user


def test_a_canvas_administrator_by_the_schools_switch():
    uris = [LIS + "institution/person#Administrator", LIS + "system/person#User"]
    found = launch_roles(uris, Widening(institution_administrator=True))
    assert found.roles == {Role.ADMINISTRATOR}


def test_a_moodle_site_administrator_by_each_switch():
    """Moodle says Instructor of the course, and Administrator of institution and system."""
    uris = moodle_claims("admin_siteadmin")[CLAIM + "roles"]
    both = {Role.INSTRUCTOR, Role.ADMINISTRATOR}
    assert launch_roles(uris).roles == {Role.INSTRUCTOR}
    assert launch_roles(uris, Widening(institution_administrator=True)).roles == both
    assert launch_roles(uris, Widening(system_administrator=True)).roles == both
    assert launch_roles(uris, Widening(mentor_advisor=True)).roles == {Role.INSTRUCTOR}


@pytest.mark.parametrize("suffix", ["SysSupport", "Creator", "AccountAdmin", "None", "TestUser"])
def test_other_system_roles_widen_nothing(suffix):
    assert launch_roles([LIS + "system/person#" + suffix], ALL).roles == frozenset()
    assert launch_roles([LTI_SYSTEM + suffix], ALL).roles == frozenset()


def test_account_roles_of_users_widen_nothing():
    uris = [LIS + "system/person#User", LIS + "institution/person#Student"]
    assert launch_roles(uris, ALL).roles == frozenset()


def test_a_test_user_is_marked():
    """Canvas' student view: a Learner who is nobody."""
    found = launch_roles(
        [MEMBER + "Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]
    )
    assert found.is_test_user
    assert found.roles == {Role.LEARNER}


@pytest.mark.parametrize(
    ("launch", "roles"),
    [
        ("student1_student", {Role.LEARNER}),
        ("parent1_customrole_viewonly", {Role.LEARNER}),
        ("teacher1_editingteacher", {Role.INSTRUCTOR}),
        ("teacher2_noneditingteacher", {Role.INSTRUCTOR}),
        ("counsellor1_customrole_teacher_archetype", {Role.INSTRUCTOR}),
        ("manager1_manager", {Role.INSTRUCTOR}),
        ("admin_siteadmin", {Role.INSTRUCTOR}),
    ],
)
def test_what_moodle_sends(launch, roles):
    assert launch_roles(moodle_claims(launch)[CLAIM + "roles"]).roles == roles
