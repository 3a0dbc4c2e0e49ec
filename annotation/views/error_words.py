"""What an error page says: what happened, and what to do. One entry a case."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """``title`` and ``text`` for people; ``detail`` for programs, which press no buttons."""

    title: str
    text: str
    detail: str


WORDS = {
    400: Words(
        "The request could not be read",
        "Something in the address or the form does not make sense to the site, so nothing was "
        "changed. Go back, reload the page and try again.",
        "The request could not be read. Check its address, headers and body.",
    ),
    403: Words(
        "This page is not for you",
        "It belongs to administrators, and nothing was changed. Ask one of them if you need what "
        "is on it.",
        "This belongs to administrators.",
    ),
    404: Words(
        "There is no such page",
        "The address is wrong, or what it named has been removed. Check the address, or find "
        "the grant by its reference in the list of grants.",
        "There is nothing at this address. GET /api/schema/ lists every address.",
    ),
    405: Words(
        "This address only takes what a button sends",
        "It cannot be opened by itself. Nothing was changed. Go back to the page with the button.",
        "This address does not take that method; the header Allow names those it takes.",
    ),
    409: Words(
        "Something has changed meanwhile",
        "Nothing was saved. Reload the page that you came from to see how things are now.",
        "The state has changed meanwhile. Read it again, then decide.",
    ),
    411: Words(
        "The length is not known",
        "What was sent does not say how long it is, so nothing of it was read. A browser always "
        "says so; if something stands between it and the site, that must say so, too.",
        "Send the header Content-Length: a body in chunks (Transfer-Encoding) is not read.",
    ),
    412: Words(
        "It has been changed meanwhile",
        "What stands now is not what you had before you, so nothing was saved. Reload the page "
        "to see it, then change it again.",
        "Something else stands by now. Read it again, then decide.",
    ),
    413: Words(
        "That is too much at once",
        "Nothing was kept. A form may hold 1 MB: send less at once. Files go through the page "
        "Import, larger ones by command on the machine that runs the site.",
        "The body is too large; at most 1 MB is taken. Send less at once.",
    ),
    422: Words(
        "That cannot be done as asked",
        "Nothing was saved. Go back, change what is named here, and send it again.",
        "The request was understood, but what it asks cannot be done.",
    ),
    429: Words(
        "Too many requests at once",
        "Nothing was changed. Wait a minute and try again; a program should send fewer texts at a "
        "time, or wait as long as the header Retry-After says.",
        "Too many requests. Wait as long as the header Retry-After says, then send it again.",
    ),
    500: Words(
        "Something went wrong on our side",
        "Nothing of this request was saved, and the fault is logged. Try again in a minute; what "
        "you had ticked on the annotating page is kept in this browser. If it comes again, tell "
        "whoever runs the site the reference below.",
        "Something went wrong on our side. It is logged. Send the same request again, with the "
        "same Idempotency-Key.",
    ),
    503: Words(
        "The site cannot reach its database",
        "Nothing of this request was saved. Try again in a minute; what you had ticked on the "
        "annotating page is kept in this browser. If it lasts, tell whoever runs the site.",
        "The database is away. Send the same request again later, with the same Idempotency-Key.",
    ),
}
BUSY = Words(
    "The database is too busy",
    "It did not answer in time, so nothing of this request was saved. Try again in a minute, and "
    "search for less at once if you were searching; what you had ticked on the annotating page "
    "is kept in this browser.",
    "The database did not answer in time. Send the same request again later, with the same "
    "Idempotency-Key.",
)
STALE = Words(
    "This page is out of date",
    "You signed in or out since it was opened, or the browser refused its cookie, so nothing "
    "was changed. Reload the page and try again; what you had ticked is kept in this browser.",
    "The CSRF token is missing or wrong. Programs use a token of the API in place of a session.",
)


def too_large_file(megabytes: int) -> Words:
    return Words(
        "The file is too large",
        f"At most {megabytes} MB can be sent from the browser, and nothing was kept. Pack a CSV "
        "file with gzip, part it, or import it on the machine that runs the site: "
        "python manage.py import_grants FILE",
        f"At most {megabytes} MB can be sent, and nothing was kept.",
    )
