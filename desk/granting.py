"""How a migration gives rights to a group: by name, since Django makes permissions only later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

STANDARD: Final = ("view", "add", "change", "delete")


def grant(apps: Any, group: str, rights: Iterable[str]) -> None:
    """Give a group rights such as ``chat.answer.view`` or ``desk.assignment.every_book``.

    ``apps`` is the registry that a migration is handed. The group is made when there is none.
    """
    members, _ = apps.get_model("auth", "Group").objects.get_or_create(name=group)
    members.permissions.add(*(_permission(apps, *right.split(".")) for right in rights))


def _permission(apps: Any, app: str, model: str, action: str) -> Any:
    options = apps.get_model(app, model)._meta  # noqa: SLF001 (public, in spite of its name)
    kinds = apps.get_model("contenttypes", "ContentType").objects
    name = f"Can {action} {options.verbose_name}"
    return apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kinds.get_or_create(app_label=app, model=model)[0],
        codename=f"{action}_{model}" if action in STANDARD else action,
        defaults={"name": dict(options.permissions).get(action, name)},
    )[0]
