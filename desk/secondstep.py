"""The second step of a login: a code from the person's own device, or one of her recovery codes.

django-otp keeps the devices, counts failed codes and makes guessing slow. Whether a session still
owes its code is written into it at login, so that no page has to ask the database.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

import django_otp
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES: Final = 10
DEVICE: Final = "Authenticator"
RECOVERY: Final = "Recovery codes"
_OWED: Final = "second_step_owed"


def passed(request: HttpRequest) -> bool:
    """Whether the visitor has done all that is asked of her at the door."""
    if request.user.is_verified():  # type: ignore[union-attr]
        return True
    return not (settings.RAGBOOK_REQUIRE_2FA or request.session.get(_OWED))


@receiver(user_logged_in)
def _note_what_is_owed(request: HttpRequest, user: User, **_: Any) -> None:
    request.session[_OWED] = enrolled(user)


def enrolled(user: User) -> bool:
    """Whether the person has a device that she has confirmed with a code."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def enter(request: HttpRequest, code: str) -> bool:
    """Finish the login with a code of the device or a recovery code; false when it is wrong."""
    device = django_otp.match_token(request.user, "".join(code.split()))
    if device is None:
        return False
    request.session.cycle_key()
    django_otp.login(request, device)
    return True


# ── setting it up ────────────────────────────────────────────────────────────────────────────


def device_to_confirm(user: User) -> TOTPDevice:
    """The device that the person is setting up; the same until she confirms it."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, name=DEVICE)
    return device


def confirm(request: HttpRequest, code: str) -> list[str]:
    """Take the device into use if the code is its own, and return new recovery codes.

    An empty list says that the code is wrong.
    """
    user = request.user
    assert isinstance(user, User)
    device = device_to_confirm(user)
    if not device.verify_token("".join(code.split())):
        return []
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    django_otp.login(request, device)
    return new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Codes that are good once each; the earlier ones are void. They are shown now or never."""
    device, _ = StaticDevice.objects.get_or_create(user=user, name=RECOVERY)
    device.token_set.all().delete()
    codes = [f"{secrets.randbelow(10**10):010d}" for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:5]} {code[5:]}" for code in codes]


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def reset(user: User) -> bool:
    """Forget the person's devices and recovery codes; false when there were none."""
    known = enrolled(user)
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    return known


def turn_off(request: HttpRequest) -> None:
    """Forget the visitor's own devices; this session owes nothing more."""
    assert isinstance(request.user, User)
    reset(request.user)
    request.session[_OWED] = False


def picture(device: TOTPDevice) -> SafeString:
    """The device's secret as a picture for the camera of a telephone, as inline SVG."""
    import qrcode.main  # with its picture library, and only for who sets a device up
    from qrcode.image.svg import SvgPathImage

    code = qrcode.main.QRCode(border=2, image_factory=SvgPathImage)
    code.add_data(device.config_url)
    drawn: str = code.make_image().to_string(encoding="unicode")
    return mark_safe(drawn)  # noqa: S308 (paths of our own making)


def secret_of(device: TOTPDevice) -> str:
    """The device's secret in letters, for whoever cannot take the picture."""
    address: str = device.config_url
    return address.partition("secret=")[2].partition("&")[0]
