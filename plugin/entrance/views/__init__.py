"""The URL table of the entrance."""

from __future__ import annotations

from plugin.entrance import policy
from plugin.entrance.views import arrival, connections, installation, messages, registry
from plugin.web import Route, room

_FORM = ("GET", "POST")
_POST = ("POST",)

routes = [
    # from the LMS
    Route("/lti/login", messages.login, policy.anybody, methods=_FORM, csrf=False),
    Route("/lti/launch", messages.launch, policy.anybody, methods=_POST, csrf=False),
    Route("/lti/jwks", messages.key_set, policy.anybody),
    Route("/lti/register/<token>", installation.register, policy.anybody, methods=_FORM),
    # having come in
    Route("/welcome", arrival.waiting, policy.launched),
    Route("/welcome/code", arrival.claim, policy.launched, methods=_FORM),
    Route("/welcome/course", arrival.course, policy.teachers, methods=_FORM),
    Route("/welcome/select", arrival.select, policy.launched, methods=_FORM),
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
    Route("/connections/invite", connections.invite, policy.administrators, methods=_POST),
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
