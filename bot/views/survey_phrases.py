"""What a survey's message says around its question, in every language we ask in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.surveys.survey import FALLBACK, spoken

LONGEST_HEADER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One language. Placeholders: `{choice}`, `{score}`, `{max}`, `{name}`, `{subject}`. Titles and buttons of a modal
    have room for 24 characters."""

    about: str
    of: str
    rate: str
    press: str
    stop: str
    thanks: str
    change: str
    comment: str
    change_comment: str
    title: str
    submit: str
    close: str
    went_well: str
    could_improve: str
    went_wrong: str
    kept: str
    removed: str
    stopped: str
    expired: str
    withdrawn: str
    reminder: str
    moved: str
    again: str
    anonymous: str
    used: str
    answer: str
    open_until: str
    gone: str
    later: str
    busy: str


def phrases(language: str | None) -> Phrases:
    """The phrases of a language tag such as `pt-BR`, or the English ones."""
    return PHRASES.get(spoken(language), PHRASES[FALLBACK])


def language_seen(words: Sequence[str]) -> str | None:
    """In which language a message or form of ours speaks, by the words on it; None where none of them tells. What a customer
    looks at can be read while nothing else can."""
    for language, ours in PHRASES.items():
        telling = {ours.stop, ours.change, ours.comment, ours.change_comment, ours.title}
        if any(word in telling or word.endswith(ours.press) for word in words):
            return language
    return None


def language_wanted(accepted: str) -> str | None:
    """The first language we speak of an `Accept-Language` header, such as `de-CH,de;q=0.9,en;q=0.8`."""
    tags = (spoken(one.partition(";")[0]) for one in accepted[:LONGEST_HEADER].split(","))
    return next((tag for tag in tags if tag in PHRASES), None)


