"""The annotating page's style sheet and script hold every source once, in order."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.contrib.staticfiles.finders import find

from classie_site import bundles

SOURCES = Path(bundles.SOURCES)


def test_the_script_holds_every_module_of_the_page_once_and_imports_nothing():
    names = re.findall(r"^// (js/\S+)$", bundles.script(), re.M)
    modules = {f"js/annotate/{path.name}" for path in (SOURCES / "js" / "annotate").iterdir()}
    assert len(names) == len(set(names))
    shared = {f"js/{name}.js" for name in ("app", "dom", "dialogs", "refused", "taxonomy")}
    assert set(names) == modules | shared
    assert not re.search(r"^(import|export)\b", bundles.script(), re.M)


def test_a_module_comes_after_what_it_imports():
    names = re.findall(r"^// (js/\S+)$", bundles.script(), re.M)
    for name in names:
        for path in re.findall(r'from "(\.[^"]+)"', (SOURCES / name).read_text()):
            assert names.index(bundles._beside(name, path)) < names.index(name)


def test_the_style_sheets_stand_in_the_order_of_every_page():
    base = (SOURCES.parent / "templates" / "base.html").read_text()
    linked = re.findall(r"css/(\w+)\.css", base)
    assert [name for name in bundles.STYLES if name != "annotate"] == linked


def test_a_circle_or_an_unknown_form_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, "SOURCES", tmp_path)
    monkeypatch.setattr(bundles, "SCRIPTS", ["a.js"])
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    with pytest.raises(ValueError, match="Cut the circle"):
        bundles.script()
    (tmp_path / "a.js").write_text("export default 1;\n")
    with pytest.raises(ValueError, match="cannot bundle 'export default 1;'"):
        bundles.script()


def test_what_is_for_readers_stays_at_home():
    for text, comment in ((bundles.script(), r"^\s*//(?! js/)"), (bundles.style_sheet(), r"/\*")):
        assert not re.search(comment, text, re.M)
        assert not re.search(r"^\s|\n\n", text)
    assert 'content: " · "' in bundles.style_sheet()


def test_a_text_of_several_lines_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, "SOURCES", tmp_path)
    monkeypatch.setattr(bundles, "SCRIPTS", ["a.js"])
    (tmp_path / "a.js").write_text("const a = `one\n  two`;\n")
    with pytest.raises(ValueError, match="Write it on one"):
        bundles.script()


def test_a_bundle_is_a_static_file_and_follows_its_sources(settings, tmp_path, monkeypatch):
    settings.BUNDLES = tmp_path
    monkeypatch.setitem(bundles.BUNDLES, "bundle/annotate.css", lambda: "a {}")
    finder = bundles.Finder()
    found = Path(finder.find("bundle/annotate.css"))
    assert found.read_text() == "a {}"
    before = found.stat().st_mtime_ns
    assert dict(finder.list([])).keys() == bundles.BUNDLES.keys()
    assert found.stat().st_mtime_ns == before
    monkeypatch.setitem(bundles.BUNDLES, "bundle/annotate.css", lambda: "b {}")
    assert Path(finder.find("bundle/annotate.css")).read_text() == "b {}"
    assert finder.find("bundle/nothing.css") == []
    assert find("bundle/annotate.js")


def test_threads_that_want_it_at_once_all_find_it_whole(tmp_path, settings, monkeypatch):
    """The first page that is opened asks for the style sheet and the script together."""
    settings.BUNDLES, together = tmp_path, Barrier(4)

    def build():
        together.wait(30)  # all have seen that it is not there yet
        return "whole"

    monkeypatch.setattr(bundles, "BUNDLES", {"bundle/annotate.js": build})
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: bundles.Finder().find("bundle/annotate.js"), range(4)))
    assert {Path(path).read_text() for path in found} == {"whole"}
    assert [path.name for path in (tmp_path / "bundle").iterdir()] == ["annotate.js"]
