"""The sentence encoder against its original, and what must hold of any."""

import time

import numpy as np
import pytest

from classifier.ml import encoder_files
from classifier.ml.encoder_files import NoEncoder, encoder_folder
from classifier.ml.sentences import SIZE, SentenceEncoder, encoder
from classifier.ml.tensors import read_tensors
from classifier.ml.wordpiece import MOST_PIECES

CHOIR = "A choir for children from São Paulo, and their parents."
CAKE = "Naïve café-owners’ “jubilee” – £ for tea & cake!"
GARDEN = "東京 garden"
PLACES = [0, 1, 2, 100, 200, 300, 383]
# By transformers 5 and PyTorch 2.13 with the same files: pieces, and some numbers of the vector.
ORIGINAL = {
    CHOIR: (
        [101, 1037, 6596, 2005, 2336, 2013, 7509, 9094, 1010, 1998, 2037, 3008, 1012, 102],
        [-0.00539, 0.00071, -0.01435, 0.00304, 0.00539, -0.05816, 0.01903],
    ),
    CAKE: (
        [
            *(101, 15743, 7668, 1011, 5608, 1521, 1523, 13078, 1524, 1516, 1069, 2005, 5572),
            *(1004, 9850, 999, 102),
        ],
        [0.02869, 0.06867, 0.03792, -0.03911, 0.07457, 0.09276, -0.09917],
    ),
    GARDEN: (
        [101, 1879, 1755, 3871, 102],
        [0.06274, 0.03769, 0.03001, -0.03313, 0.1455, 0.04321, 0.00887],
    ),
    "": ([101, 102], [-0.11884, 0.0483, -0.00255, 0.03595, 0.03772, -0.01843, -0.01572]),
    "swimming " * 400: (
        [101, *[5742] * 254, 102],
        [-0.0326, -0.00886, 0.06785, 0.01618, -0.03026, -0.00868, 0.01878],
    ),
}


@pytest.fixture(scope="module")
def reads():
    return encoder()


@pytest.mark.parametrize("text", ORIGINAL, ids=lambda text: text[:20])
def test_pieces_and_vectors_are_those_of_the_original(reads, text):
    pieces, numbers = ORIGINAL[text]
    assert reads.pieces.read(text).tolist() == pieces
    assert reads.encode([text])[0, PLACES] == pytest.approx(numbers, abs=2e-5)


def test_short_texts_are_nearer_to_their_like(reads):
    choir, singing, roof = reads.encode(
        ["A choir for children", "Singing lessons for young people", "Repair of the church roof"]
    )
    assert choir @ singing > 0.5
    assert choir @ roof < 0.3


def test_every_vector_has_length_1(reads):
    vectors = reads.encode([CHOIR, "", "?", "word " * 5000])
    assert vectors.shape == (4, SIZE)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_no_text_at_all_gives_no_vector(reads):
    assert reads.encode([]).shape == (0, SIZE)


def test_a_text_has_the_same_vector_in_any_company(reads):
    texts = [CHOIR, "tea", CAKE, "an allotment by the canal " * 30, "", GARDEN] * 6
    together = reads.encode(texts)
    alone = np.vstack([reads.encode([text]) for text in texts[:6]])
    assert together[:6] == pytest.approx(alone, abs=1e-5)
    assert together[-6:] == pytest.approx(alone, abs=1e-5)


def test_only_the_beginning_of_a_long_text_is_read(reads):
    beginning = "swimming " * 254
    assert len(reads.pieces.read(beginning + "and much more")) == MOST_PIECES
    longer = reads.encode([beginning, beginning + "and much more"])
    assert longer[0] == pytest.approx(longer[1], abs=1e-6)


def test_addresses_and_numbers_are_not_read(reads):
    plain = reads.pieces.read("Call the club at or write to")
    told = "Call the club at 0161 4960000 or write to mei@club.example 2026-07-01 www.club.example"
    assert reads.pieces.read(told).tolist() == plain.tolist()


@pytest.mark.parametrize("sign", ["a", "-", ".", "@", "é", "東", "\u0301", "\x00", " "])
def test_a_text_of_one_sign_a_million_times_takes_no_time(reads, sign):
    began = time.process_time()
    assert 2 <= len(reads.pieces.read(sign * 1_000_000)) <= MOST_PIECES
    assert time.process_time() - began < 2


def test_without_the_wheel_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(encoder_files, "WHEEL", "no_such_wheel")
    assert not encoder_files.is_installed()
    with pytest.raises(NoEncoder, match="make embeddings"):
        encoder()


def test_a_file_of_other_bytes_is_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"\xff" * 100)
    with pytest.raises(ValueError, match="which is no header"):
        read_tensors(file)


def test_a_cut_file_is_refused_by_name(tmp_path):
    with (encoder_folder() / "model.safetensors").open("rb") as whole:
        (tmp_path / "model.safetensors").write_bytes(whole.read(50_000))
    (tmp_path / "vocab.txt").write_text("[CLS]\n[SEP]\n[UNK]\n")
    with pytest.raises(ValueError, match=r"model.safetensors is cut: \S+ should end at"):
        SentenceEncoder(tmp_path)
