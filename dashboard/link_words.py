"""The words of a customer's own pages, in each language. {company}, {n} and such are put in; nothing else is special.

Beside gettext on purpose: these pages speak the contact's language, whatever the program's own is.
"""

from collections.abc import Mapping

from customers.models import Contact
from interviews.letters import language_of
from interviews.models import Language

ENGLISH = {
    "title": "What does quality mean to you?",
    "who": "{company} asks you, {name}",
    "why": "You decide what good quality is, so we ask you what matters to you and what you need. We improve what does "
    "not fit, and tell you what became of it.",
    "how": "{n} questions, about {minutes} minutes. Leave out whatever you like; every answer is kept as you "
    "go, and you can stop and come back by the same link.",
    "private": "Your answers are read by {company} only. Nobody is quoted unless you say so at the end.",
    "begin": "Begin",
    "go_on": "Go on",
    "rather_not": "I would rather not answer",
    "question_of": "Question {at} of {n}",
    "need": "What do you need?",
    "unit": "Unit",
    "lower": "less is better",
    "higher": "more is better",
    "importance": "How important is that to you?",
    "importance_low": "does not matter",
    "importance_high": "we would leave over it",
    "today": "How well do we do it today?",
    "today_low": "not at all",
    "today_high": "completely",
    "does_not_know": "I do not know",
    "not_applicable": "does not apply to us",
    "own_words": "In your own words, if you like",
    "next": "Keep, and go on",
    "back": "Back",
    "leave_out": "Leave it out",
    "wrong": "This was not kept yet: please look at the marked answer.",
    "error_number": "Please enter a number, such as 4 or 0.5.",
    "error_other": "Please look at this answer again.",
    "error_both": "There is a number, and 'I do not know' or 'does not apply' was chosen, too. Keep one of them.",
    "error_text": "Please use at most 20,000 characters.",
    "all_words": "Is there anything else?",
    "all_words_why": "What matters to you that we did not ask? What should we do differently?",
    "your_words": "Your words",
    "check": "Is that what you want to say?",
    "check_why": "You can still change each answer. Once you have sent them, the link ends.",
    "change": "Change",
    "answer": "Answer",
    "not_answered": "not answered",
    "send": "Send my answers",
    "nothing_yet": "Nothing is answered yet. Answer at least one question, or say that you would rather not.",
    "thanks": "Thank you. Your answers have arrived.",
    "sent_before": "Your answers had been sent before, perhaps in another window. They are here once; nothing "
    "was lost.",
    "sent_before_typed": "Your answers had been sent already, so this could not be added:",
    "you_told": "What you told us",
    "understood": "What we understood",
    "understood_why": "These of our requirements count your voice from now on. Our specialists read your own words and "
    "add what they are about.",
    "understood_right": "Is that what you meant?",
    "understood_yes": "You confirmed that we understood you. Thank you.",
    "understood_no": "You said that we did not understand you. Somebody of ours will ask you what you meant.",
    "may_quote": "May we quote your words, without your name?",
    "yes": "Yes",
    "no": "No",
    "quote_yes": "You said on {day} that we may quote your words without your name.",
    "quote_no": "You said on {day} that we may not quote your words.",
    "receipt_ends": "This receipt can be read for two hours in this browser. Print it if you want to keep it.",
    "decline_title": "You would rather not answer?",
    "decline_why": "Then we do not remind you, and this link ends. What you have filled in is not sent.",
    "decline": "I would rather not answer",
    "keep_going": "Go back to the questions",
    "over_declined": "You said that you would rather not answer. That is noted; nothing more to do.",
    "over_opted_out": "You are not asked any more, as you or somebody for you told us. Nothing further was kept.",
    "over_withdrawn": "This interview was called off by us. Thank you all the same; nothing more to do.",
    "over_ended": "The time for this link has passed. Ask whoever wrote to you for another one.",
    "over_finished": "Your answers have arrived. Thank you.",
    "unsubscribe_title": "Do you not want to be asked any more?",
    "unsubscribe_why": "One click, and {company} sends you no further invitations or reminders.",
    "unsubscribe": "Do not ask me any more",
    "unsubscribed": "Done: {company} does not ask you any more.",
    "functional": "If it is met",
    "dysfunctional": "If it is not met",
    "feeling_1": "I like it",
    "feeling_2": "I expect it",
    "feeling_3": "It is all the same to me",
    "feeling_4": "I can live with it",
    "feeling_5": "I dislike it",
    "points_together": "Together exactly 100. What you leave empty gets 0.",
    "outcome": "How will you see that it is reached?",
    "error_feelings": "Please choose how both would feel: if it is met, and if it is not.",
    "error_points": "Please spread exactly 100 points, from 0 to 100 each.",
    "error_long": "Please use at most {longest} characters.",
    "answer_word": "Answer",
    "importance_word": "Importance",
    "need_word": "Need",
    "today_word": "Today",
}
GERMAN = {
    "title": "Was bedeutet Qualität für Sie?",
    "who": "{company} fragt Sie, {name}",
    "why": "Was gute Qualität ist, entscheiden Sie. Deshalb fragen wir, was Ihnen wichtig ist und was Sie "
    "brauchen. Wir verbessern, was nicht passt, und sagen Ihnen, was daraus geworden ist.",
    "how": "{n} Fragen, etwa {minutes} Minuten. Lassen Sie weg, was Sie möchten; jede Antwort wird gleich gespeichert, "
    "und Sie können unterbrechen und mit demselben Link weitermachen.",
    "private": "Ihre Antworten liest nur {company}. Zitiert wird nur, wenn Sie es am Ende erlauben.",
    "begin": "Beginnen",
    "go_on": "Weitermachen",
    "rather_not": "Ich möchte lieber nicht antworten",
    "question_of": "Frage {at} von {n}",
    "need": "Was brauchen Sie?",
    "unit": "Einheit",
    "lower": "weniger ist besser",
    "higher": "mehr ist besser",
    "importance": "Wie wichtig ist Ihnen das?",
    "importance_low": "unwichtig",
    "importance_high": "wir würden deshalb gehen",
    "today": "Wie gut machen wir das heute?",
    "today_low": "gar nicht",
    "today_high": "vollständig",
    "does_not_know": "Ich weiß es nicht",
    "not_applicable": "trifft auf uns nicht zu",
    "own_words": "In Ihren eigenen Worten, wenn Sie möchten",
    "next": "Speichern und weiter",
    "back": "Zurück",
    "leave_out": "Auslassen",
    "wrong": "Das wurde noch nicht gespeichert: Bitte sehen Sie sich die markierte Antwort an.",
    "error_number": "Bitte geben Sie eine Zahl ein, zum Beispiel 4 oder 0,5.",
    "error_other": "Bitte sehen Sie sich diese Antwort noch einmal an.",
    "error_both": "Es steht eine Zahl da, und auch „Ich weiß es nicht“ oder „trifft nicht zu“ ist gewählt. Lassen Sie "
    "eines davon stehen.",
    "error_text": "Bitte verwenden Sie höchstens 20.000 Zeichen.",
    "all_words": "Gibt es noch etwas?",
    "all_words_why": "Was ist Ihnen wichtig, wonach wir nicht gefragt haben? Was sollten wir anders machen?",
    "your_words": "Ihre Worte",
    "check": "Möchten Sie das so sagen?",
    "check_why": "Sie können jede Antwort noch ändern. Wenn Sie sie abgeschickt haben, endet der Link.",
    "change": "Ändern",
    "answer": "Beantworten",
    "not_answered": "nicht beantwortet",
    "send": "Antworten abschicken",
    "nothing_yet": "Noch ist nichts beantwortet. Beantworten Sie mindestens eine Frage, oder sagen Sie, dass "
    "Sie lieber nicht antworten.",
    "thanks": "Vielen Dank. Ihre Antworten sind angekommen.",
    "sent_before": "Ihre Antworten waren schon abgeschickt, vielleicht in einem anderen Fenster. Sie sind einmal da; "
    "nichts ging verloren.",
    "sent_before_typed": "Ihre Antworten waren schon abgeschickt, deshalb konnte dies nicht mehr dazukommen:",
    "you_told": "Was Sie uns gesagt haben",
    "understood": "Was wir verstanden haben",
    "understood_why": "Bei diesen unserer Anforderungen zählt Ihre Stimme ab jetzt. Unsere Fachleute lesen Ihre "
    "eigenen Worte und ordnen sie zu.",
    "understood_right": "Haben Sie das so gemeint?",
    "understood_yes": "Sie haben bestätigt, dass wir Sie verstanden haben. Vielen Dank.",
    "understood_no": "Sie haben gesagt, dass wir Sie nicht verstanden haben. Jemand von uns fragt Sie danach.",
    "may_quote": "Dürfen wir Ihre Worte zitieren, ohne Ihren Namen?",
    "yes": "Ja",
    "no": "Nein",
    "quote_yes": "Sie haben am {day} gesagt, dass wir Ihre Worte ohne Ihren Namen zitieren dürfen.",
    "quote_no": "Sie haben am {day} gesagt, dass wir Ihre Worte nicht zitieren dürfen.",
    "receipt_ends": "Diese Quittung ist zwei Stunden lang in diesem Browser zu lesen. Drucken Sie sie aus, wenn "
    "Sie sie behalten möchten.",
    "decline_title": "Möchten Sie lieber nicht antworten?",
    "decline_why": "Dann erinnern wir Sie nicht, und dieser Link endet. Was Sie ausgefüllt haben, wird nicht "
    "abgeschickt.",
    "decline": "Ich möchte lieber nicht antworten",
    "keep_going": "Zurück zu den Fragen",
    "over_declined": "Sie haben gesagt, dass Sie lieber nicht antworten. Das ist notiert; es bleibt nichts zu tun.",
    "over_opted_out": "Sie werden nicht mehr gefragt, wie Sie oder jemand für Sie uns gesagt hat. Es wurde "
    "nichts weiter gespeichert.",
    "over_withdrawn": "Wir haben dieses Interview abgesagt. Trotzdem vielen Dank; es bleibt nichts zu tun.",
    "over_ended": "Die Zeit für diesen Link ist vorbei. Bitten Sie um einen neuen, wer Ihnen geschrieben hat.",
    "over_finished": "Ihre Antworten sind angekommen. Vielen Dank.",
    "unsubscribe_title": "Möchten Sie nicht mehr gefragt werden?",
    "unsubscribe_why": "Ein Klick, und {company} schickt Ihnen keine Einladungen und Erinnerungen mehr.",
    "unsubscribe": "Nicht mehr fragen",
    "unsubscribed": "Erledigt: {company} fragt Sie nicht mehr.",
    "functional": "Wenn es erfüllt ist",
    "dysfunctional": "Wenn es nicht erfüllt ist",
    "feeling_1": "Das freut mich",
    "feeling_2": "Das setze ich voraus",
    "feeling_3": "Das ist mir gleich",
    "feeling_4": "Damit kann ich leben",
    "feeling_5": "Das stört mich",
    "points_together": "Zusammen genau 100. Was leer bleibt, bekommt 0.",
    "outcome": "Woran werden Sie sehen, dass es erreicht ist?",
    "error_feelings": "Bitte wählen Sie für beides, wie es für Sie wäre: wenn es erfüllt ist, und wenn nicht.",
    "error_points": "Bitte verteilen Sie genau 100 Punkte, je 0 bis 100.",
    "error_long": "Bitte verwenden Sie höchstens {longest} Zeichen.",
    "answer_word": "Antwort",
    "importance_word": "Wichtigkeit",
    "need_word": "Bedarf",
    "today_word": "Heute",
}
WORDS: Mapping[str, Mapping[str, str]] = {Language.ENGLISH: ENGLISH, Language.GERMAN: GERMAN}
GERMAN_UNITS = {
    "minutes": "Minuten", "hours": "Stunden", "days": "Tage", "working_days": "Arbeitstage", "share": "Anteil",
    "percent": "Prozent", "per_million": "je Million", "count": "Anzahl", "money": "Geld", "rating": "Note",
}  # fmt: skip


def words_for(contact: Contact, **values: object) -> dict[str, str]:
    """Return the words for somebody, with the values put in."""
    return put_in(WORDS[language_of(contact)], **values)


def put_in(words: Mapping[str, str], **values: object) -> dict[str, str]:
    said = dict(words)
    for name, value in values.items():
        said = {key: text.replace(f"{{{name}}}", str(value)) for key, text in said.items()}
    return said