PHRASES = {
    "en": Phrases(
        about="About: {subject}",
        of="{score} of {max}",
        rate="Rate {choice}",
        press="Press a button to answer.",
        stop="Don't ask me again",
        thanks="Thank you, you chose {choice}.",
        change="Change",
        comment="Add a comment",
        change_comment="Change the comment",
        title="Your comment",
        submit="Send",
        close="Close",
        went_well="What did we do well?",
        could_improve="What could we do better?",
        went_wrong="What went wrong?",
        kept="Thank you. Your comment was kept with your answer.",
        removed="Your answer stays, without a comment.",
        stopped="We will not ask you again. What you answered before still counts.",
        expired="The time to answer this question is over. What you answered before still counts.",
        withdrawn="This question was taken back; you need not answer it.",
        reminder="A reminder, the only one: ",
        moved="We asked again in a newer message; please answer there.",
        again="You were not happy before. How is it now?",
        anonymous="Your answer is kept without your name and ticket, by day "
        "only, and counted together with at least four others.",
        used="This question was answered, and the answer is kept apart from it.",
        answer="Answer",
        open_until="This page can be answered until {day}.",
        gone="There is no question here. The link may be incomplete or too old.",
        later="Your answer could not be kept just now. Please press again later.",
        busy="The page could not be opened just now. Please try again in a minute.",
    ),
    "de": Phrases(
        about="Betreff: {subject}",
        of="{score} von {max}",
        rate="Mit {choice} bewerten",
        press="Zum Antworten eine Taste drücken.",
        stop="Nicht mehr fragen",
        thanks="Danke, Sie haben {choice} gewählt.",
        change="Ändern",
        comment="Kommentar hinzufügen",
        change_comment="Kommentar ändern",
        title="Ihr Kommentar",
        submit="Senden",
        close="Schließen",
        went_well="Was haben wir gut gemacht?",
        could_improve="Was könnten wir besser machen?",
        went_wrong="Was ist schiefgegangen?",
        kept="Danke. Ihr Kommentar wurde mit Ihrer Antwort gespeichert.",
        removed="Ihre Antwort bleibt, ohne Kommentar.",
        stopped="Wir fragen Sie nicht mehr. Ihre bisherigen Antworten zählen weiter.",
        expired="Die Zeit für diese Frage ist vorbei. Ihre bisherige Antwort zählt weiter.",
        withdrawn="Diese Frage wurde zurückgezogen; Sie brauchen nicht zu antworten.",
        reminder="Eine Erinnerung, die einzige: ",
        moved="Wir haben in einer neueren Nachricht noch einmal gefragt; bitte antworten Sie dort.",
        again="Sie waren zuvor nicht zufrieden. Wie ist es jetzt?",
        anonymous="Ihre Antwort wird ohne Namen und Ticket, nur mit dem Tag gespeichert "
        "und nur zusammen mit mindestens vier anderen gezählt.",
        used="Diese Frage wurde beantwortet, und die Antwort ist getrennt von ihr gespeichert.",
        answer="Antworten",
        open_until="Diese Seite kann bis {day} beantwortet werden.",
        gone="Hier gibt es keine Frage. Vielleicht ist der Link unvollständig oder zu alt.",
        later="Ihre Antwort konnte gerade nicht gespeichert werden. Bitte drücken Sie später noch einmal.",
        busy="Die Seite konnte gerade nicht geöffnet werden. Bitte versuchen Sie es in einer Minute noch einmal.",
    ),
    "es": Phrases(
        about="Asunto: {subject}",
        of="{score} de {max}",
        rate="Valorar con {choice}",
        press="Pulse un botón para responder.",
        stop="No volver a preguntar",
        thanks="Gracias, ha elegido {choice}.",
        change="Cambiar",
        comment="Añadir un comentario",
        change_comment="Cambiar el comentario",
        title="Su comentario",
        submit="Enviar",
        close="Cerrar",
        went_well="¿Qué hicimos bien?",
        could_improve="¿Qué podríamos mejorar?",
        went_wrong="¿Qué salió mal?",
        kept="Gracias. Su comentario se guardó con su respuesta.",
        removed="Su respuesta se mantiene, sin comentario.",
        stopped="No le volveremos a preguntar. Sus respuestas anteriores siguen contando.",
        expired="El plazo para responder ha terminado. Lo que respondió antes sigue contando.",
        withdrawn="Esta pregunta se ha retirado; no hace falta que responda.",
        reminder="Un recordatorio, el único: ",
        moved="Hemos preguntado de nuevo en un mensaje más reciente; responda allí.",
        again="Antes no quedó satisfecho. ¿Cómo está ahora?",
        anonymous="Su respuesta se guarda sin su nombre ni su ticket, solo con "
        "el día, y se cuenta junto con al menos otras cuatro.",
        used="Esta pregunta ya se respondió y la respuesta se guarda por separado.",
        answer="Responder",
        open_until="Esta página se puede responder hasta el {day}.",
        gone="Aquí no hay ninguna pregunta. El enlace puede estar incompleto o ser demasiado antiguo.",
        later="Su respuesta no se ha podido guardar ahora mismo. Vuelva a pulsar más tarde.",
        busy="La página no se ha podido abrir ahora mismo. Inténtelo de nuevo en un minuto.",
    ),
    "fr": Phrases(
        about="Objet : {subject}",
        of="{score} sur {max}",
        rate="Noter {choice}",
        press="Appuyez sur un bouton pour répondre.",
        stop="Ne plus me demander",
        thanks="Merci, vous avez choisi {choice}.",
        change="Modifier",
        comment="Ajouter un commentaire",
        change_comment="Modifier le commentaire",
        title="Votre commentaire",
        submit="Envoyer",
        close="Fermer",
        went_well="Qu’avons-nous bien fait ?",
        could_improve="Que pourrions-nous améliorer ?",
        went_wrong="Qu’est-ce qui n’a pas fonctionné ?",
        kept="Merci. Votre commentaire a été conservé avec votre réponse.",
        removed="Votre réponse reste, sans commentaire.",
        stopped="Nous ne vous demanderons plus rien. Vos réponses précédentes comptent toujours.",
        expired="Le délai pour répondre est passé. Votre réponse précédente compte toujours.",
        withdrawn="Cette question a été retirée ; vous n’avez pas à y répondre.",
        reminder="Un rappel, le seul : ",
        moved="Nous avons reposé la question dans un message plus récent ; merci d’y répondre.",
        again="Vous n’étiez pas satisfait. Qu’en est-il maintenant ?",
        anonymous="Votre réponse est conservée sans votre nom ni votre ticket, avec "
        "le jour seulement, et comptée avec au moins quatre autres.",
        used="Cette question a reçu une réponse, conservée à part.",
        answer="Répondre",
        open_until="Vous pouvez répondre sur cette page jusqu’au {day}.",
        gone="Il n’y a pas de question ici. Le lien est peut-être incomplet ou trop ancien.",
        later="Votre réponse n’a pas pu être conservée pour le moment. Merci d’appuyer de nouveau plus tard.",
        busy="La page n’a pas pu s’ouvrir pour le moment. Merci de réessayer dans une minute.",
    ),
    "pt": Phrases(
        about="Assunto: {subject}",
        of="{score} de {max}",
        rate="Avaliar com {choice}",
        press="Carregue num botão para responder.",
        stop="Não perguntar de novo",
        thanks="Obrigado, escolheu {choice}.",
        change="Alterar",
        comment="Adicionar comentário",
        change_comment="Alterar o comentário",
        title="O seu comentário",
        submit="Enviar",
        close="Fechar",
        went_well="O que fizemos bem?",
        could_improve="O que podemos melhorar?",
        went_wrong="O que correu mal?",
        kept="Obrigado. O seu comentário foi guardado com a sua resposta.",
        removed="A sua resposta mantém-se, sem comentário.",
        stopped="Não voltaremos a perguntar. As suas respostas anteriores continuam a contar.",
        expired="O prazo para responder terminou. O que respondeu antes continua a contar.",
        withdrawn="Esta pergunta foi retirada; não precisa de responder.",
        reminder="Um lembrete, o único: ",
        moved="Perguntámos de novo numa mensagem mais recente; responda lá, por favor.",
        again="Antes não ficou satisfeito. Como está agora?",
        anonymous="A sua resposta é guardada sem o seu nome nem o ticket, só com o dia, e contada com pelo menos outras quatro.",
        used="Esta pergunta foi respondida e a resposta é guardada à parte.",
        answer="Responder",
        open_until="Pode responder nesta página até {day}.",
        gone="Não há aqui nenhuma pergunta. A ligação pode estar incompleta ou ser demasiado antiga.",
        later="Não foi possível guardar a sua resposta neste momento. Carregue de novo mais tarde, por favor.",
        busy="Não foi possível abrir a página neste momento. Tente de novo dentro de um minuto, por favor.",
    ),
    "ja": Phrases(
        about="件名：{subject}",
        of="{max}点中{score}点",
        rate="評価：{choice}",
        press="ボタンを押してお答えください。",
        stop="今後は質問しない",
        thanks="ありがとうございます。「{choice}」を選びました。",
        change="変更する",
        comment="コメントを書く",
        change_comment="コメントを変更する",
        title="コメント",
        submit="送信",
        close="閉じる",
        went_well="良かった点を教えてください。",
        could_improve="改善できる点を教えてください。",
        went_wrong="問題があった点を教えてください。",
        kept="ありがとうございます。コメントを回答とともに保存しました。",
        removed="回答はコメントなしで保存されています。",
        stopped="今後は質問をお送りしません。これまでの回答は引き続き有効です。",
        expired="この質問の回答期間は終了しました。以前の回答は引き続き有効です。",
        withdrawn="この質問は取り下げられました。回答は不要です。",
        reminder="一度だけのお知らせです：",
        moved="新しいメッセージで改めてお尋ねしました。そちらでお答えください。",
        again="前回はご満足いただけませんでした。現在はいかがですか？",
        anonymous="回答はお名前やチケットと切り離し、日付のみで保存し、ほかの4件以上とまとめて集計します。",
        used="この質問には回答済みです。回答は質問とは別に保存されています。",
        answer="回答する",
        open_until="このページには{day}まで回答できます。",
        gone="ここに質問はありません。リンクが不完全か、古い可能性があります。",
        later="ただいま回答を保存できませんでした。しばらくしてから、もう一度押してください。",
        busy="ただいまページを開けませんでした。1分ほどしてから、もう一度お試しください。",
    ),
}
