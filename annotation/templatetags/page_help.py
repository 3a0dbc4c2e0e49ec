"""What each page is for, and the words on it that need saying; the header's Help shows both."""

from django import template

from annotation.templatetags.account_pages import ACCOUNT_PAGES
from annotation.templatetags.experiment_pages import EXPERIMENT_PAGES
from annotation.templatetags.terms import TERMS

register = template.Library()

# By the name of the URL: what the page is for, in a paragraph, and the words to explain on it.
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "annotate": (
        "Here you decide which categories a grant belongs to, one grant after the other. The "
        "model has ticked what it is fairly sure of: untick what is wrong, add what is missing, "
        "then save and go on to the next. Nothing counts until you save, and the last annotation "
        "can be taken back.",
        ("suggestion", "threshold", "evidence", "outcome", "audit", "claim"),
    ),
    "my_work": (
        "What you have done: today, over the last seven days, and annotation by annotation. Change "
        "opens a past one again, filled in as you left it; what you save then takes its place, "
        "and both stay in the history. Your figures are seen by you and the administrators only.",
        ("decision", "blind", "agreement", "adjudication", "interval"),
    ),
    "guidelines": (
        "What the people here have agreed on, so that two who read one grant choose the same "
        "categories. Administrators write it; each edit is a version, and older ones can be read.",
        ("none fits", "not enough text"),
    ),
    "guidelines_version": (
        "The guidelines as one version had them, with what it changed in the one before.",
        (),
    ),
    "edit_guidelines": (
        "Here the guidelines are written, in Markdown. Preview shows them without saving; saving "
        "makes a new version, and none is ever lost.",
        (),
    ),
    "sprints": (
        "A sprint asks about one category only: yes or no, one key a grant, on grants that are "
        "likely to fit and some drawn at random. It is the quickest way to give a thin category "
        "its first examples.",
        ("band", "sprint"),
    ),
    "sprint": (
        "Does this one category fit the grant? Press y, n or k; u takes the last one back. "
        "Nothing else about the grant is decided, and it keeps its place in the queue.",
        ("sprint", "evidence"),
    ),
    "adjudicate_next": (
        "Grants that two people annotated differently come here, one after the other, to be "
        "decided. One key takes what one of them said, or what most of them say; Shift and a "
        "number turns a single row. What they said stays in the history.",
        ("adjudication", "facet"),
    ),
    "notices": (
        "What somebody should look at: a training that failed or was refused, a night that did not "
        "end, drift, thin categories that begin to be suggested, a disk that fills up, wrong "
        "figures. Each says what to do, and goes when its cause has ended.",
        ("gate",),
    ),
    "slices": (
        "Coverage and quality of parts of the grants: by place, program, recipient, year and "
        "length of text. It names the parts that are worse than the whole beyond chance, and the "
        "categories that are always left to a person.",
        ("F1", "interval", "audit"),
    ),
    "drift": (
        "Whether grants, predictions or corrections are other than they used to be: words of new "
        "grants, what is predicted in each facet, and how often people take a tick away. What "
        "alarms is a notice, too.",
        ("interval", "suggestion"),
    ),
    "settings": (
        "What staff decide about the site: the text that is read, facets, shares of the queue, "
        "the nightly hour. Each change holds at once and is noted with who made it.",
        ("audit", "blind", "facet", "threshold", "turn"),
    ),
    "sagemaker": (
        "Where in an AWS account of yours Amazon’s BlazingText may train models, what leaves this "
        "machine for it, and what it costs. Nothing is sent before an administrator has ticked the "
        "statement, and another region or bucket asks again.",
        ("gate",),
    ),
    "version": (
        "The whole life of one model version: what trained it, how it measured, why it was "
        "promoted or refused, and when.",
        ("F1", "calibration error", "corrections a grant", "gate", "interval", "audit"),
    ),
    "category": (
        "One category: its words, its examples, and its keyword rule. A rule can be tried on "
        "labelled grants before it is saved; it helps the model as one more sign. Examples that "
        "are wanted bring likely grants sooner.",
        ("band", "retired", "interval", "turn"),
    ),
    "merge_category": (
        "Asks for the category that is to stand for this one, and shows what would change.",
        ("retired",),
    ),
    "part_category": ("Asks once more before a merging is taken back.", ("retired",)),
    "grants": (
        "All grants that have been imported. Search their words, or narrow the list by category, "
        "state, program or year; the address keeps the search, so that you can bookmark it or "
        "pass it on. A grant's title opens everything that is known of it.",
        ("suggestion", "audit"),
    ),
    "grant": (
        "Everything that is known of one grant: its text and facts, who annotated it how and when, "
        "what each person was shown, the labels it came with, and what the model suggests now. "
        "Annotations are never deleted; a newer one supersedes the older.",
        ("decision", "outcome", "suggestion", "audit", "blind"),
    ),
    "export": (
        "Take the work out as files: grants with the categories that stand for them, every "
        "decision with what was shown, sprint decisions, or the taxonomy. The filter of the list "
        "of grants is kept. Each export is noted in the audit log.",
        ("decision", "threshold", "outcome"),
    ),
    "coverage": (
        "How many labelled grants each category has, the thinnest first, and how far the model can "
        "be trusted there. The model learns a category from its examples, so thin ones are where "
        "more annotations help most: ask for one, start a sprint, or set a target from its row.",
        ("band", "facet", "suggestion", "interval", "audit"),
    ),
    "quality": (
        "How far the model can be trusted, and where: by facet, level, number of examples and "
        "category, beside what keyword rules alone would do. No figure stands without its interval "
        "and the number of grants behind it; under ten there is none.",
        (
            "F1",
            "calibration error of the shown",
            "calibration error",
            "corrections a grant",
            "interval",
            "audit",
        ),
    ),
    "near_miss": (
        "Grants in which the model ticked a neighbour of the right category. They are worth a look "
        "when a definition or a keyword rule may be unclear.",
        ("audit", "suggestion"),
    ),
    "label_errors": (
        "Labels that a model which had not seen them does not believe, and categories that it "
        "misses where nobody chose them. Send the worst to be checked: somebody else decides the "
        "grant once more, without suggestions and without being told what is in doubt.",
        ("blind", "adjudication", "interval"),
    ),
    "versions": (
        "Every training of the model and what became of it. One version is active and makes the "
        "suggestions. A new one takes over only when it passes the gate; you can ask for a "
        "training now, promote a version or go back to an older one, and no annotation changes.",
        (
            "F1",
            "calibration error",
            "corrections a grant",
            "gate",
            "interval",
            "audit",
            "threshold",
        ),
    ),
    "model_card": (
        "What a version learned from, what it reaches and where it falls short, on one page to "
        "print or to pass on. All of it follows from what is stored.",
        ("F1", "interval", "audit", "calibration error", "corrections a grant"),
    ),
    "compare_versions": (
        "Two model versions on the same grants: every measure and every category, with what "
        "changed and how sure that is.",
        ("F1", "calibration error", "corrections a grant", "interval", "audit"),
    ),
    "stop": ("Asks once more before a training is stopped. The active version stays.", ()),
    "promote": (
        "Asks once more before another version makes the suggestions, and says what will change. "
        "What people annotated stays as it is.",
        ("gate",),
    ),
    "audit_log": (
        "Everything that administrators, commands and the night have done here: promotions, "
        "imports, exports, changes of settings, roles, rules and the taxonomy. Nothing in it can "
        "be changed or deleted.",
        ("gate",),
    ),
    "agreement": (
        "How alike people decide the same grants, each by themselves: over all, by facet and "
        "level, and by category. Little agreement on a category says that its words or the "
        "guidelines leave room, not that somebody is careless.",
        ("agreement", "blind", "facet", "interval"),
    ),
    **EXPERIMENT_PAGES,
    "imports": (
        "Bring your own taxonomy in first, then your grants. A file is checked before anything is "
        "stored: you see what would happen, row by row, and then decide. Importing the same file "
        "again changes nothing.",
        ("facet", "retired"),
    ),
    "import_run": (
        "One file on its way in. Faulty rows are named and left out, and do not cost the rest. "
        "Nothing is stored before you press Import, and a whole import can be undone while nobody "
        "has annotated its grants.",
        ("profile", "retired", "audit"),
    ),
    "import_undo": ("Asks once more before the grants of an import are deleted.", ()),
    "demonstration": (
        "Removes the invented grants and the taxonomy that came with the site, before you import "
        "your own.",
        (),
    ),
    **ACCOUNT_PAGES,
}


# Addresses that show the page of another: one of many, or again with what was wrong.
SAME_AS = {
    "adjudicate": "adjudicate_next",
    "audit_log_csv": "audit_log",
    "check_labels": "label_errors",
    "uncheck_labels": "label_errors",
    "export_file": "export",
    "import_columns": "import_run",
    "import_start": "import_run",
    "start_backend_comparison": "backend_comparisons",
}


@register.inclusion_tag("help/_menu.html", takes_context=True)
def page_help(context) -> dict:
    """Help in the header: about this page, the words on it, and the way to the rest."""
    text, words = _of(context)
    person = context["request"].user
    return {
        "text": text,
        "terms": [(word, TERMS[word]) for word in words],
        "is_at_work": not person.must_change_password,
    }


@register.simple_tag(takes_context=True)
def about(context) -> str:
    """The paragraph alone, for pages without a header."""
    return _of(context)[0]


def _of(context) -> tuple[str, tuple[str, ...]]:
    match = context["request"].resolver_match
    name = match.url_name if match else ""
    return PAGES.get(SAME_AS.get(name, name), ("", ()))
