"""The addresses of sockets."""

from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from chat.consumers import UNKNOWN_BOOK, ChatConsumer


class Nowhere(AsyncWebsocketConsumer):
    """Closes a socket to an unknown address; without it each one would be a traceback."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        await self.close(UNKNOWN_BOOK)


websocket_urlpatterns = [
    path("ws/chat/<slug:book>/", ChatConsumer.as_asgi()),
    re_path(r"", Nowhere.as_asgi()),
]
