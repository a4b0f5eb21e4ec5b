from django.apps import AppConfig
from django.conf import settings


class RagbookConfig(AppConfig):
    name = "ragbook"

    def ready(self) -> None:
        from ragbook import checks  # noqa: F401  (registers them)

        if "pool" in settings.DATABASES["default"].get("OPTIONS", {}):
            from ragbook.reconnecting import reconnect_soon

            reconnect_soon()
