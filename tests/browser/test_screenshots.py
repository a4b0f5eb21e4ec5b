"""Pictures of each state for the documentation, made when RAGBOOK_SCREENSHOTS=1.

RAGBOOK_SCREENSHOTS=1 pytest tests/browser/test_screenshots.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.browser.conftest import Reader
from tests.browser.scenes import SCENES
from tests.browser.scripted import ScriptedBook

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESKTOP: ViewportSize = {"width": 1120, "height": 760}
PHONE: ViewportSize = {"width": 390, "height": 760}

# Each state once on a desktop by day, some on a phone by night; the answer by night on both.
ON_PHONES = ("empty", "streaming", "limited")
LANGUAGES = {"right-to-left": "ar"}
BUBBLE = ("refused", "right-to-left")
PICTURES = [
    *((scene, "desktop", "light") for scene in SCENES),
    *((scene, "phone", "dark") for scene in ON_PHONES),
    ("answered", "desktop", "dark"),
    ("answered", "phone", "dark"),
    ("selection-button", "phone", "light"),
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        os.environ.get("RAGBOOK_SCREENSHOTS") != "1",
        reason="pictures are made only when RAGBOOK_SCREENSHOTS=1",
    ),
]


@pytest.mark.parametrize(("scene", "device", "theme"), PICTURES)
def test_picture(
    chromium: Browser, book: ScriptedBook, scene: str, device: str, theme: str
) -> None:
    context = chromium.new_context(
        viewport=DESKTOP if device == "desktop" else PHONE, reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        layout = "bubble" if scene in BUBBLE else "panel"
        look = f"html=data-theme={theme}&options=data-layout={layout}"
        query = f"styled=1&{look}&lang={LANGUAGES.get(scene, 'en')}"
        reader = Reader(page, book).visit(query=query)
        SCENES[scene](reader)
        page.wait_for_timeout(100)
        IMAGES.mkdir(parents=True, exist_ok=True)
        picture = IMAGES / f"widget-{scene}-{device}-{theme}.png"
        page.screenshot(path=picture, caret="hide")
    finally:
        context.close()
    assert picture.stat().st_size > 5_000
