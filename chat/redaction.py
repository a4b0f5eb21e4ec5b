"""What readers tell about themselves by mistake is taken out before anything is stored or sent on.

E-mail addresses, telephone numbers with their country's code, and keys of services. Whatever could
as well be technical text (versions, addresses of machines, hashes, names of users in commands) is
left as it is: a question that was destroyed cannot be answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from pydantic import AfterValidator

E_MAIL: Final = "[e-mail address]"
PHONE: Final = "[telephone number]"
KEY: Final = "[key]"

_E_MAIL = re.compile(
    r"(?<![\w.+/:@-])[\w.+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?![\w@:/-])",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"\b(?:ssh|scp|sftp|rsync|ssh-copy-id|mosh)\b[^\n]*$")
_MACHINES = (".local", ".lan", ".internal", ".localdomain")
_PERHAPS_PHONE = re.compile(r"\+\s?\(?\d")
_MORE_OF_A_KEY = r"[\w.=/+-]*"
_OWN_KEYS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL),
    re.compile(r"\bsk-(?=[\w-]*\d)[\w-]{24,}"),
)


def redact(text: str) -> str:
    """The text with placeholders such as ``[e-mail address]`` for what is nobody's business."""
    for key in _keys():
        text = key.sub(KEY, text)
    if "@" in text:
        text = _E_MAIL.sub(_unless_a_login, text)
    return _without_phones(text) if _PERHAPS_PHONE.search(text) else text


Redacted = AfterValidator(redact)
"""For the fields of what readers send."""


def _unless_a_login(found: re.Match[str]) -> str:
    """``ssh ros@robot.example.org`` names a machine, and so does a name that ends in .local."""
    address = found.group()
    if address.lower().endswith(_MACHINES) or _LOGIN.search(found.string[: found.start()]):
        return address
    return E_MAIL


def _without_phones(text: str) -> str:
    import phonenumbers  # its tables take a moment, and few questions need them

    kept, at = [], 0
    for found in phonenumbers.PhoneNumberMatcher(text, None):
        kept += [text[at : found.start], PHONE]
        at = found.end
    return "".join([*kept, text[at:]])


@cache
def _keys() -> tuple[re.Pattern[str], ...]:
    """Patterns of keys that are sure by their shape; a detector of mere chance finds hashes too."""
    return (*_OWN_KEYS, *_known_to_detect_secrets())


def _known_to_detect_secrets() -> Iterator[re.Pattern[str]]:
    for detector in _detectors():
        for pattern in detector.denylist:
            yield re.compile(f"(?:{pattern.pattern}){_MORE_OF_A_KEY}", pattern.flags)


def _detectors() -> Iterable[Any]:
    from detect_secrets.plugins import (  # on the first question, not at every start
        discord,
        github_token,
        gitlab_token,
        jwt,
        npm,
        openai,
        pypi_token,
        sendgrid,
        slack,
        square_oauth,
        stripe,
        telegram_token,
        twilio,
    )
    from detect_secrets.plugins.aws import AWSKeyDetector

    return (
        AWSKeyDetector,
        discord.DiscordBotTokenDetector,
        github_token.GitHubTokenDetector,
        gitlab_token.GitLabTokenDetector,
        jwt.JwtTokenDetector,
        npm.NpmDetector,
        openai.OpenAIDetector,
        pypi_token.PypiTokenDetector,
        sendgrid.SendGridDetector,
        slack.SlackDetector,
        square_oauth.SquareOAuthDetector,
        stripe.StripeDetector,
        telegram_token.TelegramBotTokenDetector,
        twilio.TwilioKeyDetector,
    )
