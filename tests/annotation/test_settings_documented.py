"""docs/settings.md against the settings: each is there, with its limits and its default."""

import re

import pytest
from django.conf import settings

from annotation.models import SiteSettings
from annotation.models.setting_limits import LIMITS
from annotation.models.site_settings import default_of, setting_names
from annotation.templatetags.settings import setting_words, value_words


@pytest.fixture(scope="module")
def rows():
    text = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {name: rest for name, *rest in cells}


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_is_documented(rows, name):
    assert setting_words(name) in rows


@pytest.mark.parametrize("name", LIMITS)
def test_default_and_limits_are_those_of_the_model(rows, name):
    default, limits, _ = rows[setting_words(name)]
    assert default == value_words(default_of(name), name).replace("\N{NO-BREAK SPACE}", " ")
    low, high, unit = LIMITS[name]
    scale = 100 if unit == "%" else 1
    assert [float(n) for n in re.findall(r"[\d.]+", limits.replace(",", ""))] == [
        round(low * scale, 6), round(high * scale, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "name", "words"),
    [
        (0.075, "audit_share", "7.5 %"), (30, "claim_minutes", "30 minutes"),
        (["title", "recipient_name"], "text_fields", "Title, Recipient name"),
        (True, "subject: is_required", "yes"), (0, "subject: position", "1"),
        ("fixed", "ticking", SiteSettings.Ticking.FIXED.label),
        ("America/New_York", "time_zone", "America/New York"), (None, "daily_goal", "none"),
    ],
)  # fmt: skip
def test_values_are_told_in_words(value, name, words):
    assert value_words(value, name).replace("\N{NO-BREAK SPACE}", " ") == words
