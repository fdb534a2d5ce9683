"""The few words that the built-in engine adds to its quotes, in the language of the question.

They hold no names, numbers or nouns that verification could take for names.
"""

from typing import Literal

from assistant.lexicon import Language

Phrase = Literal["not_found", "unknown", "which_one", "otherwise"]

_PHRASES: dict[Phrase, dict[Language, str]] = {
    "not_found": {
        "en": "No passage that was searched answers this. That does not mean that it did not happen.",
        "de": "Keine durchsuchte Stelle beantwortet das. Das hei\u00dft nicht, dass es nicht geschehen ist.",
        "fr": "Aucun passage consult\u00e9 n'y r\u00e9pond. Cela ne veut pas dire que cela ne s'est pas produit.",
        "nl": "Geen doorzochte passage beantwoordt dit. Dat betekent niet dat het niet is gebeurd.",
    },
    "unknown": {
        "en": "No passage that was searched names \u201c{name}\u201d. That does not mean that it did not happen.",
        "de": "Keine durchsuchte Stelle nennt \u201e{name}\u201c. Das hei\u00dft nicht, dass es nicht geschehen ist.",
        "fr": "Aucun passage consult\u00e9 ne nomme {name}. Cela ne veut pas dire que cela ne s'est pas produit.",
        "nl": "Geen doorzochte passage noemt {name}. Dat betekent niet dat het niet is gebeurd.",
    },
    "which_one": {
        "en": "The file has more than one {name}. Which one do you mean?",
        "de": "In der Akte kommt \u201e{name}\u201c mehrfach vor. Wer ist gemeint?",
        "fr": "Le dossier mentionne plusieurs {name}. De qui s'agit-il\u00a0?",
        "nl": "Het dossier kent meer dan \u00e9\u00e9n {name}. Wie wordt bedoeld?",
    },
    "otherwise": {
        "en": "The file says otherwise:",
        "de": "Die Akte sagt etwas anderes:",
        "fr": "Le dossier dit autre chose\u00a0:",
        "nl": "Het dossier zegt iets anders:",
    },
}


def phrase(key: Phrase, language: Language, *, name: str = "") -> str:
    """Return a phrase; `name` fills its place where it has one."""
    return _PHRASES[key][language].format(name=name)
