from typing import Any

from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.guide_script import Wording
from interviews.guide_services import NewQuestion, add_question, create_guide
from requirements_catalog.models import Product, Requirement


def draft(name: str = "A guide", *languages: str) -> GuideVersion:
    return create_guide(name=name, default_language="en", languages=languages or ("en", "de"))


def ask(
    version: GuideVersion, kind: str = "open", en: str = "What matters?", de: str = "", **said: Any
) -> GuideQuestion:
    """Add a question with its words in English, and in German where there are some."""
    texts = {"en": Wording(en)} | ({"de": Wording(de)} if de else {})
    return add_question(version=version, content=NewQuestion(kind=kind, texts=texts, **said))


def about(requirement: Requirement) -> dict[str, Any]:
    """Return what a question about a requirement names: it, and its product."""
    product: Product = requirement.products.get()
    return {"requirement": requirement, "product": product}
