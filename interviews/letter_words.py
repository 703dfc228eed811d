"""The words of letters to customers. {company}, {name}, {day} and {when} are put in; nothing else is special."""

from dataclasses import dataclass

from interviews.models import Language, LetterPurpose


@dataclass(frozen=True, slots=True)
class Usual:
    """What a letter says where a round has no words of its own."""

    subject: str
    intro: str


@dataclass(frozen=True, slots=True)
class LetterWords:
    greeting: str
    invitation: Usual
    reminder: Usual
    talk: str
    open_link: str
    about_link: str
    unsubscribe: str
    after_day: str
    months: tuple[str, ...]

    def of(self, purpose: str) -> Usual:
        return self.reminder if purpose == LetterPurpose.REMINDER else self.invitation


WORDS = {
    Language.ENGLISH: LetterWords(
        greeting="Dear {name},",
        invitation=Usual(
            "What does quality mean to you?",
            "You decide what good quality is, so {company} asks you: what matters to you, and what do you need? "
            "It takes about ten minutes. We improve what does not fit, and tell you what became of it.",
        ),
        reminder=Usual(
            "Your view still counts: what does quality mean to you?",
            "We asked you lately what quality means to you, and have no answer yet. It takes about ten minutes, "
            "and you can stop and go on later. {company} improves what does not fit.",
        ),
        talk="We would like to talk with you on {when}; a calendar file is attached. You can also answer in writing.",
        open_link="Your personal link:",
        about_link="It is yours alone: please do not pass it on. It works until {day}, and ends when you have sent "
        "your answers. On its page you can also say that you would rather not answer.",
        unsubscribe="Do you not want to be asked any more at all? One click is enough:",
        after_day="",
        months=(
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ),
    ),
    Language.GERMAN: LetterWords(
        greeting="Guten Tag {name},",
        invitation=Usual(
            "Was bedeutet Qualität für Sie?",
            "Was gute Qualität ist, entscheiden Sie. Deshalb fragt {company} Sie: Was ist Ihnen wichtig, und was "
            "brauchen Sie? Es dauert etwa zehn Minuten. Wir verbessern, was nicht passt, und sagen Ihnen, was daraus "
            "geworden ist.",
        ),
        reminder=Usual(
            "Ihre Sicht zählt noch: Was bedeutet Qualität für Sie?",
            "Wir haben Sie vor Kurzem gefragt, was Qualität für Sie bedeutet, und noch keine Antwort. Es dauert etwa "
            "zehn Minuten, und Sie können unterbrechen und später weitermachen. {company} verbessert, was nicht passt.",
        ),
        talk="Wir möchten am {when} mit Ihnen sprechen; eine Kalenderdatei ist angehängt. Sie können auch schriftlich "
        "antworten.",
        open_link="Ihr persönlicher Link:",
        about_link="Er gehört nur Ihnen: Bitte geben Sie ihn nicht weiter. Er gilt bis {day} und endet, wenn Sie Ihre "
        "Antworten abgeschickt haben. Auf seiner Seite können Sie auch sagen, dass Sie lieber nicht antworten.",
        unsubscribe="Möchten Sie gar nicht mehr gefragt werden? Ein Klick genügt:",
        after_day=".",
        months=(
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
            "November", "Dezember",
        ),
    ),
}  # fmt: skip
