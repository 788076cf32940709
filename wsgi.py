"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi`."""

from plugin import create_app
from plugin.assistant import bare

app = bare.app() or create_app()
