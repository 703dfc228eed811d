"""The words of letters and pages of the loop, in each language. {company}, {name} and {day} are put in.

Beside gettext on purpose: they speak the contact's language, whatever the program's own is. What we say about each
action is written by a specialist, in one language.
"""

from collections.abc import Mapping

from improvements.loop_models import Step
from interviews.models import Language

ENGLISH = {
    "greeting": "Dear {name},",
    "title": "What became of what you told us",
    "understood": "What we understood",
    "planned": "What we plan",
    "changed": "What changed",
    "fixed": "Is it fixed for you?",
    "open_link": "Your personal page:",
    "ask_link": "Your personal page, where you can say with one click whether it is fixed for you:",
    "about_link": "It is yours alone: please do not pass it on. It works until {day}.",
    "unsubscribe": "Do you not want to be asked any more at all? One click is enough:",
    "yes": "Yes",
    "partly": "Partly",
    "no": "No",
    "your_words": "In your own words, if you like",
    "send": "Send my answer",
    "thanks": "Thank you. Your answer has arrived, and counts.",
    "nothing": "Nothing is answered yet. Choose yes, partly or no for at least one of them.",
    "too_long": "Please use at most 20,000 characters.",
    "before": "You had answered this before. What you said then stands; nothing was counted twice.",
    "you_said": "You said on {day}: {reply}.",
    "private": "Your answer is read by {company} only.",
}
GERMAN = {
    "greeting": "Guten Tag {name},",
    "title": "Was aus dem wurde, was Sie uns gesagt haben",
    "understood": "Was wir verstanden haben",
    "planned": "Was wir vorhaben",
    "changed": "Was sich geändert hat",
    "fixed": "Ist es für Sie behoben?",
    "open_link": "Ihre persönliche Seite:",
    "ask_link": "Ihre persönliche Seite; dort sagen Sie mit einem Klick, ob es für Sie behoben ist:",
    "about_link": "Sie gehört nur Ihnen: Bitte geben Sie den Link nicht weiter. Er gilt bis {day}.",
    "unsubscribe": "Möchten Sie gar nicht mehr gefragt werden? Ein Klick genügt:",
    "yes": "Ja",
    "partly": "Teilweise",
    "no": "Nein",
    "your_words": "In Ihren eigenen Worten, wenn Sie möchten",
    "send": "Antwort abschicken",
    "thanks": "Vielen Dank. Ihre Antwort ist angekommen und zählt.",
    "nothing": "Noch ist nichts beantwortet. Wählen Sie mindestens einmal ja, teilweise oder nein.",
    "too_long": "Bitte verwenden Sie höchstens 20.000 Zeichen.",
    "before": "Das hatten Sie schon beantwortet. Was Sie gesagt haben, gilt; nichts wurde doppelt gezählt.",
    "you_said": "Sie haben am {day} gesagt: {reply}.",
    "private": "Ihre Antwort liest nur {company}.",
}
WORDS: Mapping[str, Mapping[str, str]] = {Language.ENGLISH: ENGLISH, Language.GERMAN: GERMAN}

# What a specialist begins with; {what} is the requirement's statement, or the title of the action.
FIRST_SUBJECT = "What became of what you told us"
FIRST_INTRO = (
    "You told {company} what you need. We said that we would let you know what becomes of it; here is where it stands."
)
FIRST_WORDS: Mapping[str, str] = {
    Step.UNDERSTOOD: "This is how we understood you: {what}",
    Step.PLANNED: "You told us: {what}\nThis is what we plan: {plan}",
    Step.CHANGED: "You told us: {what}\nThis is what we did: {done}",
}
