"""What follow-up questions are recognised by, in four languages: pronouns, openers, nouns that point back."""

from dataclasses import dataclass
from typing import Literal

FollowUpLanguage = Literal["en", "de", "fr", "nl"]
Kind = Literal["name", "date", "account", "phone", "email", "amount", "code"]


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


@dataclass(frozen=True, slots=True)
class FollowUpWords:
    """The words of one language; all small letters.

    Attributes:
        person: pronouns that stand for somebody, as subject or object.
        thing: pronouns that stand for something.
        possessive: words that say whose.
        openers: beginnings that tie a fragment to the question before.
        question_words: what a question begins with; alone they ask another thing about the same.
        verbs: verb forms which show that a sentence is whole.
        pointing: words before a noun that points back.
        articles: words before a common noun.
        prepositions: words before a date, place or name.
        people: nouns that point back to somebody or some company.
        days: nouns that point back to a date.
        papers: nouns that point back to an exhibit.
        then: words that stand for a date.
        impersonal: what follows or precedes a pronoun that stands for nothing (`is it possible`).
        regarding: how a topic is added.
        also: how a second question word is added.
        at: how a date is added.
    """

    person: frozenset[str]
    thing: frozenset[str]
    possessive: frozenset[str]
    openers: tuple[str, ...]
    question_words: frozenset[str]
    verbs: frozenset[str]
    pointing: frozenset[str]
    articles: frozenset[str]
    prepositions: frozenset[str]
    people: frozenset[str]
    days: frozenset[str]
    papers: frozenset[str]
    then: frozenset[str]
    impersonal: frozenset[str]
    regarding: str
    also: str
    at: str


NOUNS: dict[str, Kind] = {
    **dict.fromkeys(_set("account iban bankkonto konto compte rekening bankrekening"), "account"),
    **dict.fromkeys(
        _set(
            "number phone telephone mobile nummer telefonnummer handynummer rufnummer numéro téléphone telefoonnummer"
        ),
        "phone",
    ),
    **dict.fromkeys(_set("address mail-adresse e-mail-adresse adresse mailadres e-mailadres"), "email"),
    **dict.fromkeys(
        _set("amount sum payment betrag summe zahlung montant somme paiement bedrag som betaling"), "amount"
    ),
    **dict.fromkeys(
        _set(
            "code reference file plate aktenzeichen kennzeichen zeichen referenz référence plaque kenteken referentie"
        ),
        "code",
    ),
}
"""Nouns that point back to an identifier, with its kind."""

