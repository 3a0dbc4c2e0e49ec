"""Models that were trained elsewhere: read only with their hash, measured by the gate, served."""

import hashlib
import json
import sys
import tarfile
from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import AuditEvent, ModelVersion, SentenceVector, SiteSettings, Suggestion
from annotation.reports.model_cards import card_of
from annotation.services.model_versions import promote, request_training
from annotation.services.sprints import start_sprint
from annotation.services.trainings import take_training
from classifier import registering, registry, serving, workflow
from classifier.backends.fasttext_binary import Learning, trained
from classifier.backends.kept_model import keep
from classifier.backends.options import made
from classifier.backends.protocol import Snapshot
from classifier.dataset import categories_of
from classifier.known_ground import known_ground
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import Corpus
from classifier.out_of_fold import lessons
from classifier.registering import CannotRegister, register
from classifier.scoring import score_waiting_grants
from classifier.sprints import fill_requested_sprints
from tests.classifier.conftest import WORDS, text_about
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    LabelFactory,
    counted_at_once,
    decide,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
Status = ModelVersion.Status


@pytest.fixture
@counted_at_once()
def audit(categories):
    """54 labelled audit grants."""
    for n in range(54):
        code = list(categories)[n % 3]
        grant = GrantFactory(title="Audit", description=text_about(code, n // 3), stream="audit")
        LabelFactory(grant=grant, category=categories[code])


def elsewhere(categories, wrong=0, names=None):
    """What is trained far away: texts of the same kind, and no grant of the site."""
    columns = names or categories_of(next(iter(categories.values())).taxonomy).texts
    codes = list(WORDS)
    texts = [f"Far away {text_about(codes[n % 3], n)}" for n in range(60)]
    y = np.zeros((60, len(columns)), dtype=np.int64)
    own = [c.code for c in columns]
    for n in range(60):
        code = codes[(n + wrong) % 3]
        if code in own:
            y[n, own.index(code)] = 1
    corpus = Corpus(texts, [f"R{n}" for n in range(60)], [""] * 60)
    train = LabelledTexts([str(n) for n in range(60)], corpus, y, np.ones(y.shape, dtype=bool))
    return Snapshot(columns, train, corpus)


def folder_of(tmp_path, categories, backend="linear_svm", **facts):
    option = made(backend)
    keep(tmp_path / "model", option, option.fit(elsewhere(categories, **facts)))
    return tmp_path / "model"


def packed_of(folder):
    path = folder.with_name("model.tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        for file in folder.iterdir():
            archive.add(file, file.name)
    return path


def typed(*arguments):
    said = StringIO()
    call_command("register_model", *map(str, arguments), stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("backend", ["linear_svm", "production"])
def test_what_the_container_leaves_is_measured_promoted_and_suggests(
    tmp_path, categories, audit, pool, backend
):
    said = typed(packed_of(folder_of(tmp_path, categories, backend)))
    version = ModelVersion.objects.active()
    assert (version.kind, version.backend, version.status) == ("foreign", backend, Status.ACTIVE)
    assert said.startswith(f"{version} is active. F1 ")
    assert version.metrics["measured_on"] == "54 audit grants"
    assert "calibrated when it was trained" in version.reason
    score_waiting_grants()
    sport = Suggestion.objects.get(grant__title="Waiting SPORT", is_ticked=True)
    assert (sport.category.code, sport.model_version) == ("SPORT", version)
    assert AuditEvent.objects.filter(action="model version registered").count() == 1
    card = card_of(version)
    assert card.kind == "trained elsewhere"
    assert any("not known here" in limit for limit in card.limits)


def test_its_figures_are_those_of_its_own_answers(tmp_path, categories, audit):
    version = register(folder_of(tmp_path, categories))
    model = registry.load(version)
    found = registering.audit_set(categories_of(version.taxonomy))
    ticked = model.decide(model.predict_proba(found.corpus))
    right = (ticked & (found.y > 0)).sum()
    value = 2 * right / (ticked.sum() + found.y.sum())
    assert version.metrics["figures"]["micro_f1"]["value"] == pytest.approx(value)


def test_where_sentence_vectors_are_read_the_active_version_is_measured_with_them(
    tmp_path, labelled_grants, categories, settings
):
    settings.CLASSIE_SENTENCE_VECTORS = True
    request_training()
    active = workflow.train_requested()
    with counted_at_once():
        for n in range(54):  # some speak of two, so that it is not always right
            codes = list(categories)
            text = f"{text_about(codes[n % 3], n)} {text_about(codes[(n + 1) % 3], n // 2)}"
            grant = GrantFactory(title="Audit", description=text, stream="audit")
            LabelFactory(grant=grant, category=categories[codes[n % 3]])
    version = register(folder_of(tmp_path, categories, wrong=0))
    found = registering.audit_set(categories_of(version.taxonomy))
    assert SentenceVector.objects.filter(grant__in=found.grant_ids).count() == 54
    gate = version.metrics["gate"]
    assert gate["against"] == f"{active}, active before", version.reason
    model = registry.load(active)
    read = registering.with_vectors(found.grant_ids, found.corpus)
    ticked = model.decide(model.predict_proba(read))
    right = (ticked & (found.y > 0)).sum()
    assert gate["incumbent"] == pytest.approx(2 * right / (ticked.sum() + found.y.sum()))


def test_a_bad_one_is_refused_and_a_trained_one_is_promoted_after_it(
    tmp_path, labelled_grants, categories, audit
):
    request_training()
    good = workflow.train_requested()
    bad = register(folder_of(tmp_path, categories, wrong=1))
    assert (bad.status, ModelVersion.objects.active()) == (Status.REJECTED, good)
    promote(bad, AdministratorFactory(), "to see")
    request_training()
    again = workflow.train_requested()
    assert again.status == Status.ACTIVE  # measured against the one from elsewhere
    promote(bad, AdministratorFactory(), "and back")


def test_without_audit_grants_it_is_kept_and_not_promoted(tmp_path, labelled_grants, categories):
    version = register(folder_of(tmp_path, categories))
    assert version.status == Status.REJECTED
    assert "audit grants alone" in version.reason and "0 of the 50" in version.reason
    promote(version, AdministratorFactory(), "we know it")
    request_training()
    later = workflow.train_requested()
    assert later.status == Status.REJECTED
    assert "was trained elsewhere" in later.reason
    site = SiteSettings.objects.current()
    known = lessons(version.taxonomy, site, 0, version.backend)
    ground = known_ground(version, registry.load(version), known, lambda words: None)
    assert len(ground.labelled) == 0 and "trained elsewhere" in ground.words


def test_annotations_between_two_nights_make_no_refresh_of_it(tmp_path, categories, audit, pool,
                                                             annotate):  # fmt: skip
    decide(order_every=1)
    version = register(folder_of(tmp_path, categories, "production"))
    annotate(pool[0], "ARTS")
    score_waiting_grants()
    assert version.status == Status.ACTIVE
    assert not ModelVersion.objects.refreshes_of(version).exists()


def test_categories_are_matched_by_code_and_the_others_are_named(tmp_path, categories, audit):
    snapshot = elsewhere(categories)
    names = [snapshot.categories[1], snapshot.categories[0].__class__(
        "OLD", "subject", "Old", (), "", "", (), "", "")]  # fmt: skip
    version = register(folder_of(tmp_path, categories, names=names))
    assert "Not in the taxonomy, of its categories: 1 (OLD)." in version.reason
    missing = sorted(set(WORDS) - {snapshot.categories[1].code})
    assert f"knows nothing: 2 ({', '.join(missing)})." in version.reason


def test_one_of_another_taxonomy_is_refused(tmp_path, categories, audit):
    one = elsewhere(categories).categories[0]
    names = [one.__class__("OLD", "subject", "Old", (), "", "", (), "", "")]
    with pytest.raises(CannotRegister, match=r"None of its 1 categories \(OLD\)"):
        register(folder_of(tmp_path, categories, names=names))
    assert not ModelVersion.objects.filter(kind="foreign").exists()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("changed", "has the SHA-256"),
        ("no note", "says backend and SHA-256"),
        ("another kind", "it holds 'linear_svm'"),
        ("no kind", "There is no backend 'oracle'"),
        ("with code", "is refused"),
    ],
)
def test_a_file_that_is_not_what_its_note_says_is_refused(tmp_path, categories, audit, harm, said):
    folder = folder_of(tmp_path, categories)
    file, note = folder / "model.skops", folder / "model.json"
    if harm == "changed":
        file.write_bytes(file.read_bytes() + b"x")
    elif harm == "no note":
        note.unlink()
    elif harm == "with code":
        data = registering_code()
        file.write_bytes(data)
        note.write_text(json.dumps({"backend": "sgd", "sha256": sha256_of(data)}))
    else:
        kind = "sgd" if harm == "another kind" else "oracle"
        note.write_text(json.dumps({"backend": kind, "sha256": sha256_of(file.read_bytes())}))
    with pytest.raises(CommandError, match=said):
        typed(folder)
    assert not ModelVersion.objects.filter(kind="foreign").exists()


def registering_code():
    import skops.io

    return skops.io.dumps({"format": 1, "run": np.testing.assert_equal})


def sha256_of(data):
    return hashlib.sha256(data).hexdigest()


def test_the_hash_and_the_kind_that_are_typed_must_be_its_own(tmp_path, categories, audit):
    folder = folder_of(tmp_path, categories)
    with pytest.raises(CommandError, match="and not '0000"):
        typed(folder, "--sha256", "0" * 64)
    with pytest.raises(CommandError, match="trained with 'linear_svm', and not with 'sgd'"):
        typed(folder, "--backend", "sgd")
    path = packed_of(folder)
    typed(path, "--sha256", sha256_of(path.read_bytes()), "--backend", "linear_svm")


def test_while_a_training_runs_nothing_is_registered(tmp_path, labelled_grants, categories, audit):
    request_training()
    running = take_training()
    with pytest.raises(NoSuchTraining, match=f"{running} is in training"):
        register(folder_of(tmp_path, categories))
    assert not ModelVersion.objects.filter(kind="foreign").exists()
    assert not AuditEvent.objects.filter(action="model version registered").exists()


def test_one_whose_command_died_is_not_trained_in_its_place(labelled_grants):
    version = registering.begin_registration("linear_svm", "0" * 64)
    request_training()
    assert take_training() is None  # one at a time
    long_ago = timezone.now() - timedelta(minutes=10)
    ModelVersion.objects.filter(pk=version.pk).update(heartbeat_at=long_ago)
    assert take_training() is None
    version.refresh_from_db()
    assert (version.status, "Type it again" in version.error) == (Status.FAILED, True)
    assert take_training() is not None  # the request that waited


def test_what_breaks_on_the_way_is_told_in_its_row(tmp_path, categories, audit, monkeypatch):
    folder = folder_of(tmp_path, categories)
    monkeypatch.setattr(registry.artifacts, "write", lambda *_: "0" * 64)  # a disk that forgets
    with pytest.raises(registering.CorruptArtifact):
        register(folder)
    version = ModelVersion.objects.get(kind="foreign")
    assert (version.status, "is missing" in version.error) == (Status.FAILED, True)
    assert ModelVersion.objects.active() != version


@pytest.fixture
def model_bin(tmp_path):
    """What fastText writes, with a label that is no category here."""
    return written_by_fasttext(tmp_path, list(WORDS))


def written_by_fasttext(tmp_path, names):
    codes = list(WORDS)
    texts = [(names[n % 3], text_about(codes[n % 3], n)) for n in range(90)]
    texts.append(("OLD", "old words of long ago"))
    words = sorted({word for _, text in texts for word in text.split()})
    lines = [f"__label__{code} {text}" for code, text in texts]
    path = tmp_path / "model.bin"
    path.write_bytes(trained(lines, words, Learning(dim=8), seed=0).data)
    return path


def test_fasttext_s_file_is_calibrated_on_audit_grants_and_served(categories, audit, pool,
                                                                  model_bin):  # fmt: skip
    said = typed(model_bin, "--sha256", sha256_of(model_bin.read_bytes()))
    version = ModelVersion.objects.active()
    assert (version.kind, version.backend) == ("foreign", "fasttext")
    assert "on 54 audit grants, each of which is measured by a calibration on others" in said
    assert "__label__OLD" in version.reason
    assert set(version.library_versions) == {*registry.LIBRARIES, "fasttext-numpy2-wheel"}
    assert any("rest on the 54 audit grants" in limit for limit in card_of(version).limits)
    score_waiting_grants()
    sport = Suggestion.objects.filter(grant__title="Waiting SPORT", rank=1)
    assert sport.get().category.code == "SPORT"


def test_whoever_measures_it_later_reads_each_grant_unseen_as_the_gate_did(categories, audit,
                                                                           model_bin):  # fmt: skip
    version = register(model_bin, sha256=sha256_of(model_bin.read_bytes()))
    model, site = registry.load(version), SiteSettings.objects.current()

    def ground():
        known = lessons(version.taxonomy, site, 0, version.backend)
        return known_ground(version, model, known, lambda words: None)

    found = ground()
    assert found.words.startswith("54 audit grants") and "54 of them set its calibr" in found.words
    right = (found.said.decided & (found.labelled.y > 0)).sum()
    value = 2 * right / (found.said.decided.sum() + found.labelled.y.sum())
    assert version.metrics["figures"]["micro_f1"]["value"] == pytest.approx(value)
    own = model.predict_proba(found.labelled.corpus)
    assert not np.allclose(found.said.proba, own)
    # What is answered afterwards its calibration has not seen.
    late = GrantFactory(title="Late", description=text_about("SPORT", 40), stream="audit")
    LabelFactory(grant=late, category=categories["SPORT"])
    again = ground()
    row = again.labelled.grant_ids.index(late.pk)
    [alone] = model.predict_proba(again.labelled.corpus.take(np.array([row])))
    assert again.said.proba[row] == pytest.approx(alone)
    others = np.delete(np.arange(len(again.labelled)), row)
    assert not np.allclose(again.said.proba[others], own)
    # Of one that was stored without their keys any grant may be among them.
    del version.metrics["registered"]["calibrating_ids"]
    assert not np.allclose(ground().said.proba[row], alone)


def test_numbers_of_fasttext_s_file_are_read_by_their_class_map(tmp_path, categories, audit):
    path, classes = written_by_fasttext(tmp_path, ["1", "2", "3"]), tmp_path / "classes.json"
    words = (path, "--sha256", sha256_of(path.read_bytes()), "--class-map", classes)
    with pytest.raises(CommandError, match=r"classes\.json cannot be opened"):
        typed(*words)
    classes.write_text('{"1": "NOWHERE"}')
    with pytest.raises(CommandError, match="class map cannot be used: its number 1 is 'NOWHERE'"):
        typed(*words)
    classes.write_text(json.dumps({"1": "ARTS", "2": "SPORT"}))
    said = typed(*words)
    assert "its categories: 2 (__label__3, __label__OLD)" in said
    assert "knows nothing: 1 (GARDEN)" in said
    with pytest.raises(CommandError, match=r"goes with model\.bin alone"):
        typed(folder_of(tmp_path, categories), "--class-map", classes)


def test_fasttext_s_file_is_not_parsed_without_its_hash(categories, audit, model_bin):
    with pytest.raises(CommandError, match="Name it with --sha256"):
        typed(model_bin)
    with pytest.raises(CommandError, match="and not '1111"):
        typed(model_bin, "--sha256", "1" * 64)
    model_bin.write_bytes(model_bin.read_bytes()[:200])
    with pytest.raises(CommandError):
        typed(model_bin, "--sha256", sha256_of(model_bin.read_bytes()))
    assert not ModelVersion.objects.filter(kind="foreign").exists()


def test_while_its_library_is_missing_the_version_stays_active(
    categories, audit, pool, model_bin, monkeypatch
):
    version = register(model_bin, sha256=sha256_of(model_bin.read_bytes()))
    score_waiting_grants()
    before = list(Suggestion.objects.order_by("pk").values_list("pk", "score"))
    late = GrantFactory(title="Late", description=text_about("SPORT", 3), queued=True)
    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(sys.modules, "fasttext", None)  # as where it is not installed
        elsewhere.setattr(serving, "_loaded", [])
        with pytest.raises(registry.LibraryMissing, match=r"Install fastText: pip install"):
            registry.load_active()
        assert score_waiting_grants() == 0
        words = serving.active_version()
        [found] = words.classify([f"sport {text_about('SPORT', 3)}"], 3)
        assert (found[0].category, found[0].lexical) == ("SPORT", True)
        assert words.name == str(ModelVersion.objects.get(kind="lexical"))
        assert serving.active_version() is words  # and is not made anew for each question
        start_sprint(AdministratorFactory(), categories["ARTS"])
        assert fill_requested_sprints() == 1
    assert list(Suggestion.objects.order_by("pk").values_list("pk", "score")) == before
    version.refresh_from_db()
    assert (version.status, version.error) == (Status.ACTIVE, "")
    assert score_waiting_grants() == 1
    assert late.suggestions.get(rank=1).category.code == "SPORT"


def test_a_folder_whose_library_is_missing_says_what_to_install(
    tmp_path, categories, audit, monkeypatch
):
    folder = folder_of(tmp_path, categories, "fasttext")
    monkeypatch.setitem(sys.modules, "fasttext", None)
    with pytest.raises(CommandError, match=r"'fasttext' cannot run here\. Install fastText"):
        typed(folder)
    assert not ModelVersion.objects.filter(kind="foreign").exists()


def test_fasttext_s_file_needs_audit_grants_to_be_calibrated(categories, model_bin):
    with pytest.raises(CommandError, match="there are 0"):
        typed(model_bin, "--sha256", sha256_of(model_bin.read_bytes()))
