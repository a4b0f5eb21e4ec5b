"""Tokens with which scripts act in the name of an editor, until a day that the token itself says.

Nothing is stored: a token is signed with the site's secret and its editor's password, so a new
password, or an account that is closed, ends all of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.core.signing import BadSignature, Signer
from django.utils import timezone

SALT: Final = "ragbook.desk.api"


def token_for(user: User, lasts: timedelta) -> str:
    """A token of the person that is good for so long."""
    until = int((timezone.now() + lasts).timestamp())
    return _signer(user).sign(f"{user.pk}.{until}")


def holder_of(token: str) -> User | None:
    """Whose token it is; ``None`` when it is forged, over, or its person may no longer enter."""
    name, _, until = token.partition(":")[0].partition(".")
    if not (name.isdecimal() and until.isdecimal()):
        return None
    user = User.objects.filter(pk=int(name), is_active=True, is_staff=True).first()
    if user is None or not _is_signed(token, user):
        return None
    return user if timezone.now().timestamp() < int(until) else None


def _is_signed(token: str, user: User) -> bool:
    try:
        _signer(user).unsign(token)
    except BadSignature:
        return False
    return True


def _signer(user: User) -> Signer:
    return Signer(salt=f"{SALT}:{user.get_session_auth_hash()}")
