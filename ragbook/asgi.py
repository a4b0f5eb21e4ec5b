"""The ASGI application: HTTP by Django, WebSocket by Channels."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragbook.settings")

http = get_asgi_application()

from chat.routing import websocket_urlpatterns  # noqa: E402  (needs the apps to be loaded)
from chat.warmup import warm_up  # noqa: E402
from ragbook.checks import refuse_wrong_settings  # noqa: E402
from ragbook.heaps import share_heaps  # noqa: E402
from ragbook.lifespan import lifespan  # noqa: E402
from ragbook.traces import send_traces  # noqa: E402

refuse_wrong_settings()
share_heaps()
send_traces()
warm_up()

application = ProtocolTypeRouter(
    {"http": http, "websocket": URLRouter(websocket_urlpatterns), "lifespan": lifespan}
)
