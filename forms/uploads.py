"""The server's half of assets/js/upload.js."""

from __future__ import annotations

from flask import Flask, Response, request

ASKED = "X-Licheng-Upload"
ANSWER = "X-Licheng-Location"


def init_app(app: Flask) -> None:
    """Answer a redirect to the upload script with 204 and the address.

    A script cannot stop its request from following a redirect: the next page would be fetched
    twice, and its message (flashed once) would be gone when the person sees it.
    """
    app.after_request(_answer)


def _answer(response: Response) -> Response:
    if request.headers.get(ASKED) != "1" or response.location is None:
        return response
    if response.status_code not in {301, 302, 303}:
        return response
    answer = Response(status=204)
    answer.headers[ANSWER] = response.location
    for cookie in response.headers.getlist("Set-Cookie"):
        answer.headers.add("Set-Cookie", cookie)
    return answer
