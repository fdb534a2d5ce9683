"""Small closed word classes of English, German, French, Dutch and Spanish: what rules about language rest on.

Questions are understood and answered in the first four (`Language`); a claim and its quotes are compared in Spanish too
(`TextLanguage`).

Function words and the like are closed classes, so a table is enough; open classes (names, nouns) are never listed
here, except the few nouns that stand for a number, a month or a weekday. All keys are folded as `fold` does.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, get_args

Language = Literal["en", "de", "fr", "nl"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
TextLanguage = Literal["en", "de", "fr", "nl", "es"]
TEXT_LANGUAGES: tuple[TextLanguage, ...] = get_args(TextLanguage)

_FOLD_EXTRA = str.maketrans(
    {"\u00df": "ss", "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00e6": "ae", "\u0153": "oe", "\u2019": "'"}
)


def fold(text: str) -> str:
    """Return the text without case and diacritics, for comparing words (`Müller` and `MULLER` are one)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_FOLD_EXTRA)


def word_set(text: str) -> frozenset[str]:
    """Return the folded words of a space-separated list: how the tables here are written."""
    return frozenset(fold(word) for word in text.split())


FUNCTION_WORDS: dict[TextLanguage, frozenset[str]] = {
    "en": word_set(
        "a an the and or but if then than as at by for from in into of off on onto out over to under up with within "
        "without about above after against along among around "
        "because before behind below beneath beside between beyond "
        "despite down during except inside near since through throughout till toward towards until upon via while "
        "i me my mine we us our ours you your yours he him his she her hers it its they them their theirs "
        "this that these those there here who whom whose which what when where why how "
        "is are was were be been being am do does did done doing have has had having will would shall should can could "
        "may might must ought not no nor yes so too very also only just both either neither each every all any some "
        "such same other another more most much many few several less least own again further once ever never always "
        "whether though although however therefore thus hence moreover besides yet still already even instead "
        "according it's there's who's what's that's i'm he's she's don't didn't doesn't isn't wasn't aren't weren't "
        "hasn't haven't hadn't won't wouldn't can't couldn't shouldn't mustn't one ones"
    ),
    "de": word_set(
        "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner keines und oder aber "
        "doch sondern denn wenn als ob dass da weil damit "
        "obwohl während bevor nachdem bis seit sobald solange an am auf "
        "aus bei beim bis durch für gegen hinter in im ins mit nach neben ohne über um unter von vom vor wegen zu zum "
        "zur zwischen ich mich mir mein meine wir uns unser unsere "
        "du dich dir dein deine ihr euch euer eure er ihn ihm "
        "sein seine seinen seinem seiner seines sie ihnen ihre ihren ihrem ihrer ihres es man sich selbst dieser diese "
        "dieses diesem diesen jener jene jenes jedem jeder jede "
        "jedes jeden alle aller allem allen alles einige mehrere "
        "viele vieler wenige manche beide beiden wer wen wem wessen was wann wo wohin woher warum weshalb wieso wie "
        "welche welcher welches welchen welchem wieviel wieviele bin bist ist sind seid war waren warst gewesen werde "
        "wird werden wurde wurden worden habe hat haben hatte "
        "hatten hast kann können konnte konnten muss müssen musste "
        "mussten soll sollen sollte darf dürfen durfte will wollen "
        "wollte mag möchte nicht nie niemals nein ja auch nur "
        "noch schon sehr so dann dort hier da nun jetzt immer wieder mehr weniger etwa laut gemäß bereits sowie daher "
        "dabei dazu davon daran darauf hierzu zudem außerdem jedoch ferner gibt gab es sein"
    ),
    "fr": word_set(
        "le la les l un une des du de d au aux et ou mais donc or ni car si que qu qui quoi dont où quand comment "
        "pourquoi combien quel quelle quels quelles lequel laquelle lesquels "
        "lesquelles ce cet cette ces c ça cela ceci "
        "je j me m moi mon ma mes nous notre nos tu te t toi ton ta tes vous votre vos il elle on ils elles lui leur "
        "leurs se s soi son sa ses y en à a dans "
        "par pour sur sous avec sans entre vers chez contre depuis pendant avant "
        "après jusque jusqu dès lors selon malgré est sont était étaient été être ai as a avons avez ont avait avaient "
        "eu avoir fait faire fut furent sera seront peut peuvent pouvait doit doivent devait ne n pas plus jamais rien "
        "aucun aucune non oui tout toute tous toutes chaque quelque quelques plusieurs même mêmes autre autres très "
        "trop bien aussi encore déjà toujours ainsi alors puis comme lorsque puisque parce afin cependant toutefois "
        "ici là celui celle ceux celles"
    ),
    "nl": word_set(
        "de het een en of maar want dus als dan dat die "
        "dit deze wie wat waar wanneer waarom hoe hoeveel welk welke wiens "
        "aan achter bij binnen boven buiten door in langs met na "
        "naar naast om onder op over per sinds te tegen ten ter "
        "tijdens tot tussen uit van vanaf via volgens voor voorbij wegens zonder ik mij me mijn wij we ons onze jij je "
        "jou jouw jullie u uw hij hem zijn zij ze haar hun hen er zich men ben bent is was waren geweest word wordt "
        "worden werd werden heb hebt heeft hebben had hadden kan kunnen kon konden moet moeten moest mag mogen mocht "
        "wil willen wilde zal zullen zou zouden niet geen nooit nee "
        "ja ook nog al heel zeer zo toen daar hier nu altijd "
        "weer meer minder alle alles elke elk ieder iedere enkele sommige veel weinig beide zowel omdat terwijl hoewel "
        "echter daarom daarna eerst reeds door"
    ),
    "es": word_set(
        "el la los las lo un una unos unas al del y e o u pero sino porque pues aunque si como cuando donde "
        "mientras que quien quienes cual cuales cuyo cuya cuyos cuyas qué quién cuál cómo cuándo dónde cuánto "
        "cuántos a ante bajo con contra de desde durante en entre hacia hasta mediante para por según sin sobre "
        "tras excepto salvo yo me mi mis nosotros nos nuestro nuestra tú te ti tu tus usted ustedes vosotros os "
        "él ella ellos ellas ello le les se sí su sus suyo suya este esta estos estas esto ese esa esos esas eso "
        "aquel aquella aquellos aquellas aquello es son fue fueron era eran ser sido siendo está están estaba "
        "estaban estar estado ha han había habían haber habido hay hubo tiene tienen tenía tenían puede pueden "
        "podía podían debe deben no ni nunca jamás tampoco también muy más menos tan tanto tanta tantos tantas "
        "todo toda todos todas cada algún alguno alguna algunos algunas ningún ninguno ninguna otro otra otros "
        "otras mismo misma mismos mismas mucho mucha muchos muchas poco poca pocos pocas ya aún todavía así "
        "entonces luego después antes ahora siempre solo sólo además sin embargo aquí allí ambos ambas"
    ),
}
ALL_FUNCTION_WORDS: frozenset[str] = frozenset().union(*(FUNCTION_WORDS[language] for language in LANGUAGES))
"""Of the languages that questions are asked in."""

