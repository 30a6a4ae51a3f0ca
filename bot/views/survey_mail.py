"""The survey as a mail to people outside Slack: the question, one link, and a header by which mail programs opt out."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from html import escape

from bot.surveys.sending import Invited
from bot.surveys.survey import FALLBACK, spoken
from bot.views.blocks import one_line
from bot.views.survey_phrases import phrases

SUBJECT = 150


def survey_mail(invited: Invited, *, link: str, sender: str, opening: str = "") -> EmailMessage:
    """The mail, as text and as HTML. Raises ValueError for an address no mail can have.

    Its Message-ID follows from the link alone: a mail that is delivered twice can be told to be one."""
    words = phrases(invited.language)
    question = opening + invited.scale.wording(invited.language).question
    question = f"{words.again} {question}" if invited.again else question
    subject = one_line(invited.subject or "", SUBJECT)
    about = words.about.format(subject=subject) if subject else ""
    apart = words.anonymous if invited.anonymous else ""
    mail = EmailMessage()
    name, address = parseaddr(sender)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=(invited.email or "").strip())
    mail["Subject"] = one_line(question, SUBJECT)
    mail["Message-ID"] = f"<survey-{invited.invitation_id}-{'2' if opening else '1'}@{address.rpartition('@')[2]}>"
    language = spoken(invited.language) or FALLBACK
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{link}/stop>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    told = [part for part in (question, about, apart) if part]
    mail.set_content("\n\n".join([*told, f"{words.answer}: {link}"]) + "\n")
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in told)
    button = f'<p><a href="{escape(link)}">{escape(words.answer)}</a></p>'
    mail.add_alternative(f'<html lang="{language}"><body>{paragraphs}{button}</body></html>', subtype="html")
    mail["Content-Language"] = language  # The line before would have taken it into the first part.
    return mail
