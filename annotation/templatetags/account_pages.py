"""What the pages of accounts are for: other people's, one's own, the way in and the tour."""

# As PAGES in page_help.
ACCOUNT_PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "people": (
        "Who may come in. Invite somebody, and pass on the link that opens once; they choose a "
        "password that you never know. A name opens what that person has open and what you can "
        "do about it. Below: what each has done and how alike they decide, by name, not by rank.",
        ("token", "agreement", "blind", "adjudication", "interval"),
    ),
    "person": (
        "One person's account: role, open sessions and tokens. Resetting, deactivating or another "
        "role ends what they have open at once; their annotations stay.",
        ("token",),
    ),
    "invite": ("Makes an account and the link by which its owner chooses a password.", ()),
    "role": ("Asks once more before somebody gets another role.", ()),
    "deactivate": ("Asks once more before an account is shut. The annotations stay.", ()),
    "reactivate": ("Asks once more before an account is opened again.", ()),
    "reset": ("Asks once more before a password is made void and a link is made.", ()),
    "end_all": ("Asks once more before everything that a person has open is ended.", ()),
    "account": (
        "Your own account: where you are signed in, and the tokens of your programs. End what you "
        "do not know, and change your password if somebody else may have it.",
        ("token",),
    ),
    "make_token": ("Makes a key to the API. It is shown once.", ("token",)),
    "end_others": ("Asks once more before your other sessions and tokens end.", ()),
    "end_session": ("Asks once more before one browser is signed out.", ()),
    "revoke_token": ("Asks once more before a token stops working.", ("token",)),
    "change_password": (
        "Choose a password that only you know: 12 characters or more, not like your name, not "
        "digits alone, and none of the very common ones.",
        (),
    ),
    "one_time_link": (
        "Somebody who administers this site made this link for you. It opens once, to let you "
        "choose your own password; then you sign in with it.",
        (),
    ),
    "sign_in": (
        "This site is where grant texts are annotated with categories. Accounts are given out by "
        "its administrators: ask one of them for a link if you have none.",
        (),
    ),
    "help": ("The whole guide: what to press, what each word means, what is stored.", ()),
    "tour": ("Three short pages about what this is, what to press, and where to begin.", ()),
}
