"""fastText learns from known answers alone, always the same, and keeps its files to itself."""

import stat
import tempfile
from pathlib import Path

import fasttext
import numpy as np
import pytest
import skops.io
from scipy.special import expit, softmax

from classifier.backends.fasttext import FASTTEXT, FASTTEXTS, SOFTMAX, NothingLearned
from classifier.backends.fasttext_binary import Diverged, Learning, trained
from classifier.backends.fasttext_parts import NOTHING
from classifier.backends.protocol import Snapshot
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.holdout import LabelledTexts
from tests.classifier.ml.examples import category, corpus, topic_categories, topic_grants

LOSSES = pytest.mark.parametrize("name", [FASTTEXT, SOFTMAX])
TWO_FACETS = [category("MUSIC"), category("ANIMALS"), category("WATER", facet="place")]


def fitted(y, known=None, categories=None, name=FASTTEXT, texts=None):
    texts = topic_grants(len(y))[0] if texts is None else texts
    known = np.ones(y.shape, dtype=bool) if known is None else known
    train = LabelledTexts([f"G-{row}" for row in range(len(y))], texts, y, known)
    return FASTTEXTS[name].fit(Snapshot(categories or topic_categories(), train, texts))


def files(model):
    return [part.binary.data for part in model.scorer.parts]


def test_the_same_texts_give_the_same_file_whatever_lay_in_memory_before():
    _, y = topic_grants(60)
    found = []
    for size in (1_000, 50_000, 400):
        litter = [np.full(size, np.nan) for _ in range(50)]
        del litter
        found.append(files(fitted(y)))
    assert found[0] == found[1] == found[2]


@LOSSES
def test_scores_are_what_fasttexts_own_probabilities_are_made_of(name):
    model = fitted(topic_grants(60)[1], name=name)
    [part] = model.scorer.parts
    line = "support for choir and river"
    labels, proba = part.binary.model.predict(line, k=-1)
    [scores] = part.binary.scores([line])
    ours = (softmax if name == SOFTMAX else expit)(scores)
    found = dict(zip(part.binary.labels, ours, strict=True))
    assert [found[label] for label in labels] == pytest.approx(proba, abs=0.01)


def test_facets_that_the_same_texts_answer_share_a_file_and_others_have_their_own():
    _, y = topic_grants(60)
    [shared] = fitted(y, categories=TWO_FACETS).scorer.parts
    assert shared.columns.tolist() == [0, 1, 2]
    known = np.ones(y.shape, dtype=bool)
    known[:12, 2] = False
    assert [part.columns.tolist() for part in fitted(y, known, TWO_FACETS).scorer.parts] == [
        [0, 1],
        [2],
    ]


def test_a_facet_that_was_answered_in_part_is_no_lesson():
    _, y = topic_grants(60)
    known = np.ones(y.shape, dtype=bool)
    known[::4, 1] = False
    some = fitted(y, known)
    rows = np.flatnonzero(known.all(axis=1))
    texts = topic_grants(60)[0].take(rows)
    assert files(some)[0] == files(fitted(y[rows], texts=texts))[0]


def test_single_answers_alone_teach_it_nothing_and_that_is_said():
    _, y = topic_grants(60)
    known = np.zeros(y.shape, dtype=bool)
    known[np.arange(60), np.arange(60) % 3] = True  # as sprints ask: one category of a text
    with pytest.raises(NothingLearned, match=r"nothing from these 60 texts\..* whole facets"):
        fitted(y * known, known)


def test_texts_in_no_category_teach_what_is_in_none():
    texts, y = topic_grants(60)
    empty = corpus(*(f"Costs of the parish office, form {number}" for number in range(20)))
    both = corpus(*texts.texts, *empty.texts)
    model = fitted(np.concatenate([y, np.zeros((20, 3), dtype=y.dtype)]), texts=both)
    [part] = model.scorer.parts
    assert NOTHING in part.binary.labels
    asked = corpus("Costs of the parish office", "Support for choir and brass")
    office, choir = model.predict_proba(asked).max(axis=1)
    assert office < 0.1 < 0.5 < choir


def test_a_text_without_a_known_word_is_taken_for_any_text():
    model = fitted(topic_grants(60)[1])
    asked = corpus("", "Zzyzx", "\ud800", "Support for choir")
    proba = model.predict_proba(asked)
    assert np.array_equal(proba[0], proba[1]) and np.array_equal(proba[0], proba[2])
    assert proba[0].max() < proba[3].max()


def test_words_of_one_recipient_alone_are_not_in_the_file():
    texts, y = topic_grants(60)
    named = corpus(*texts.texts[:-1], texts.texts[-1] + " for Ermintrude")
    [data] = files(fitted(y, texts=named))
    assert b"ermintrude" not in data and b"choir" in data


def test_texts_lie_in_a_private_folder_that_goes_away(tmp_path, monkeypatch):
    seen = []
    train = fasttext.train_supervised

    def looks(path, **settings):
        for place in (Path(path), Path(settings["pretrainedVectors"]), Path(path).parent):
            seen.append(stat.S_IMODE(place.stat().st_mode))
        return train(path, **settings)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(fasttext, "train_supervised", looks)
    fitted(topic_grants(60)[1])
    assert set(seen) == {0o600, 0o700} and seen[:3] == [0o600, 0o600, 0o700]
    assert list(tmp_path.iterdir()) == []


def test_a_rate_at_which_the_numbers_grow_without_end_is_halved():
    lines = [f"__label__{'ab'[row % 2]} {'choir' if row % 2 else 'kennel'}" for row in range(40)]
    tried = []
    for rate in (100.0, 1e6):
        try:
            [scores] = trained(lines, ["choir", "kennel"], Learning(rate=rate), 0).scores(["choir"])
            tried.append(bool(np.isfinite(scores).all()))
        except Diverged as error:
            tried.append(str(error))
    assert tried[0] is True
    assert tried[1].startswith("The numbers of fastText grow without end, at a rate of 31250.0")


def test_a_file_inside_that_has_changed_is_not_handed_to_fasttext(monkeypatch):
    option = FASTTEXTS[FASTTEXT]
    state = skops.io.loads(option.dump(fitted(topic_grants(60)[1])), trusted=[])
    state["parts"][0]["binary"][200] ^= 1
    monkeypatch.delattr(fasttext, "load_model")
    with pytest.raises(CorruptArtifact, match="has not the SHA-256"):
        option.load(skops.io.dumps(state))
