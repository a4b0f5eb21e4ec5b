"""The ASGI application: HTTP by Django, WebSocket by Channels."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

application = ProtocolTypeRouter({"http": get_asgi_application()})
