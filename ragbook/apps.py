from django.apps import AppConfig


class RagbookConfig(AppConfig):
    name = "ragbook"
