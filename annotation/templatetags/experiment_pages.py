"""What the pages of experiments are for: simulations, and kinds of model side by side."""

# As PAGES in page_help.
EXPERIMENT_PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "simulations": (
        "What each way of choosing the next grant would have saved on your own labels, against "
        "drawing by lot. The answer is often: nothing. It is better known than believed.",
        ("turn", "F1", "audit"),
    ),
    "start_simulation": ("Says what a simulation costs before it starts.", ("interval",)),
    "simulation": (
        "How far a simulation is, and what its curves say. A way of choosing helps only where the "
        "whole interval of its saving lies above nothing.",
        ("F1", "interval", "decision"),
    ),
    "stop_simulation": ("Asks once more before a simulation is stopped.", ()),
    "delete_simulation": ("Asks once more before a simulation is deleted.", ()),
    "backend_comparisons": (
        "Whether another kind of model would do better on your own labels, what each costs, and "
        "what would leave the building. The site's own recipe stays unless another one is better "
        "beyond chance.",
        ("audit", "F1"),
    ),
    "backend_comparison": (
        "How far a comparison is, and what it says. Every kind of model has read the same grants; "
        "the recommendation asks for a difference whose whole interval lies above nothing.",
        ("F1", "interval", "audit"),
    ),
    "stop_backend_comparison": ("Asks once more before a comparison is stopped.", ()),
    "delete_backend_comparison": ("Asks once more before a comparison is deleted.", ()),
}
