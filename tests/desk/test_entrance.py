"""The door of the desk: guesses grow slow, and a code of one's own device is asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from desk import secondstep
from desk.people import EDITORS
from tests.desk.conftest import member, words

pytestmark = pytest.mark.django_db

PASSWORD = "a long way to tipperary"
INDEX = "/admin/"
LOGIN = "/admin/login/"
STEP = "/admin/second-step/"


@pytest.fixture
def eda() -> User:
    person = member(EDITORS, "eda")
    person.set_password(PASSWORD)
    person.save()
    return person


def log_in(client: Client, name: str = "eda", password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"username": name, "password": password}, **more)


def code_of(person: User) -> str:
    """What the person's telephone shows now."""
    device = TOTPDevice.objects.get(user=person)
    return f"{totp(device.bin_key):06d}"


@pytest.fixture
def enrolled(eda: User) -> User:
    """Eda with a device of hers in use, which takes a code at once."""
    TOTPDevice.objects.create(user=eda, name="Authenticator", confirmed=True)
    return eda


# ── the password ─────────────────────────────────────────────────────────────────────────────


def test_a_password_opens_the_desk(client: Client, eda: User) -> None:
    assert log_in(client).url == INDEX
    assert client.get(INDEX).status_code == 200


def test_guesses_are_stopped_with_clear_words(client: Client, eda: User, settings: Any) -> None:
    settings.RAGBOOK_LOGIN_RATE = "3/15m"
    for _ in range(3):
        assert "Please enter the correct username" in log_in(client, password="guess").text
    assert re.search(r"Too many tries. Please wait \d+ min, then", words(log_in(client).text))
    assert client.get(INDEX).status_code == 302


