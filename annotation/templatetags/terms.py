"""Words of the site that need saying, in one or two sentences each."""

TERMS = {
    "adjudication": "An administrator's decision where annotators differ. It becomes the label; "
    "what each of them said stays as it was.",
    "agreement": "How alike people decide, as Krippendorff's alpha: 1 is the same always, 0 what "
    "chance would give, below 0 worse. Sets are compared with all categories above them.",
    "audit": "A grant drawn by lot to measure the model. You decide it without suggestions, and "
    "the model never learns from it, so the figures stay honest.",
    "band": "How many labelled grants a category has: none, 1 to 4, 5 to 9, 10 to 49, 50 or "
    "more. Under ten is thin: the model knows too little of it.",
    "blind": "Shown without suggestions and without what others said, so that the annotation is "
    "your own.",
    "calibration error": "How far, on average, a probability is from the share that comes true, 0 "
    "to 1: of all categories at 70 % some 70 in 100 should be right. Lower is better. It counts "
    "every category of 1 % or more, most of which nobody is shown.",
    "calibration error of the shown": "The same over what annotators are shown alone: what is "
    "ticked, and the next five of each facet. It is mostly the larger of the two.",
    "claim": "While you have a grant open, nobody else gets it. A claim runs out when you are away "
    "for long, and ends when you save, skip or sign out.",
    "corrections a grant": "How many categories a person would have to untick or add, on average, "
    "to make the model's ticks right. Lower is better.",
    "decision": "What became of one category in an annotation: accepted, rejected, added by you, "
    "or shown and left alone. Only what you save counts.",
    "evidence": "The words of the text that speak for a suggestion. They are marked when the "
    "suggestion has the focus.",
    "F1": "How right the ticks are, 0 to 1, from precision (right among the ticked) and recall "
    "(ticked among the right). Micro counts each category of each grant alike, macro each category "
    "alike, rare ones as well; hierarchical gives a near miss in the same branch a part of it.",
    "facet": "One side of the taxonomy, such as Subject or Population. Each facet is decided on "
    "its own.",
    "gate": "The test that a new model version has to pass: on the same grants it must not be "
    "worse than the active one. If it is, nothing changes for annotators.",
    "interval": "The range in which the true figure lies in 95 of 100 cases. Fewer measured grants "
    "make it wider.",
    "none fits": "You have read the text, and no category of this facet is right.",
    "not enough text": "The text does not say enough to choose a category of this facet.",
    "outcome": "How a facet came out: labelled, none fits, not enough text, or general public. "
    "A required facet wants one before you save.",
    "profile": "What each column of a file becomes, kept under a name. The next file with the same "
    "columns is filled in.",
    "retired": "No longer offered, and kept in old annotations. Categories are never deleted.",
    "sprint": "A series of grants about which one category only is asked, yes or no.",
    "suggestion": "A category that the model thinks fits, with its probability. It is only a "
    "suggestion until you save.",
    "threshold": "The probability from which a suggestion comes ticked. Below it, a suggestion is "
    "shown unticked, or folded under “Also consider”.",
    "turn": "A grant being handed out. The streams of the queue take turns by the shares in the "
    "settings: drawn at random, least sure, few examples of a category, large amounts, audit.",
    "token": "A key with which a program of yours may do what you may, until it expires or you "
    "revoke it.",
}
