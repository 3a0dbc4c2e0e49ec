"""Small invented grants and categories for the tests of the learning."""

import numpy as np

from classifier.ml.text import CategoryText, Corpus

TOPICS = {
    "music": ["choir", "concert", "orchestra", "singing", "melody", "brass"],
    "animals": ["kitten", "kennel", "stray", "puppy", "vet", "paws"],
    "water": ["river", "canal", "stream", "pond", "wetland", "estuary"],
}


def category(code, label="", **fields):
    """A category with nothing but a code and a label, unless told otherwise."""
    empty = {"facet": "subject", "alt_labels": (), "definition": "", "scope_note": ""}
    empty |= {"ancestors": (), "include_pattern": "", "exclude_pattern": ""}
    return CategoryText(code=code, label=label or code, **(empty | fields))


def corpus(*texts, recipients=None, batches=None):
    """Texts, each of its own recipient and all of one programme, unless told otherwise."""
    names = recipients or [f"Recipient {number}" for number in range(len(texts))]
    return Corpus(list(texts), names, batches or ["Programme"] * len(texts))


def topic_categories():
    """Categories whose labels occur in no grant: only examples can teach them."""
    return [category(topic.upper(), f"Label{topic}") for topic in TOPICS]


def topic_grants(n=90, seed=0):
    """Grants that speak of one topic each, with their answers: corpus, y."""
    rng = np.random.default_rng(seed)
    y = np.zeros((n, len(TOPICS)), dtype=np.int64)
    texts = []
    for row in range(n):
        column = row % len(TOPICS)
        y[row, column] = 1
        words = rng.choice(list(TOPICS.values())[column], size=3, replace=False)
        texts.append(f"Support for {' and '.join(words)} number {row}")
    return corpus(*texts), y


def everything(y):
    """All answers known, all grants of the random stream: known, tune."""
    return np.ones(y.shape, dtype=bool), np.ones(len(y), dtype=bool)


def evidence_of(model, text, batch, columns):
    """What a classifier or matcher says of one text, for each of the columns."""
    [found] = model.evidence(Corpus([text], [""], [batch]), [columns])
    return found