def test_others_may_still_log_in(client: Client, eda: User, settings: Any) -> None:
    settings.RAGBOOK_LOGIN_RATE = "3/15m"
    for _ in range(4):
        log_in(client, password="guess")
    assert log_in(client, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_an_address_may_not_try_every_name(client: Client, eda: User, settings: Any) -> None:
    settings.RAGBOOK_LOGIN_RATE = "1/15m"
    for name in ("a", "b", "c", "d", "e"):
        assert "Too many tries" not in log_in(client, name).text
    assert "Too many tries" in log_in(client).text


def test_a_name_may_not_be_tried_from_everywhere(client: Client, eda: User, settings: Any) -> None:
    settings.RAGBOOK_LOGIN_RATE = "1/15m"
    for n in range(10):
        log_in(client, password="guess", REMOTE_ADDR=f"192.0.2.{n}")
    assert "Too many tries" in log_in(client, "EDA", REMOTE_ADDR="192.0.2.99").text


def test_readers_have_no_account_here(client: Client) -> None:
    User.objects.create_user("reader", password=PASSWORD)
    assert "correct username" in log_in(client, "reader").text


# ── setting the second step up ───────────────────────────────────────────────────────────────


def test_a_device_is_taken_into_use_with_its_code(client: Client, eda: User) -> None:
    log_in(client)
    page = client.get(STEP).content.decode()
    assert "<svg" in page
    assert secondstep.secret_of(TOTPDevice.objects.get()) in page
    codes = client.post(STEP, {"code": code_of(eda)}).content.decode()
    shown = re.findall(r"<code>(\d{5}) (\d{5})</code>", codes)
    assert {"".join(code) for code in shown} == set(
        StaticToken.objects.values_list("token", flat=True)
    )
    assert len(shown) == 10
    assert client.get(INDEX).status_code == 200


def test_another_code_takes_nothing_into_use(client: Client, eda: User) -> None:
    log_in(client)
    page = client.post(STEP, {"code": "123"}).content.decode()
    assert "not the code that belongs to the picture" in page
    assert not secondstep.enrolled(eda)


def test_the_picture_stays_the_same_until_it_is_confirmed(client: Client, eda: User) -> None:
    log_in(client)
    for _ in range(3):
        client.get(STEP)
    assert TOTPDevice.objects.count() == 1


# ── being asked ──────────────────────────────────────────────────────────────────────────────


def test_who_has_a_device_must_show_its_code(client: Client, enrolled: User) -> None:
    log_in(client)
    asked = client.get("/admin/chat/answer/", follow=True)
    assert asked.redirect_chain[-1][0].startswith(STEP)
    assert "type the six digits" in words(asked.content.decode())
    reply = client.post(asked.redirect_chain[-1][0], {"code": code_of(enrolled)})
    assert reply["Location"] == "/admin/chat/answer/"
    assert client.get(reply["Location"]).status_code == 200


def test_a_wrong_code_opens_nothing(client: Client, enrolled: User) -> None:
    log_in(client)
    assert "This code is wrong" in client.post(STEP, {"code": "000000"}).content.decode()
    assert client.get(INDEX).status_code == 302


def test_codes_cannot_be_guessed_fast(client: Client, enrolled: User) -> None:
    log_in(client)
    client.post(STEP, {"code": "000000"})
    assert "came too soon" in client.post(STEP, {"code": code_of(enrolled)}).content.decode()


def test_a_recovery_code_opens_once(client: Client, enrolled: User) -> None:
    code = secondstep.new_recovery_codes(enrolled)[0]
    log_in(client)
    assert client.post(STEP, {"code": code}).status_code == 302
    assert client.get(INDEX).status_code == 200
    other = Client()
    log_in(other)
    other.post(STEP, {"code": code})
    assert other.get(INDEX).status_code == 302


def test_one_is_never_sent_to_another_site(client: Client, enrolled: User) -> None:
    log_in(client)
    reply = client.post(f"{STEP}?next=https://evil.test/", {"code": code_of(enrolled)})
    assert reply["Location"] == INDEX


def test_a_stranger_does_not_reach_the_second_step(client: Client) -> None:
    assert client.get(STEP)["Location"].startswith(LOGIN)
    User.objects.create_user("reader", password=PASSWORD)
    client.login(username="reader", password=PASSWORD)
    assert client.get(STEP)["Location"].startswith(LOGIN)


def test_everybody_may_be_asked_for_it(client: Client, eda: User, settings: Any) -> None:
    settings.RAGBOOK_REQUIRE_2FA = True
    log_in(client)
    assert "take this picture" in words(client.get(INDEX, follow=True).content.decode())
    assert client.get("/admin/chat/answer/").status_code == 302
    client.post(STEP, {"code": code_of(eda)})
    assert client.get("/admin/chat/answer/").status_code == 200


# ── looking after it ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def inside(client: Client, enrolled: User) -> Client:
    log_in(client)
    client.post(STEP, {"code": code_of(enrolled)})
    return client


def test_new_recovery_codes_replace_the_old(inside: Client, enrolled: User) -> None:
    old = secondstep.new_recovery_codes(enrolled)
    assert "You have 10 recovery codes left." in words(inside.get(STEP).content.decode())
    page = inside.post(STEP, {"wish": "codes"}).content.decode()
    assert old[0] not in page
    assert StaticToken.objects.count() == 10


def test_it_can_be_turned_off(inside: Client, enrolled: User) -> None:
    inside.post(STEP, {"wish": "remove"})
    assert not secondstep.enrolled(enrolled)
    assert inside.get(INDEX).status_code == 200
    assert inside.get(reverse("admin:second_step")).status_code == 200


def test_nobody_sees_the_secrets_of_others(superuser: Client) -> None:
    for name in ("otp_totp/totpdevice", "otp_static/staticdevice"):
        assert superuser.get(f"/admin/{name}/").status_code in (302, 404)


def test_an_owner_resets_the_step_of_an_editor(owner: Client, enrolled: User) -> None:
    act = {"action": "reset_second_step", "_selected_action": [str(enrolled.pk)]}
    reply = owner.post("/admin/auth/user/", act, follow=True)
    assert "1 person: the second step is off" in words(reply.content.decode())
    assert not secondstep.enrolled(enrolled)


def test_an_owner_does_not_reset_that_of_a_superuser(owner: Client) -> None:
    root = User.objects.create_superuser("root")
    TOTPDevice.objects.create(user=root, confirmed=True)
    act = {"action": "reset_second_step", "_selected_action": [str(root.pk)]}
    owner.post("/admin/auth/user/", act)
    assert secondstep.enrolled(root)


def test_the_command_lets_the_last_one_in_again(enrolled: User, capsys: Any) -> None:
    call_command("reset_second_step", "eda")
    assert "eda logs in with the password alone" in capsys.readouterr().out
    assert not secondstep.enrolled(enrolled)
    with pytest.raises(CommandError, match="nobody called 'ned'"):
        call_command("reset_second_step", "ned")