WORDS: dict[FollowUpLanguage, FollowUpWords] = {
    "en": FollowUpWords(
        person=_set("he she him they them"),
        thing=_set("it"),
        possessive=_set("his her their its"),
        openers=("and what about", "and how about", "what about", "how about", "and", "but", "also", "or", "so"),
        question_words=_set("who whom whose what when where which why how much many long often since until exactly"),
        verbs=_set("is are was were am be been do does did has have had can could will would should may might must"),
        pointing=_set("this that these those the same"),
        articles=_set("the a an this that these those which what any some no every each my your his her its their our"),
        prepositions=_set("on in at of from to for with by about before after since until between during"),
        people=_set("man woman person guy suspect witness company firm seller buyer caller sender owner driver"),
        days=_set("day date time evening morning night"),
        papers=_set(
            "mail email e-mail letter contract agreement lease document statement invoice report message file "
            "exhibit note call conversation spreadsheet list"
        ),
        then=_set("then"),
        impersonal=_set("possible true necessary likely important clear known raining time okay ok safe expensive"),
        regarding="regarding",
        also="and",
        at="on",
    ),
    "de": FollowUpWords(
        person=_set("er sie ihn ihm ihnen"),
        thing=_set("es"),
        possessive=_set("sein seine seinen seiner seinem seines ihr ihre ihren ihrer ihrem ihres"),
        openers=("und was ist mit", "was ist mit", "wie steht es mit", "wie ist es mit", "und", "aber", "oder"),
        question_words=_set(
            "wer wen wem wessen was wann wo wohin woher warum wieso weshalb wie viel viele lange oft welche welcher "
            "welches welchen seit bis genau"
        ),
        verbs=_set(
            "ist sind war waren bin hat haben hatte hatten wurde wurden wird werden kann können konnte konnten soll "
            "sollte muss musste darf gibt gab"
        ),
        pointing=_set("dieser diese dieses diesen diesem jener jene jenes jenen jenem selbe selben"),
        articles=_set(
            "der die das den dem des ein eine einen einem einer eines kein keine keinen welche welcher welches welchen "
            "welchem dieser diese dieses diesen diesem im am zum zur vom beim ins sein seine seinen seiner ihr ihre "
            "ihren ihrer mein meine jede jeder jedes alle viel viele wie"
        ),
        prepositions=_set("am an im in von vom zu zum zur nach mit bei für über vor seit bis zwischen während um"),
        people=_set("mann frau person herr verdächtige zeuge zeugin firma verkäufer käufer anrufer absender fahrer"),
        days=_set("tag datum abend morgen nacht zeitpunkt"),
        papers=_set(
            "mail e-mail email brief vertrag mietvertrag dokument aussage rechnung bericht nachricht datei akte notiz "
            "schreiben gespräch anruf tabelle liste kontoauszug"
        ),
        then=_set("dann damals"),
        impersonal=_set("gibt geht möglich richtig wahr stimmt nötig spät wichtig gab"),
        regarding="bezogen auf",
        also="und",
        at="am",
    ),
    "fr": FollowUpWords(
        person=_set("il elle ils elles lui eux"),
        thing=_set("cela ça celui-ci celle-ci"),
        possessive=_set("son sa ses leur leurs"),
        openers=("et qu'en est-il de", "qu'en est-il de", "et pour", "et", "mais", "ou"),
        question_words=_set("qui que quoi quand où pourquoi comment combien quel quelle quels quelles depuis jusque"),
        verbs=_set(
            "est sont était étaient a ont avait avaient fait font peut peuvent doit doivent va vont sera seront fut "
            "est-ce a-t-il a-t-elle est-il est-elle"
        ),
        pointing=_set("ce cet cette ces même"),
        articles=_set("le la les l un une des du au aux ce cet cette ces quel quelle quels quelles son sa ses leur"),
        prepositions=_set("le à au aux en dans de du des pour avec par chez depuis avant après entre vers sur"),
        people=_set("homme femme personne monsieur suspect témoin société entreprise vendeur acheteur expéditeur"),
        days=_set("jour date soir matin nuit"),
        papers=_set(
            "mail courriel e-mail lettre contrat bail document déclaration facture rapport message fichier note appel "
            "conversation tableau liste relevé"
        ),
        then=_set("alors"),
        impersonal=_set("y possible vrai nécessaire faut s'agit important"),
        regarding="concernant",
        also="et",
        at="le",
    ),
    "nl": FollowUpWords(
        person=_set("hij zij ze hem haar hen"),
        thing=_set("dat dit"),
        possessive=_set("zijn haar hun"),
        openers=("en hoe zit het met", "hoe zit het met", "en wat met", "wat met", "en", "maar", "of"),
        question_words=_set("wie wat wanneer waar waarom hoe hoeveel welke welk waarheen lang vaak sinds tot precies"),
        verbs=_set(
            "is zijn was waren ben heeft hebben had hadden werd werden wordt worden kan kunnen kon konden moet moest "
            "mag zal zou"
        ),
        pointing=_set("deze dit die dat dezelfde hetzelfde"),
        articles=_set("de het een deze dit die dat welke welk geen zijn haar hun mijn elke ieder alle"),
        prepositions=_set("op in aan van naar met bij voor over tot sinds tussen tijdens om door"),
        people=_set("man vrouw persoon heer verdachte getuige bedrijf firma verkoper koper beller afzender bestuurder"),
        days=_set("dag datum avond ochtend nacht"),
        papers=_set(
            "mail e-mail email brief contract huurcontract document verklaring factuur rapport bericht bestand notitie "
            "gesprek telefoontje tabel lijst overzicht"
        ),
        then=_set("toen dan"),
        impersonal=_set("mogelijk waar nodig er belangrijk"),
        regarding="wat betreft",
        also="en",
        at="op",
    ),
}

CALENDAR = _set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz
    mai juni juli oktober dezember january jan feb mar apr jun jul aug sep oct nov dec okt dez
    yes no thank thanks sorry please hello hi ja nein danke oui non merci nee dank
    however therefore unfortunately"""
)
"""Capitalised words that are no names."""

PARTICLES = _set("van von de der den du la le di da del dos ten ter zu")
"""Small words inside a name."""

COMPANY = _set("ltd inc llc plc gmbh ag bv nv sa sarl corp co kg ug oy ab limited company bank")
TITLES = _set("mr mrs ms dr herr frau mme m meneer mevrouw monsieur madame mister")
