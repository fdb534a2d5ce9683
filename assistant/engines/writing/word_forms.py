"""Whether two words are forms of one word: `park` and `parked`, never `office` and `officer`.

A stemmer of a search engine is of no use here, since it makes one of the last two. Endings of inflection are taken off,
a few of derivation from long words only, and irregular forms stand in a list.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from assistant.lexicon import Language

_INFLECTION: Mapping[Language, tuple[str, ...]] = MappingProxyType(
    {
        "en": ("ings", "ing", "ed", "es", "e", "s"),
        "de": ("test", "ten", "tet", "end", "ens", "te", "en", "em", "er", "es", "st", "e", "n", "s", "t"),
        "fr": ("aient", "ees", "ait", "ent", "er", "es", "ee", "ez", "ai", "e", "s", "a"),
        "nl": ("den", "ten", "de", "te", "en", "er", "e", "t", "s", "d"),
    }
)  # fmt: skip
_DERIVATION: Mapping[Language, tuple[str, ...]] = MappingProxyType(
    {
        "en": ("ations", "ation", "ments", "ment", "ions", "ion", "ures", "ure", "als", "al", "edly", "ly"),
        "de": ("ungen", "ung"),
        "fr": ("ements", "ement", "ations", "ation"),
        "nl": ("ingen", "ing"),
    }
)
_LEAST_INFLECTED, _LEAST_DERIVED = 3, 4
"""Letters that must be left of a word."""
_IRREGULAR = """
arise arose arisen | beat beaten | become became | begin began begun begins start starts started | bite bit bitten
break broke broken | bring brought | build built | buy bought | catch caught | choose chose chosen | come came
deal dealt | die died death dead | dig dug | draw drew drawn | drive drove driven | eat ate eaten | fall fell fallen
feel felt | fight fought | find found | fly flew flown flight | flee fled | forget forgot forgotten | get got gotten
give gave given | go went gone | grow grew grown | hang hung | hear heard | hide hid hidden | hold held | keep kept
know knew known | lead led | leave left | lend lent | lose lost loss | make made | mean meant | meet met
pay paid payment payments | ride rode ridden | ring rang rung | own owns owned belong belongs belonged
rise rose risen | run ran | say said | see saw seen sight | seek sought | sell sold sale sales | send sent
shake shook shaken | shoot shot | show shown | sing sang sung | sit sat | sleep slept | speak spoke spoken
spend spent | stand stood | steal stole stolen | strike struck | swear swore sworn | swim swam | take took taken
teach taught | tear tore torn | tell told | think thought | throw threw thrown | understand understood
wake woke woken | wear wore worn | win won | write wrote written | weigh weight | man men | woman women
child children | wife wives | thief thieves | knife knives | bekommen bekam | bleiben blieb geblieben
brechen brach gebrochen | bringen brachte gebracht | denken dachte gedacht | essen ass gegessen | fahren fuhr gefahren
fallen fiel gefallen | fangen fing gefangen | finden fand gefunden funden | fliehen floh geflohen | geben gegeben
gehen ging gegangen | gewinnen gewann gewonnen | greifen griff gegriffen | halten hielt gehalten | heissen hiess
helfen half geholfen | kennen kannte gekannt | kommen kam gekommen | laden lud geladen | lassen liess gelassen
laufen lief gelaufen | lesen las gelesen | liegen lag gelegen | nehmen nahm genommen | nennen nannte genannt
rufen rief gerufen | schlagen schlug geschlagen | schreiben schrieb geschrieben | sehen sah gesehen
sitzen sass gesessen | sprechen sprach gesprochen | stehen stand gestanden | stehlen stahl gestohlen
sterben starb gestorben | tragen trug getragen | treffen traf getroffen | tun tat getan
unterschreiben unterschrieb unterschrieben | uebergeben ubergab ubergeben | verlieren verlor verloren
verlassen verliess | wissen wusste gewusst | erhalten erhielt | angeben angab angegeben | steigen stieg gestiegen
werfen warf geworfen | ziehen zog gezogen
"""
_FORMS: Mapping[str, str] = MappingProxyType(
    {form: group.split()[0] for group in _IRREGULAR.replace("\n", " | ").split("|") if group.split()
     for form in group.split()}
)  # fmt: skip


def stems_of(terms: Iterable[str], language: Language) -> frozenset[str]:
    """Folded words without their endings; what has digits stays whole."""
    return frozenset(stem_of(term, language) for term in terms)


@lru_cache(maxsize=20_000)
def stem_of(word: str, language: Language) -> str:
    """A folded word without its endings, the same for its forms."""
    if word in _FORMS or any(character.isdigit() for character in word):
        return _FORMS.get(word, word)
    bare = word
    if language in {"de", "nl"} and word.startswith("ge") and len(word) >= 7:
        bare = word[2:]
    stem = _without(bare, _DERIVATION[language], _LEAST_DERIVED)
    if stem == bare:
        stem = _without(bare, _INFLECTION[language], _LEAST_INFLECTED)
    if len(stem) > _LEAST_DERIVED and stem[-1] == stem[-2]:
        stem = stem[:-1]
    return f"{stem[:-1]}i" if language == "en" and stem.endswith("y") else stem


def looks_past(word: str, language: Language) -> bool:
    """Whether a word looks like a verb in the past, which tells what was done."""
    if word in _FORMS:
        return _FORMS[word] != word
    if language == "en":
        return word.endswith("ed") and len(word) > 4
    if language == "de":
        return word.endswith("te") or (word.startswith("ge") and len(word) >= 7 and word.endswith(("t", "en")))
    return False


def _without(word: str, endings: tuple[str, ...], least: int) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            return word[: -len(ending)]
    return word
