"""The door of the desk: the login with its limits, and the page of the second step."""

from __future__ import annotations

from typing import Any, Final

import structlog
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from chat.errors import LimitReached
from chat.limits import spend
from chat.requests import reader_address
from desk import secondstep

log = structlog.get_logger(__name__)

WHOLE_ADDRESS: Final = 5
WHOLE_NAME: Final = 10
"""An address may try so many names, a name be tried from so many addresses, at the full rate."""


class LoginForm(AuthenticationForm):
    """A login that grows tired of guesses, by name and by address, neither of which is kept."""

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        name = str(self.cleaned_data.get("username", "")).casefold()
        try:
            _count_try(name, _address(self.request))
        except LimitReached as limit:
            log.warning("login_throttled")
            minutes = -(-(limit.retry_after or 60) // 60)
            raise ValidationError(
                "Too many tries. Please wait %(minutes)d min, then try again.",
                code="throttled",
                params={"minutes": minutes},
            ) from limit
        cleaned: dict[str, Any] = super().clean()
        return cleaned


def _address(request: HttpRequest) -> str:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return reader_address(request.META.get("REMOTE_ADDR", ""), headers)


def _count_try(name: str, address: str) -> None:
    """Raises ``LimitReached`` for the name, for the address, or for the one from the other."""
    rate = settings.RAGBOOK_LOGIN_RATE
    spend("login", f"{name}\0{address}", rate)
    spend("login-address", address, _times(WHOLE_ADDRESS, rate))
    spend("login-name", name, _times(WHOLE_NAME, rate))


def _times(factor: int, rate: str) -> str:
    count, _, period = rate.partition("/")
    return f"{factor * int(count)}/{period}"


# ── the second step ──────────────────────────────────────────────────────────────────────────


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


@never_cache
def second_step(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask for a code, set a device up, or look after it, whichever the visitor needs."""
    user = request.user
    assert isinstance(user, User)
    if not secondstep.enrolled(user):
        return _set_up(request, user, context)
    if user.is_verified():  # type: ignore[attr-defined]
        return _look_after(request, user, context)
    return _ask(request, context)


def _ask(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if secondstep.enter(request, form.cleaned_data["code"]):
            return redirect(_next(request))
        form.add_error("code", "This code is wrong, was used, or came too soon after others.")
    return render(request, "desk/second_step_code.html", {**context, "form": form})


def _set_up(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if form.is_valid():
        codes = secondstep.confirm(request, form.cleaned_data["code"])
        if codes:
            return _show_codes(request, codes, context)
        form.add_error("code", "This is not the code that belongs to the picture. Take the next.")
    device = secondstep.device_to_confirm(user)
    shown = {"picture": secondstep.picture(device), "secret": secondstep.secret_of(device)}
    return render(request, "desk/second_step_set_up.html", {**context, "form": form, **shown})


def _look_after(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponse:
    wish = request.POST.get("wish")
    if wish == "codes":
        return _show_codes(request, secondstep.new_recovery_codes(user), context)
    if wish == "remove":
        secondstep.turn_off(request)
        messages.success(request, "The second step is off. Set it up again with any device.")
        return redirect("admin:second_step")
    left = secondstep.recovery_codes_left(user)
    return render(request, "desk/second_step.html", {**context, "left": left})


def _show_codes(request: HttpRequest, codes: list[str], context: dict[str, Any]) -> HttpResponse:
    shown = {"codes": codes, "next": _next(request)}
    return render(request, "desk/second_step_codes.html", {**context, **shown})


def _next(request: HttpRequest) -> str:
    """Where the visitor wanted to go, if that is a page of ours."""
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else reverse("admin:index")
