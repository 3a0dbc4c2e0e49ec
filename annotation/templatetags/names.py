"""What is stored under a short name, as the pages call it: streams, outcomes, flags, keys."""

from django import template

from annotation.models.quality import FLAGS, Flag

register = template.Library()

STREAMS = {
    "new": "It is new: no model has asked for it yet.",
    "random": "Drawn at random, so that figures about all grants stay honest.",
    "least_confident": "The model is unsure about it, so your annotation teaches it much.",
    "coverage": "Its text speaks of a category that has few examples.",
    "value": "A large amount of money depends on its categories.",
    "overlap": "A second opinion: others decide it, too, each by themselves.",
    "recheck": "A check of what was annotated before.",
}
STREAM_NAMES = {
    "new": "new",
    "random": "drawn at random",
    "least_confident": "least confident",
    "coverage": "few examples of a category",
    "value": "large amount",
    "audit": "audit",
    "overlap": "second opinion",
    "recheck": "check of an earlier annotation",
}
OUTCOMES = {
    "labelled": "Labelled",
    "none_fits": "None fits",
    "not_enough_text": "Not enough text",
    "general_public": "General public",
}
KEYS = {
    "ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→",
    "PageUp": "Page up", "PageDown": "Page down", "123456789": "1–9",
}  # fmt: skip
SPRINT_SOURCES = {"model": "As the model sees it", "words": "By its words", "random": "At random"}


@register.filter
def key_words(key: str) -> str:
    """A key of the annotating page as it is read: an arrow, ``1–9``, its sign or its name."""
    return KEYS.get(key, key)


@register.filter
def flag_words(flag: str) -> str:
    """What a flag means; empty for one that is not known."""
    return FLAGS[Flag(flag)] if flag in Flag.values else ""


@register.filter
def flag_label(flag: str) -> str:
    return str(Flag(flag).label) if flag in Flag.values else ""


@register.filter
def stream_words(stream: str) -> str:
    return STREAMS.get(stream, "")


@register.filter
def stream_name(stream: str) -> str:
    return STREAM_NAMES.get(stream, stream)


@register.filter
def outcome_words(value: str) -> str:
    return OUTCOMES.get(value, value)


@register.filter
def sprint_source(source: str) -> str:
    return SPRINT_SOURCES.get(source, source)
