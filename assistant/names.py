"""Names in running text, by capital letters and place, without a model: enough to compare a claim with its quotes.

English, French and Dutch write few other words with a capital; German writes every noun with one, so there a word
after a determiner, a word with a noun's ending and the nouns that reports are full of are no names. In doubt a word
counts as a name: a claim is rather struck than shown with a name that its quotes do not have.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.lexicon import ALL_FUNCTION_WORDS, FUNCTION_WORDS, MONTHS, WEEKDAYS, TextLanguage, fold, word_set

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019\u2010-][^\W\d_]+)*")
_SENTENCE_END = frozenset(".?!:;\u2026\n\u2014\u2013|\u2022")
_OPENING = frozenset(" \t\"'\u201c\u201e\u00ab\u2018([*-\u00a0\u201d\u00bb")
_TITLES = word_set(
    "mr mrs ms miss dr doctor prof professor reverend rev sir madam herr frau herrn monsieur madame mme m mlle meneer "
    "mevrouw dhr mevr officer "
    "detective inspector sergeant constable witness zeuge "
    "zeugin temoin getuige suspect kommissar kommissarin hauptkommissar"
)
_GERMAN_DETERMINERS = word_set(
    "der die das den dem des ein eine einen einem einer eines "
    "kein keine keinen keinem keiner am im zum zur beim vom ins "
    "ans mein meine meinen meinem meiner sein seine seinen "
    "seinem seiner ihr ihre ihren ihrem ihrer unser unsere dieser "
    "diese dieses diesem diesen jeder jede jedes jeden jedem alle allen aller mehrere mehreren einige einigen viele "
    "vielen beide beiden welche welcher welches zwei drei vier zehn weitere weiteren keinerlei"
)
_GERMAN_NOUN_ENDING = re.compile(
    r"(?:ung|ungen|heit|heiten|keit|keiten|schaft|schaften|tion|tionen|taet|tat|taten|nis|nisse|nissen|tum|ismus|ment|mente|"
    r"zeug|zeuge|zeugen|nummer|nummern|konto|konten|betrag|betraege|betrage|zahlung|bericht|vertrag|rechnung|karte)$"
)
_GERMAN_NOUNS = word_set(
    "akte akten datei zeit datum tag tage tagen tages woche wochen monat monate monaten jahr jahre jahren uhr stunde "
    "stunden minute minuten mal person personen mann frau kind kinder leute name namen ort strasse haus wohnung stadt "
    "geld betrag summe euro cent konto bank kunde kunden "
    "firma auto fahrzeug wagen telefon handy anruf anrufe mail mails "
    "brief briefe nachricht nachrichten bericht protokoll aussage aussagen zeuge zeugin zeugen polizei beamte beamter "
    "gericht fall tat taeter tater opfer grund frage antwort satz seite seiten zeile zeilen tabelle blatt beleg belege "
    "quelle quellen vertrag rechnung ware waren paket lieferung "
    "lager tuer tur schluessel schlussel waffe messer drogen "
    "hinweis hinweise spur spuren bild bilder foto fotos video teil ende anfang abend morgen nacht mittag nachmittag "
    "vormittag kaufpreis preis wert angabe angaben unterlagen "
    "dokument dokumente anlage anhang vorgang ergebnis uhrzeit "
    "eintrag eintrage eintragen treffen gespraech gesprach "
    "widerspruch gegenteil gesamtbetrag differenz anzahl kennzeichen"
)
# words that begin sentences of reports without being names; only looked at when first in a sentence
_ENGLISH_STARTERS = word_set(
    "payment payments transfer transfers record records evidence documents document statement statements witness "
    "witnesses police total totals file files page pages mail "
    "mails email emails call calls message messages money cash "
    "according further additional several various two three four five six seven eight nine ten account accounts "
    "invoice invoices report reports contract contracts nothing nobody everything someone neither none answer people "
    "officers investigators entries entry rows row deliveries delivery following given based today yesterday "
    "later earlier finally first second third next last another please let see result results information details "
    "shipment shipments vehicle vehicles passage passages note notes exhibit exhibits source sources yes no"
)
_FRENCH_DUTCH_STARTERS = word_set(
    "paiement paiements virement virements dossier document documents temoin temoins police total fichier compte selon "
    "betaling betalingen overboeking document documenten getuige getuigen politie totaal bestand rekening dossier"
)
_STARTERS = _ENGLISH_STARTERS | _FRENCH_DUTCH_STARTERS


@dataclass(frozen=True, slots=True)
class Name:
    """One capitalised word that counts as part of a name, at `text[start:end]`; `folded` for comparing."""

    raw: str
    folded: str
    start: int
    end: int
    starts_sentence: bool


def find_names(text: str, language: TextLanguage) -> tuple[Name, ...]:
    """Return the words of a text that are names or may be, in order. Linear time."""
    found: list[Name] = []
    previous: re.Match[str] | None = None
    for match in _TOKEN.finditer(text):
        if _may_be_name(text, match, previous, language):
            raw = match.group()
            found.append(Name(raw, fold(raw), match.start(), match.end(), _starts_sentence(text, match.start())))
        previous = match
    return tuple(found)


def name_runs(text: str, language: TextLanguage) -> tuple[tuple[int, int], ...]:
    """Return the spans of whole names (`Jonas van der Weber`): name words joined by blanks, hyphens or particles."""
    spans: list[tuple[int, int]] = []
    for name in find_names(text, language):
        if spans and _JOINT.fullmatch(text, spans[-1][1], name.start):
            spans[-1] = (spans[-1][0], name.end)
        else:
            spans.append((name.start, name.end))
    return tuple(spans)


_JOINT = re.compile(
    r"(?:\.? ?-? ?|\.? (?:van der|van den|van de|von der|de la|van|von|de|den|der|du|zu|of the|of|el|al|bin|ter|ten) )"
)


def _may_be_name(text: str, match: re.Match[str], previous: re.Match[str] | None, language: TextLanguage) -> bool:
    raw = match.group()
    folded = fold(raw)
    if not raw[0].isupper() or folded in WEEKDAYS or (folded in MONTHS and len(folded) > 4):
        return False
    if len(raw) > 1 and raw.isupper() and folded not in ALL_FUNCTION_WORDS:
        return True
    first = _starts_sentence(text, match.start())
    if folded in FUNCTION_WORDS[language] or (first and folded in ALL_FUNCTION_WORDS):
        return False
    if folded in _TITLES:
        return False
    if first and folded in _STARTERS:
        return False
    return language != "de" or _german_name(text, match, previous, folded)


def _german_name(text: str, match: re.Match[str], previous: re.Match[str] | None, folded: str) -> bool:
    if folded in _GERMAN_NOUNS or _GERMAN_NOUN_ENDING.search(folded):
        return False
    adjacent = previous is not None and text[previous.end() : match.start()].isspace()
    if previous is None or not adjacent:
        return True
    before = fold(previous.group())
    return before not in _GERMAN_DETERMINERS


def _starts_sentence(text: str, start: int) -> bool:
    index = start - 1
    while index >= 0 and text[index] in _OPENING:
        index -= 1
    return index < 0 or text[index] in _SENTENCE_END


_CAPITAL = r"[A-Z\u00c0-\u00de][^\W\d_]{1,30}"
_CAPITALISED_RUN = re.compile(
    rf"(?<!\w){_CAPITAL}(?:[ -](?:(?:of|the|de|der|del|and|y|und|for) ){{0,2}}{_CAPITAL}){{1,6}}"
)
_DOTTED = re.compile(r"(?<![\w.])(?:[A-Z]\. ?){2,6}(?!\w)")


def initials(text: str) -> frozenset[str]:
    """Return the initials of names of several words, and those written with dots: `us` for `United States` and `U.S.`.

    Of a longer run every part counts: `National Football League Championship` has `nfl` too.
    """
    found = set(_dotted(text))
    for match in _CAPITALISED_RUN.finditer(text):
        first = "".join(word[0] for word in re.findall(r"[^\W\d_]+", match.group()) if word[0].isupper())
        found |= {first[start:end] for start in range(len(first)) for end in range(start + 2, len(first) + 1)}
    return frozenset(fold(letters) for letters in found)


def _dotted(text: str) -> Iterator[str]:
    return (re.sub(r"[^A-Z]", "", match.group()) for match in _DOTTED.finditer(text))


def acronyms(text: str) -> frozenset[str]:
    """Return the words in capitals only, and those written with dots, that may be the initials of a name."""
    return frozenset(fold(word) for word in (*re.findall(r"(?<!\w)[A-Z]{2,6}(?!\w)", text), *_dotted(text)))


def spellings(folded: str) -> frozenset[str]:
    """Return the forms under which a folded name word may stand elsewhere: without a possessive, ue for u, ..."""
    forms = {folded, folded.replace("'s", "").replace("'", "")}
    for ending in ("'s", "s'", "s", "es"):
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            forms.add(folded[: -len(ending)])
    forms |= {form.replace("ae", "a").replace("oe", "o").replace("ue", "u") for form in tuple(forms)}
    return frozenset(forms)


def is_in(name: Name, known: frozenset[str]) -> bool:
    """Whether a name word is among known spellings; a hyphenated one also when each of its parts is."""
    if spellings(name.folded) & known:
        return True
    parts = re.split(r"[-\u2010]", name.folded)
    return len(parts) > 1 and all(spellings(part) & known for part in parts)


def known_spellings(text: str) -> frozenset[str]:
    """Return all spellings of all words of a text, whole and in their hyphenated parts."""
    forms: set[str] = set()
    for match in _TOKEN.finditer(text):
        folded = fold(match.group())
        for part in {folded, *re.split(r"[-\u2010]", folded), folded.partition("'")[2]} - {""}:
            forms |= spellings(part)
    return frozenset(forms)
