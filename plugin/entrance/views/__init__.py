"""The URL table of the entrance."""

from __future__ import annotations

from plugin.entrance import policy
from plugin.entrance.views import (
    arrival,
    choosing,
    connections,
    installation,
    launches,
    messages,
    places,
    privacy,
    registry,
    setup,
    terms,
)
from plugin.web import Route, room

_FORM = ("GET", "POST")
_POST = ("POST",)
_LMS = "an LMS speaks: whose launch it is follows from what it signed"

routes = [
    # from the LMS
    Route("/lti/login", messages.login, policy.anybody, methods=_FORM, csrf=False, across=_LMS),
    Route("/lti/launch", messages.launch, policy.anybody, methods=_POST, csrf=False, across=_LMS),
    Route("/lti/jwks", messages.key_set, policy.anybody),
    Route("/lti/icon", choosing.icon, policy.anybody),
    Route(
        "/lti/register/<token>",
        installation.register,
        policy.anybody,
        methods=_FORM,
        across="a one-time link says for which school an LMS installs",
    ),
    Route("/lti/canvas.json", setup.canvas_configuration, policy.anybody),
    Route(
        "/lti/claim/<ticket>",
        setup.claim_deployment,
        policy.anybody,
        methods=_FORM,
        across="a deployment that belongs to no school yet, and a code that says to which",
    ),
    # having come in
    Route("/welcome", arrival.waiting, policy.launched),
    Route("/welcome/code", arrival.claim, policy.launched, methods=_FORM),
    Route("/welcome/course", arrival.course, policy.teachers, methods=_FORM),
    Route("/welcome/onward", places.onward, policy.launched),
    Route("/welcome/review", places.review, policy.bound),
    Route("/welcome/select", choosing.select, policy.launched, methods=_FORM),
    Route("/terms", terms.terms, policy.launched, methods=_FORM),
    Route("/privacy", privacy.privacy, policy.launched),
    Route("/language", arrival.language, policy.launched, methods=_POST),
    Route("/leave", arrival.leave, policy.launched, methods=_POST),
    # the registry's queue
    Route("/accounts", registry.people, policy.registry),
    Route("/accounts/bound", registry.bound, policy.registry),
    Route("/accounts/<int:launch_person_id>", registry.person, policy.registry),
    Route("/accounts/<int:launch_person_id>/bind", registry.bind, policy.registry, methods=_POST),
    Route(
        "/accounts/<int:launch_person_id>/unbind", registry.unbind, policy.registry, methods=_POST
    ),
    Route("/people/<int:person_id>/code", registry.person_code, policy.registry, methods=_POST),
    Route("/lms-courses", registry.contexts, policy.registry),
    Route("/lms-courses/<int:context_id>", registry.context, policy.registry, methods=_FORM),
    # the administrator
    Route("/connections", connections.connections, policy.administrators),
    Route("/connections/launches", launches.launches, policy.administrators),
    Route("/connections/invite", connections.invite, policy.administrators, methods=_POST),
    Route("/connections/manual", setup.by_hand, policy.administrators, methods=_FORM),
    Route("/connections/switches", setup.switches, policy.administrators, methods=_FORM),
    Route("/connections/check", setup.self_check, policy.administrators),
    Route("/connections/code", setup.deployment_code, policy.administrators, methods=_POST),
    Route(
        "/connections/registrations/<int:registration_id>/exceptions",
        setup.exceptions,
        policy.administrators,
        methods=_FORM,
    ),
    Route(
        "/connections/invitations/<int:invitation_id>/revoke",
        connections.revoke,
        policy.administrators,
        methods=_POST,
    ),
    Route(
        "/connections/deployments/<int:deployment_id>",
        connections.deployment,
        policy.administrators,
        methods=_POST,
    ),
    Route(
        "/connections/registrations/<int:registration_id>",
        connections.registration,
        policy.administrators,
        methods=_POST,
    ),
]
blueprint = room("entrance", routes)
