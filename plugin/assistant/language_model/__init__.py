"""The optional language model: any OpenAI-compatible server may propose a second reading.

Off unless an address is set. It is asked by the server alone, about a masked sentence, and only
where the offline reading is unsure; its answer points at words of the sentence and names one of the
jobs that this person may do anyway (decision 0011).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, current_app

from lti.http import AddressGuard, GuardedClient
from plugin.assistant.language_model.endpoint import Breaker, Endpoint
from plugin.assistant.language_model.second import LanguageModel
from plugin.settings import Settings

EXTENSION = "licheng.language_model"


def init_app(app: Flask) -> None:
    """Keep the model of the settings, if one is set."""
    settings: Settings = app.extensions["licheng.settings"]
    app.extensions[EXTENSION] = of_settings(settings)


@dataclass(frozen=True)
class Sending:
    """Where sentences go, for whoever asks what becomes of them.

    :param host: the server's name; :param own: it was declared to be the school's own.
    :param always: of every sentence, not only of those that were not understood for certain.
    """

    host: str
    own: bool
    always: bool


def sending() -> Sending | None:
    """Where masked sentences are sent; None: nowhere, no model is set."""
    settings: Settings = current_app.extensions["licheng.settings"]
    if current_app.extensions.get(EXTENSION) is None:
        return None
    return Sending(
        urlsplit(settings.language_model_url).netloc.rpartition("@")[2],
        settings.language_model_private,
        settings.language_model_always,
    )


def of_settings(settings: Settings) -> LanguageModel | None:
    """The model that the settings name; None: none."""
    if not settings.language_model_url:
        return None
    host = urlsplit(settings.language_model_url).hostname or ""
    guard = AddressGuard()
    if settings.language_model_private:
        guard = AddressGuard([host], allow_http=True)
    endpoint = Endpoint(
        GuardedClient(guard),
        settings.language_model_url,
        settings.language_model_key,
        settings.language_model_name,
    )
    return LanguageModel(endpoint, Breaker(), always=settings.language_model_always)