NEGATIONS: frozenset[str] = word_set(
    "not no never none nobody nothing neither nor without cannot "
    "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts weder ohne "
    "ne n pas jamais aucun aucune rien personne sans "
    "niet geen nooit niemand niets noch zonder "
    "nunca jamás tampoco ningún ninguno ninguna nadie nada ni sin"
)
# `noch` (de: still), `personne`, `pas` (fr: person, step; nl: only just) and `no` before a number negate nothing by
# themselves in the other languages
_NEGATION_HOMONYMS: dict[str, frozenset[TextLanguage]] = {
    "noch": frozenset({"nl"}),
    "personne": frozenset(),
    "pas": frozenset({"fr"}),
    "ne": frozenset({"fr"}),
    "n": frozenset({"fr"}),
    "no": frozenset({"en", "es"}),
    "sin": frozenset({"es"}),
    "ni": frozenset({"fr", "es"}),
    "nada": frozenset({"es"}),
    "nie": frozenset({"de"}),
    "not": frozenset({"en"}),
    "none": frozenset({"en"}),
    "sans": frozenset({"fr"}),
}
_NUMERO = re.compile(r"\b[Nn]o\.?\s*\d")

MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar jaenner januari janvier janv enero",
        "february feb februar februari fevrier fevr febrero",
        "march mar marz maerz maart mars mrt marzo",
        "april apr avril avr abril",
        "may mai mei mayo",
        "june jun juni juin junio",
        "july jul juli juillet juil julio",
        "august aug augustus aout agosto",
        "september sep sept septembre septiembre setiembre",
        "october oct oktober okt octobre octubre",
        "november nov novembre noviembre",
        "december dec dezember dez decembre diciembre",
    ),
    start=1,
):
    MONTHS.update(dict.fromkeys(_names.split(), _number))
