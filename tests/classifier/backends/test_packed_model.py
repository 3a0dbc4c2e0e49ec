"""A model's files from elsewhere: what is read, and what is refused before anything is parsed."""

import hashlib
import io
import os
import tarfile

import pytest

from classifier.backends import packed_model
from classifier.backends.packed_model import NoModel, packed


def tar(folder, *members, mode="w:gz"):
    """An archive of (name, bytes or a ready TarInfo)."""
    path = folder / "model.tar.gz"
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def entry(name, kind, target=""):
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return name, found


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("dot", ["", "./"])
def test_an_archive_is_read_whatever_else_lies_in_it(tmp_path, mode, dot):
    members = [entry(f"{dot}code", tarfile.DIRTYPE), (f"{dot}code/run.py", b"raise"),
               (f"{dot}model.bin", b"bytes")]  # fmt: skip
    path = tar(tmp_path, *members, mode=mode)
    found = packed(path)
    assert found.files == {"model.bin": b"bytes"}
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sorted(os.listdir(tmp_path)) == ["model.tar.gz"]  # nothing was unpacked


@pytest.mark.parametrize(
    "bad",
    [
        ("../model.bin", b"x"),
        ("/model.bin", b"x"),
        ("a/../../model.bin", b"x"),
        entry("model.bin", tarfile.SYMTYPE, "/etc/passwd"),
        entry("model.bin", tarfile.LNKTYPE, "model.json"),
        entry("model.bin", tarfile.FIFOTYPE),
        entry("model.bin", tarfile.CHRTYPE),
        entry("../..", tarfile.DIRTYPE),
    ],
    ids=lambda bad: bad[0],
)
def test_what_no_model_s_archive_holds_is_refused(tmp_path, bad):
    with pytest.raises(NoModel, match="which no model has"):
        packed(tar(tmp_path, ("model.skops", b"x"), bad))


def test_an_archive_ends_at_its_limits(tmp_path, monkeypatch):
    with pytest.raises(NoModel, match="more than 100 files"):
        packed(tar(tmp_path, *((f"{n}", b"") for n in range(101)), ("model.bin", b"x")))
    monkeypatch.setattr(packed_model, "MOST_BYTES", 10_000)
    with pytest.raises(NoModel, match="10,000 bytes"):
        packed(tar(tmp_path, ("other", bytes(6_000)), ("model.bin", bytes(6_000))))
    with pytest.raises(NoModel, match="twice"):
        packed(tar(tmp_path, ("model.bin", b"x"), ("./model.bin", b"y")))
    monkeypatch.setattr(packed_model, "LONGEST_NOTE", 100)
    with pytest.raises(NoModel, match=r"model\.json has more than 100 bytes"):
        packed(tar(tmp_path, ("model.json", bytes(101)), ("model.bin", b"x")))


def test_a_folder_and_a_file_are_read_within_the_same_limits(tmp_path, monkeypatch):
    (tmp_path / "model.bin").write_bytes(b"0123456789")
    assert packed(tmp_path).files == packed(tmp_path / "model.bin").files
    monkeypatch.setattr(packed_model, "MOST_BYTES", 9)
    for path in (tmp_path, tmp_path / "model.bin"):
        with pytest.raises(NoModel, match="more than 9 bytes"):
            packed(path)


def test_what_is_no_model_at_all_is_said(tmp_path):
    for name, content, said in (
        ("empty.tar.gz", b"", "neither a folder nor a whole tar archive"),
        ("noise.tar.gz", os.urandom(600), "neither a folder nor a whole tar archive"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(NoModel, match=said):
            packed(tmp_path / name)
    with pytest.raises(NoModel, match="cannot be read"):
        packed(tmp_path / "gone.tar.gz")
    with pytest.raises(NoModel, match="holds neither"):
        packed(tar(tmp_path, ("readme", b"x")))
    whole = tar(tmp_path, ("model.bin", os.urandom(50_000))).read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[:30_000])
    with pytest.raises(NoModel, match="neither a folder nor a whole tar archive"):
        packed(tmp_path / "cut.tar.gz")


def test_a_hash_is_that_of_the_archive_or_of_the_file(tmp_path):
    path = tar(tmp_path, ("model.bin", b"bytes"))
    found = packed(path)
    for data in (path.read_bytes(), b"bytes"):
        sha256 = hashlib.sha256(data).hexdigest()
        assert found.checked("model.bin", sha256.upper()) == b"bytes"
    for wrong in ("", "0" * 64):
        with pytest.raises(NoModel, match="and not"):
            found.checked("model.bin", wrong)
    folder = packed_model.Packed({"model.bin": b"bytes"}, "")
    with pytest.raises(NoModel, match="and not ''"):
        folder.checked("model.bin", "")


@pytest.mark.parametrize(
    "note",
    [None, b"", b"[]", b"{}", b'{"backend": "sgd"}', b"\xff", b"[" * 99_999],
    ids=["none", "empty", "list", "object", "half", "noise", "deep"],
)
def test_a_note_that_says_too_little_is_refused(note):
    files = {"model.skops": b"x"} | ({} if note is None else {"model.json": note})
    with pytest.raises(NoModel, match="says backend and SHA-256"):
        packed_model.Packed(files, "").note()
