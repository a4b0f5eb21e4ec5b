"""How the desk looks: names, the brand's colours, and where its parts are found."""

from __future__ import annotations

from typing import Any, Final

from django.templatetags.static import static
from django.urls import reverse_lazy

INDIGO: Final = {
    "50": "oklch(96.2% .018 272.314)",
    "100": "oklch(93% .034 272.788)",
    "200": "oklch(87% .065 274.039)",
    "300": "oklch(78.5% .115 274.713)",
    "400": "oklch(71% .158 276.2)",
    "500": "oklch(63% .2 276.6)",
    "600": "oklch(51.1% .262 276.966)",
    "700": "oklch(45.7% .24 277.023)",
    "800": "oklch(39.8% .195 277.366)",
    "900": "oklch(35.9% .144 278.697)",
    "950": "oklch(25.7% .09 281.288)",
}
"""The accent of the readers' widget, from its lightest to its darkest shade."""


UNFOLD: Final[dict[str, Any]] = {
    "SITE_TITLE": "ragbook",
    "SITE_HEADER": "ragbook",
    "SITE_SUBHEADER": "The editors’ desk",
    "SITE_ICON": lambda _: static("desk/emblem.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _: static("desk/emblem.svg"),
        }
    ],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [lambda _: static("desk/desk.css"), lambda _: static("desk/review.css")],
    "COLORS": {"primary": INDIGO},
    "LOGIN": {"form": "desk.entrance.LoginForm"},
    "ACCOUNT": {
        "navigation": [
            {"title": "Second step", "link": reverse_lazy("admin:second_step")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {"show_search": False, "navigation": "desk.navigation.sidebar"},
}
