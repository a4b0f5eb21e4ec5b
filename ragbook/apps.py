from django.apps import AppConfig


class RagbookConfig(AppConfig):
    name = "ragbook"

    def ready(self) -> None:
        from ragbook import checks  # noqa: F401  (registers them)
