"""Questions before a deed: in a dialog, or as a page of their own where there is no script."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import render

from annotation.errors import NotAllowed, PersonRefused
from annotation.views.gate import go_to


@dataclass(frozen=True)
class Question:
    """What a dialog asks, says will happen, and offers."""

    page: str
    title: str
    text: str
    button: str
    back: str
    done: str
    is_loss: bool = True
    value: str = ""


def confirm(request, template: str, context: dict, status: int = 200):
    """The question in a dialog, or as a page of its own where there is no script."""
    if not request.htmx:
        context, template = context | {"question": template}, "confirm.html"
    return render(request, template, context, status=status)


def ask(request, question: Question, deed):
    """Ask on GET; do it on POST, and go back with a word of what was done."""
    context = {"ask": question, "page": question.page}
    if request.method == "GET":
        return confirm(request, "pieces/_question.html", context)
    try:
        deed()
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except PersonRefused as error:
        context["problem"] = error
        return confirm(request, "pieces/_question.html", context, status=409)
    messages.success(request, question.done)
    return go_to(request, question.back)
