"""A small, honest LTI 1.3 platform: the LMS of the demo and of the tests.

It acts as one of several platforms (``modes``): Moodle unless told otherwise, Canvas, Brightspace,
Blackboard, or one that only follows the specification. ``faults`` makes it misbehave.

It plays 青田學習平臺, a school's LMS, as a process of its own (``python -m lti.platform``) on
another host name than the tool, so that launches are cross-site as they are in a school. What it
sends and what it refuses as Moodle follows a measured Moodle 4.5: roles, claim shapes, one-shot
message hints, exact redirect URIs, registration tokens that work once, media types of the services.

``create_platform`` makes the Flask app; ``lti.platform.testing`` is the door for tests.
"""

from lti.platform.app import create_platform

__all__ = ["create_platform"]