MONTHS["märz"] = 3

WEEKDAYS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "monday montag lundi maandag lunes",
        "tuesday dienstag mardi dinsdag martes",
        "wednesday mittwoch mercredi woensdag miercoles",
        "thursday donnerstag jeudi donderdag jueves",
        "friday freitag vendredi vrijdag viernes",
        "saturday samstag sonnabend samedi zaterdag sabado",
        "sunday sonntag dimanche zondag domingo",
    )
):
    WEEKDAYS.update(dict.fromkeys(_names.split(), _number))

# Number words that are articles or pronouns too (one, ein, un, een) are left out: they state no count reliably.
NUMBER_WORDS: dict[str, int] = {}
for _names, _value in (
    ("zero null nul cero", 0),
    ("two zwei deux twee dos", 2),
    ("three drei trois drie tres", 3),
    ("four vier quatre cuatro", 4),
    ("five funf fuenf cinq vijf cinco", 5),
    ("six sechs zes seis", 6),
    ("seven sieben sept zeven siete", 7),
    ("eight acht huit ocho", 8),
    ("nine neun neuf negen nueve", 9),
    ("ten zehn dix tien diez", 10),
    ("eleven elf onze once", 11),
    ("twelve zwolf zwoelf douze twaalf doce", 12),
    ("thirteen dreizehn treize dertien trece", 13),
    ("fourteen vierzehn quatorze veertien catorce", 14),
    ("fifteen funfzehn quinze vijftien quince", 15),
    ("sixteen sechzehn seize zestien dieciseis", 16),
    ("seventeen siebzehn zeventien diecisiete", 17),
    ("eighteen achtzehn achttien dieciocho", 18),
    ("nineteen neunzehn negentien diecinueve", 19),
    ("twenty zwanzig vingt twintig veinte", 20),
    ("thirty dreissig trente dertig treinta", 30),
    ("forty vierzig quarante veertig cuarenta", 40),
    ("fifty funfzig cinquante vijftig cincuenta", 50),
    ("sixty sechzig soixante zestig sesenta", 60),
    ("seventy siebzig zeventig setenta", 70),
    ("eighty achtzig tachtig ochenta", 80),
    ("ninety neunzig negentig noventa", 90),
    ("hundred hundert cent honderd cien ciento", 100),
    ("thousand tausend mille duizend mil", 1000),
    ("dozen dutzend douzaine dozijn docena", 12),
):
    NUMBER_WORDS.update(dict.fromkeys(_names.split(), _value))
# sept is a month in French dates and a number elsewhere; onze is "our" in Dutch, mille and cent are rare alone
NUMBER_WORDS_BY_LANGUAGE: dict[str, frozenset[TextLanguage]] = {
    **dict.fromkeys(("once", "dos", "mil", "quince", "cien"), frozenset[TextLanguage]({"es"})),
    "onze": frozenset({"fr"}),
    "elf": frozenset({"de", "nl"}),
    "cent": frozenset({"fr"}),
    "null": frozenset({"de"}),
    "nul": frozenset({"nl"}),
    "neuf": frozenset({"fr"}),
    "acht": frozenset({"de", "nl"}),
    "sept": frozenset({"fr"}),
    "dix": frozenset({"fr"}),
}

ORDINALS: dict[str, int] = {}
for _names, _value in (
    ("first erste ersten erster erstes premier premiere eerste primer primero primera primeros primeras", 1),
    ("second zweite zweiten zweiter zweites deuxieme seconde tweede segundo segunda", 2),
    ("third dritte dritten dritter drittes troisieme derde tercer tercero tercera", 3),
    ("fourth vierte vierten vierter viertes quatrieme vierde cuarto cuarta", 4),
    ("fifth funfte funften funfter funftes cinquieme vijfde quinto quinta", 5),
    ("sixth sechste sechsten sechster sechstes sixieme zesde sexto sexta", 6),
    ("seventh siebte siebten siebter siebtes septieme zevende septimo septima", 7),
    ("eighth achte achten achter achtes huitieme achtste octavo octava", 8),
    ("ninth neunte neunten neunter neuntes neuvieme negende noveno novena", 9),
    ("tenth zehnte zehnten zehnter zehntes dixieme tiende decimo decima", 10),
):
    ORDINALS.update(dict.fromkeys(_names.split(), _value))

