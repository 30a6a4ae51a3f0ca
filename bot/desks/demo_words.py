"""What customers of the demo desk write about, in the words, scripts and oddities real subjects come in."""

from __future__ import annotations

from collections.abc import Mapping

# Shares fall as they do on real desks: a few categories make most of the work.
CATEGORIES: Mapping[str, float] = {
    "Login & access": 0.22,
    "Billing & invoices": 0.17,
    "Delivery": 0.14,
    "Bug report": 0.11,
    "How-to": 0.10,
    "Integrations": 0.08,
    "Refunds": 0.07,
    "Account changes": 0.05,
    "Feature request": 0.03,
    "Data export": 0.02,
}

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "Login & access": (
        "Cannot log in since this morning", "Password reset mail never arrives", "Locked out of my account",
        "Two-factor code is refused",
        "Colleague left, please remove their access", "Login loops back to the start page",
        "Wi-Fi login asks for a voucher again",
    ),
    "Billing & invoices": (
        "Invoice shows the wrong VAT number", "Charged twice in one month", "Where do I find last year's invoices?",
        "Card was declined",
        "Please change our billing address", "Question about the pro-rated amount", "PO number missing on invoice",
    ),
    "Delivery": (
        "Parcel has not moved for four days", "Wrong item in the box", "Delivered to the neighbour, which one?",
        "Box arrived damaged",
        "Can I still change the delivery address?", "Express order is late",
    ),
    "Bug report": (
        "Search finds nothing after the update", "App crashes when I rotate the phone", "Totals do not add up in the report",
        "Error 500 on save", "Dates are shown a day early", "Dark mode: text is invisible",
    ),
    "How-to": (
        "How do I invite a colleague?", "How can I sort by date?", "Where is the audit log?",
        "How to set up a second warehouse",
    ),
    "Integrations": (
        "Webhook arrives twice", "Calendar sync stopped", "API key stopped working", "Import from spreadsheet fails",
    ),
    "Refunds": ("Refund not received yet", "Please cancel and refund order 4711", "Partial refund is too small"),
    "Account changes": ("Change of company name", "Please merge our two accounts", "New owner for our account"),
    "Feature request": ("Could you support passkeys?", "Please add a weekly view", "Bulk edit would save us hours"),
    "Data export": ("Export stops at 10,000 rows", "Need all data before the audit", "CSV opens with strange characters"),
}  # fmt: skip

ABROAD: Mapping[str, tuple[str, ...]] = {
    "de": (
        "Anmeldung schlägt fehl",
        "Frage zur Rechnung für März",
        "Paket noch nicht angekommen",
        "Größe ändern – geht das noch?",
    ),
    "fr": ("Impossible de me connecter", "Où est ma facture ?", "Colis abîmé à l'arrivée"),
    "es": ("No puedo iniciar sesión", "¿Dónde está mi pedido?", "Duda sobre la factura del año pasado"),
    "pt": ("Não consigo entrar na conta", "Fatura com valor errado"),
    "it": ("Non riesco ad accedere", "Il pacco è in ritardo"),
    "pl": ("Nie mogę się zalogować", "Proszę o korektę faktury"),
    "tr": ("Giriş yapamıyorum", "Kargom nerede?"),
    "ja": ("ログインできません", "請求書の宛名を変更したい", "荷物が届きません"),
    "zh": ("无法登录", "发票金额有误", "包裹还没有到"),
    "ko": ("로그인이 안 돼요", "환불은 언제 되나요?"),
    "ar": ("لا أستطيع تسجيل الدخول", "أين طلبي؟", "الفاتورة رقم 2291 غير صحيحة"),
    "uk": ("Не можу увійти", "Питання щодо рахунку"),
}

# Whatever shows a subject must survive these: Slack markup, entities, formulas, right-to-left marks, none at all.
ODD_SUBJECTS = (
    "<!channel> please look at this NOW",
    "*URGENT* my _account_ is ~locked~ `gone`",
    "Fish &amp; chips shop: a &lt;b&gt; appears in the footer",
    "🚀🔥 Nothing works 😭 since v2.0 👩🏽‍🚀",
    "<https://example.com/login|click here> does not work",
    "Hello <@U0LENA>, can *you* help?",
    "=HYPERLINK(\"https://example.com\",\"refund\")",
    "Re: AW: Fwd: Re: Re: (no subject)",
    "",
    "What does \u202eevil\u202c mean in my report?",
    "Tab\there | pipe, \"quotes\", back\\slash and 'more'",
    "I have tried everything: first I restarted the computer, then the router, then I called my cousin who knows computers, "
    "then I waited a day, then I tried another browser, then a third one, then the phone, and now the page says that I have "
    "tried too often and must wait, but it does not say how long, and the report for our board is due tomorrow at nine, so "
    "please call me",
    "Zalgo t̸̡e̵x̴t̷ in the name field",
    ">quoted > line",
)  # fmt: skip

OUTAGE_SUBJECTS = (
    "Single sign-on is down", "SSO: redirect loop for the whole company", "Nobody here can log in", "Login page times out",
    "Is there an outage?", "Locked out: 40 people cannot work", "ログインできません", "Anmeldung geht seit heute früh nicht",
)  # fmt: skip
HICCUP_SUBJECTS = (
    "Webhook arrives hours late",
    "Orders are not synced",
    "Integration shows 'queue full'",
    "Sync is stuck since yesterday",
)
SPAM_SUBJECTS = (
    "Boost your SEO ranking today!!!",
    "You have won a voucher",
    "Re: your invoice.exe",
    "Cheap office chairs 90 % off",
)

TAGS = ("mobile", "vip", "german", "trial", "onboarding", "refund-check", "legal")

PRAISE = (
    "Quick and kind, thank you!", "Ana was great", "Solved in one go 👍", "Danke, hat super geklappt!", "ありがとうございます",
    "شكرا جزيلا", "Merci beaucoup !", "*Perfect*", "Exactly what I needed.",
)  # fmt: skip
COMPLAINTS = (
    "Took far too long", "Nobody read what I wrote", "Had to explain it three times", "Still broken :(", "I was passed around",
    "<!here> worst support ever", "Leider keine Hilfe",
)  # fmt: skip
