"""The few words that engines add to quotes and to what a model wrote, in the language of the question.

They hold no names, numbers or nouns that verification could take for names.
"""

from typing import Literal

from assistant.lexicon import Language

Phrase = Literal[
    "not_found",
    "unknown",
    "which_one",
    "otherwise",
    "not_all",
    "not_borne_out",
    "cut_off",
    "model_failed",
    "model_silent",
]

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
    "not_all": {
        "en": "The passages that were read do not tell everything that was asked.",
        "de": "Die gelesenen Stellen sagen nicht alles, wonach gefragt war.",
        "fr": "Les passages lus ne disent pas tout ce qui \u00e9tait demand\u00e9.",
        "nl": "De gelezen passages vertellen niet alles wat werd gevraagd.",
    },
    "not_borne_out": {
        "en": "Nothing that the language model wrote is borne out by the passages it was given.",
        "de": "Nichts von dem, was das Sprachmodell schrieb, ist durch die gelesenen Stellen belegt.",
        "fr": "Rien de ce que le mod\u00e8le de langue a \u00e9crit n'est \u00e9tay\u00e9 par les passages lus.",
        "nl": "Niets van wat het taalmodel schreef wordt door de gelezen passages gestaafd.",
    },
    "cut_off": {
        "en": "The answer ends here because it reached its longest length.",
        "de": "Die Antwort endet hier, weil sie die gr\u00f6\u00dfte L\u00e4nge erreicht hat.",
        "fr": "La r\u00e9ponse s'arr\u00eate ici\u00a0: elle a atteint sa longueur maximale.",
        "nl": "Het antwoord eindigt hier omdat het de maximale lengte heeft bereikt.",
    },
    "model_failed": {
        "en": "The language model failed; quotes were chosen without it.",
        "de": "Das Sprachmodell ist ausgefallen; die Zitate wurden ohne es gew\u00e4hlt.",
        "fr": "Le mod\u00e8le de langue a \u00e9chou\u00e9\u00a0; les citations ont \u00e9t\u00e9 choisies sans lui.",
        "nl": "Het taalmodel is uitgevallen; de citaten zijn zonder het model gekozen.",
    },
    "model_silent": {
        "en": "The language model wrote nothing; quotes were chosen without it.",
        "de": "Das Sprachmodell hat nichts geschrieben; die Zitate wurden ohne es gew\u00e4hlt.",
        "fr": "Le mod\u00e8le de langue n'a rien \u00e9crit\u00a0; les citations ont \u00e9t\u00e9 choisies sans lui.",
        "nl": "Het taalmodel heeft niets geschreven; de citaten zijn zonder het model gekozen.",
    },
}


def phrase(key: Phrase, language: Language, *, name: str = "") -> str:
    """Return a phrase; `name` fills its place where it has one."""
    return _PHRASES[key][language].format(name=name)