SCALES: dict[str, int] = {
    "thousand": 1_000,
    "tausend": 1_000,
    "duizend": 1_000,
    "mille": 1_000,
    "million": 1_000_000,
    "millions": 1_000_000,
    "millionen": 1_000_000,
    "mio": 1_000_000,
    "mln": 1_000_000,
    "miljoen": 1_000_000,
    "billion": 1_000_000_000,
    "billions": 1_000_000_000,
    "bn": 1_000_000_000,
    "milliarde": 1_000_000_000,
    "milliarden": 1_000_000_000,
    "milliard": 1_000_000_000,
    "milliards": 1_000_000_000,
    "mrd": 1_000_000_000,
    "miljard": 1_000_000_000,
    "mil": 1_000,
    "millones": 1_000_000,
    "mil millones": 1_000_000_000,
    "trillion": 1_000_000_000_000,
    "billionen": 1_000_000_000_000,
    "billones": 1_000_000_000_000,
}

CURRENCIES: dict[str, str] = {
    "\u20ac": "EUR",
    "$": "USD",
    "\u00a3": "GBP",
    "\u00a5": "JPY",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "usd": "USD",
    "us$": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "gbp": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "pfund": "GBP",
    "chf": "CHF",
    "sfr": "CHF",
    "fr.": "CHF",
    "franken": "CHF",
    "pln": "PLN",
    "zloty": "PLN",
    "sek": "SEK",
    "nok": "NOK",
    "dkk": "DKK",
    "czk": "CZK",
    "huf": "HUF",
    "ron": "RON",
    "jpy": "JPY",
    "yen": "JPY",
    "rub": "RUB",
    "try": "TRY",
    "uah": "UAH",
    "btc": "BTC",
    "bitcoin": "BTC",
    "bitcoins": "BTC",
    "eth": "ETH",
}

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def words(text: str) -> list[str]:
    """Return the folded words of a text, without numbers and punctuation, in order."""
    return [fold(match.group()) for match in _WORD.finditer(text)]


def language_of(text: str, languages: Iterable[str] = ()) -> Language:
    """Return the language whose function words are most frequent; `languages` (ISO 639-1) break ties, in order.

    A text without any function word gets the first of `languages` that is known here, else English.
    """
    preferred = [code for code in LANGUAGES if code in set(languages)] or ["en"]
    ordered = [code for wanted in languages for code in LANGUAGES if code == wanted] or preferred
    found = [part for word in words(text) for part in _split_elision(word)]
    scores = {code: sum(word in FUNCTION_WORDS[code] for word in found) for code in LANGUAGES}
    best = max(scores.values())
    if best == 0:
        return ordered[0]
    leaders = [code for code in LANGUAGES if scores[code] == best]
    return next((code for code in ordered if code in leaders), leaders[0])


def text_language_of(text: str, languages: Iterable[str] = ()) -> TextLanguage:
    """As `language_of`, with Spanish among the languages that a text may have."""
    found = words(text)
    spanish = sum(word in FUNCTION_WORDS["es"] for word in found)
    other = language_of(text, languages)
    others = sum(part in FUNCTION_WORDS[other] for word in found for part in _split_elision(word))
    return "es" if spanish > others or (spanish == others and "es" in set(languages)) else other


def _split_elision(word: str) -> list[str]:
    """Split French elisions (`l'argent`, `qu'il`); other words with an apostrophe stay whole."""
    head, apostrophe, tail = word.partition("'")
    return [head, tail] if apostrophe and tail and len(head) <= 2 and head in FUNCTION_WORDS["fr"] else [word]


def negations(text: str, language: TextLanguage) -> int:
    """Count words that negate, in the sense of the given language; French `ne ... pas` counts once."""
    whole = words(_NUMERO.sub(" ", text))
    found = [part for word in whole for part in (_split_elision(word) if word != "n't" else (word,))]
    count = 0
    for word in found:
        allowed = _NEGATION_HOMONYMS.get(word)
        if word.endswith("n't") or (word in NEGATIONS and (allowed is None or language in allowed)):
            count += 1
    if language == "fr":
        count -= min(sum(word in {"ne", "n"} for word in found), sum(word in _FRENCH_SECOND for word in found))
    return count


_FRENCH_SECOND = frozenset({"pas", "jamais", "aucun", "aucune", "rien"})
