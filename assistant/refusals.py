"""Questions that no engine answers: whether a person is credible, dangerous or guilty.

Such a judgement is a person's (DESIGN, promise 10; for automated assessments of persons see Regulation (EU) 2024/1689,
Article 5(1)(d)). What a document says about it ("who was found guilty in the earlier judgment?", "what did the expert
write about her credibility?") is a question about the file and is answered. English, German, French and Dutch.
"""

import re
from collections.abc import Sequence
from typing import Literal

from assistant.lexicon import Language, fold, language_of

Judgement = Literal["credibility", "danger", "guilt"]


# Who is asked about: a pronoun, a role, or a capitalised name, optionally with a title. On folded text, names are
# any words, so the patterns below rest on verb, predicate and order instead.
_ADVERBS = (
    r"(?:really|truly|actually|probably|likely|most likely|still|so|very|completely|wirklich|eig"
    r"entlich|wohl|sehr|vraiment|probablement|echt|werkelijk|waarschijnlijk)"
)
_PREDICATES: dict[Judgement, str] = {
    "credibility": (
        r"(?:un)?(?:credible|believable|trustworthy|reliable|truthful|honest)|not credible|(?:a |ein |eine "
        r"|un |une |een )?(?:liar|lugner|lugnerin|menteur|menteuse|leugenaar)|lying"
        r"|(?:un)?(?:glaubwurdig|glaubhaft|zuverlassig|ehrlich|vertrauenswurdig)|credible|fiable"
        r"|digne de (?:foi|confiance)|honnete|sincere"
        r"|(?:on)?(?:geloofwaardig|betrouwbaar|eerlijk)"
    ),
    "danger": (
        r"(?:a |ein |eine |un |une |een )?(?:danger(?:ous)?|threat|violent|risk|gefahrlich|gefahr|gewalttatig"
        r"|dangereux|dangereuse|violente?|menace|gevaarlijk|gevaar|gewelddadig)"
        r"(?: (?:to|for|fur|pour|voor) [\w ]{1,40})?|likely to (?:reoffend|offend again|strike again|kill"
        r"|attack|flee)|(?:ruckfallgefahrdet|fluchtgefahrdet)"
    ),
    "guilt": (
        r"(?:guilty|innocent|to blame|schuldig|unschuldig|coupable|innocente?|schuldig|onschuldig)(?: (?:of"
        r"|an|am|de|du|aan) [\w ]{1,40})?"
        r"|(?:the|a|der|die|ein|eine|le|la|un|une|de|een) (?:murderer|killer|culprit|perpetrator|thief"
        r"|criminal|offender|tater|taterin|morder|morderin|dieb|diebin|verbrecher|coupable|meurtrier"
        r"|meurtriere|voleur|voleuse|criminel|dader|moordenaar|dief|crimineel)"
    ),
}
_COPULA = r"(?:is|are|was|were|am|ist|sind|war|waren|est|sont|etait|zijn|be|sein|etre|wezen)"
_SUBJECT = r"(?:(?!which\b|that\b|there\b|es\b)(?:(?!\bhow\b|\bwie\b)[^?.!,;]){1,60}?)"
# Reported judgements are facts of the file: somebody else judged, or a document does.
_REPORTED = re.compile(
    r"\b(?:according to|found|convicted|sentenced|acquitted|charged|judgment|judgement|verdict|ruling"
    r"|court|expert|report|opinion|assess(?:ed|ment)|describ\w+|call(?:s|ed)|said|says|say|"
    r"stat(?:e|es|ed)|writ(?:e|es|ten)|wrote|claim(?:s|ed)?|consider(?:s|ed)|pleads?|pleaded|plead"
    r"|declared|accus\w+|alleg\w+|mention\w*|think(?:s)? that|believes? that"
    r"|laut|gemass|zufolge|urteil\w*|gericht\w*|gutacht\w*|sachverstandig\w*|verurteil\w*|freigesprochen"
    r"|bezeichne\w*|beschreib\w*|beschrieb\w*|gesagt|sagte|sagt|schrieb|schreibt|geschrieben|behaupte\w*"
    r"|erklar\w*|eingestuft|bekannte|angeklagt|genannt|steht"
    r"|selon|d'apres|jugement|tribunal|expert\w*|rapport|declare\w*|condamne\w*|acquitte\w*|qualifi\w+"
    r"|decri\w+|a dit|affirme\w*|accuse\w*|ecrit"
    r"|volgens|vonnis|rechtbank|deskundige\w*|rapport|veroordeeld\w*|vrijgesproken|noemt|noemde"
    r"|beschrijf\w*|beschreef|schreef|schrijft|zei|zegt|verklaar\w*|beweer\w*|verdacht)\b"
)
# ... but these ask for the judgement whatever they cite
_ASKS_FOR_OPINION = re.compile(
    r"^\W*(?:sagt|sagte|spricht) .{1,40} die wahrheit\b|\bshould .{1,50} be (?:convicted|charged|punished)\b|"
    r"\b(?:do you (?:think|believe)|in your (?:opinion|view|judgment)|would you say|should (?:i"
    r"|we) (?:believe|trust)|can (?:i|we|you) (?:believe|trust)|"
    r"what do you think of|how (?:credible|reliable|trustworthy|dangerous|honest|guilty|believable"
    r"|truthful|likely is it that .{1,40} (?:did it|is guilty|is lying))|"
    r"glauben sie|glaubst du|meinst du|meinen sie|ihrer meinung|deiner meinung|kann (?:ich|man)"
    r"|konnen wir|sollten? (?:ich|wir)|wie (?:glaubwurdig|glaubhaft|gefahrlich|schuldig|zuverlassig"
    r"|ehrlich)|halten sie|haltst du|"
    r"pensez-vous|penses-tu|croyez-vous|crois-tu|a votre avis|a ton avis|peut-on (?:croire"
    r"|faire confiance)|faut-il croire|"
    r"denk je|denkt u|vind je|vindt u|volgens jou|volgens u|kun(?:nen)? (?:we|je|wij)"
    r"|hoe (?:geloofwaardig|betrouwbaar|gevaarlijk|schuldig|eerlijk))\b"
)
_OPINION = (
    r"do you (?:think|believe)|in your (?:opinion|view)|would you say|glauben sie|glaubst du|meinen sie|meinst du"
    r"|ihrer meinung|deiner meinung|halten sie|haltst du|pensez-vous|penses-tu|croyez-vous|a votre avis|a ton avis"
    r"|denkt u|denk je|vindt u|vind je|volgens u|volgens jou"
)
_CREDIBILITY_OBJECT = (
    r"(?:believe|trust|rely on|glauben|trauen|vertrauen|verlassen|croire|confiance|geloven|vertrouwen)"
)


def _patterns(judgement: Judgement) -> re.Pattern[str]:
    predicate = rf"(?:{_ADVERBS} )*(?:{_PREDICATES[judgement]})"
    return re.compile(
        rf"^\W*(?:and |so |but |und |also |aber |et |en "
        rf"|maar )?(?:{_COPULA})(?:-\w+)? {_SUBJECT} (?:{_ADVERBS} |not |nicht |pas "
        rf"|niet )*{predicate}\b(?! (?:number|fichier))"
        rf"|\b(?:whether|if|ob|si|of) {_SUBJECT} {predicate}(?: {_COPULA})?\s*[?.!]*$"
        rf"|^\W*{_SUBJECT} {_COPULA} (?:{_ADVERBS} )*{predicate}\s*,?\s*(?:right|oder|non|toch|nicht wahr"
        rf"|n'est-ce pas)\W*$"
        rf"|\b(?:est|etait|sont)-(?:ce|il|elle|ils|elles) {predicate}\b"
        rf"|\b(?:{_OPINION})\W.{{0,60}}\b{predicate}\b"
        rf"|^\W*(?:est-ce que|est-ce qu') ?{_SUBJECT} {_COPULA} {predicate}"
    )


_QUESTIONS: dict[Judgement, re.Pattern[str]] = {
    judgement: _patterns(judgement) for judgement in ("credibility", "danger", "guilt")
}
_DIRECT: tuple[tuple[Judgement, re.Pattern[str]], ...] = (
    (
        "credibility",
        re.compile(
            rf"\b(?:can|should|may|do|would) (?:i|we|you|one) (?:really )?{_CREDIBILITY_OBJECT}\b|\b(?:kann|konnen"
            rf"|soll|sollen|sollte|sollten|darf) (?:ich|wir|man) .{{1,60}}{_CREDIBILITY_OBJECT}\b"
            rf"|\b(?:peut|doit|peux|dois|faut)-(?:on|il|je|nous) .{{0,30}}{_CREDIBILITY_OBJECT}|\b(?:kunnen|moeten"
            rf"|kan|moet|kun|mag) (?:we|wij|ik|je|men) .{{1,60}}{_CREDIBILITY_OBJECT}\b"
            r"|\bhow (?:credible|reliable|trustworthy|honest|believable|truthful) (?:is|are|was|were)\b"
            r"|\bwie (?:glaubwurdig|glaubhaft|zuverlassig|ehrlich) (?:ist|sind|war|waren)\b"
            r"|\bhoe (?:geloofwaardig|betrouwbaar|eerlijk) (?:is|zijn|was|waren)\b|\b(?:dans quelle mesure"
            r"|a quel point) .{1,60}(?:credible|fiable)\b"
            r"|^\W*(?:is|was|are) .{1,50}\b(?:lying|telling the truth)\b|^\W*(?:did|does|do|has) .{1,50}\b(?:lie"
            r"|lied|tell the truth|lie to us)\b(?! (?:in|on|down|at))"
            r"|^\W*(?:lugt|log|hat .{1,40}gelogen)\b|^\W*(?:sagt|sagte|spricht) .{1,40} die wahrheit\b"
            r"|\bqui ment\b|^\W*.{1,40}\b(?:ment-(?:il|elle)|dit-(?:il|elle) la verite)\b"
            r"|^\W*(?:liegt|loog) .{1,40}\?|^\W*(?:spreekt|vertelt|sprak) .{1,40} de waarheid\b|\b(?:who|wer"
            r"|wie) (?:is|ist) (?:lying|telling the truth)\b|^\W*(?:wer|who|qui|wie) (?:lugt|lies|lied|ment|liegt"
            r"|loog)\W*$"
            r"|\b(?:assess|rate|evaluate|judge|score|rank|bewerte|beurteile|beurteilen|einschatzen|evalue[rz]?"
            r"|juge[rz]?|beoordeel)\b.{0,60}\b(?:credibility|reliability|truthfulness|trustworthiness"
            r"|glaubwurdigkeit|credibilite|fiabilite|geloofwaardigheid|betrouwbaarheid)\b"
            r"|\bwhich (?:witness|of the (?:two|three|witnesses)|statement) is (?:more|most|the most) (?:credible"
            r"|reliable|believable|trustworthy)\b|\bwelche\w? (?:zeug\w+|aussage) ist (?:glaubwurdiger"
            r"|glaubhafter|am glaubwurdigsten)\b"
        ),
    ),
    (
        "danger",
        re.compile(
            r"\bhow (?:dangerous|violent) (?:is|are|was|would)\b|\bwie (?:gefahrlich|gewalttatig) (?:ist|sind"
            r"|war)\b|\bhoe (?:gevaarlijk|gewelddadig) (?:is|zijn|was)\b"
            r"|\bwill (?!the (?:court|hearing|trial|meeting)).{1,50}\b(?:reoffend|offend again|do it again|kill"
            r"|attack|strike again|become violent)\b|\b(?:assess|rate|evaluate|predict"
            r"|score)\b.{0,60}\b(?:dangerousness|danger|risk of (?:reoffending|violence)|threat)\b"
            r"|\bwird .{1,50}\b(?:ruckfallig|wieder tun|wieder zuschlagen|gewalttatig)\b|\b(?:bewerte|beurteile"
            r"|schatze)\b.{0,60}\b(?:gefahrlichkeit|ruckfallgefahr|ruckfallrisiko)\b"
            r"|\bva-t-(?:il|elle) (?:recidiver|recommencer)\b|\b(?:evalue[rz]?"
            r"|juge[rz]?)\b.{0,60}\b(?:dangerosite|risque de recidive)\b|\bzal .{1,50}\b(?:recidiveren"
            r"|opnieuw toeslaan|gewelddadig worden)\b|\bbeoordeel\b.{0,60}\bgevaarlijkheid\b"
            r"|\bhow likely is .{1,60}\b(?:reoffend|offend again|flee|kill|attack)\b"
        ),
    ),
    (
        "guilt",
        re.compile(
            r"^\W*who (?:is|was) (?:really )?(?:guilty|to blame|the (?:murderer|killer|culprit|perpetrator|thief"
            r"|offender))\W*$|^\W*wer (?:ist|war) (?:der|die)? ?(?:schuldig\w?|tater\w*|morder\w*|dieb\w*)\W*$"
            r"|^\W*qui est (?:le |la )?(?:coupable|meurtrier\w*|voleur|voleuse)\W*$"
            r"|^\W*wie is (?:de )?(?:schuldig\w?|dader|moordenaar|dief)\W*$|^\W*(?:who do you think"
            r"|wer glaubst du|wer glauben sie)\b"
            r"|\b(?:prove|establish|decide|judge|determine|assess|rate|beurteile|bewerte|entscheide|juge[rz]?"
            r"|evalue[rz]?|beoordeel)\b.{0,50}\b(?:guilt|guilty|schuld|schuldig|culpabilite|coupable)\b"
            r"|\bis (?:there|it) (?:enough|likely) .{0,40}\b(?:to convict|guilty|did it)\b|^\W*did (?:he|she"
            r"|they) (?:really )?do it\W*$|^\W*hat (?:er|sie) es (?:wirklich )?getan\W*$|\bhow (?:guilty"
            r"|likely is it that .{1,40} (?:did it|guilty))\b"
            r"|\bshould .{1,50} be (?:convicted|arrested|jailed|punished|charged)\b"
            r"|\bsollte .{1,50} (?:verurteilt|verhaftet|bestraft) werden\b|\bdoit-(?:il|elle"
            r"|on) .{0,30}(?:condamne\w*|arrete\w*)\b|\bmoet .{1,50} (?:veroordeeld|gestraft) worden\b"
        ),
    ),
)
_REASONS: dict[Language, str] = {
    "en": "Whether a person is {what} is for a person to judge, not for this program. Ask what the file says about it.",
    "de": "Ob jemand {what} ist, beurteilt ein Mensch, nicht dieses Programm. Fragen Sie, was die Akte dazu sagt.",
    "fr": "Dire si une personne est {what} revient \u00e0 un \u00eatre humain. Demandez ce que le dossier en dit.",
    "nl": "Of iemand {what} is, beoordeelt een mens, niet dit programma. Vraag wat het dossier erover zegt.",
}
_WHAT: dict[Language, dict[Judgement, str]] = {
    "en": {"credibility": "credible", "danger": "dangerous", "guilt": "guilty"},
    "de": {"credibility": "glaubw\u00fcrdig", "danger": "gef\u00e4hrlich", "guilt": "schuldig"},
    "fr": {"credibility": "cr\u00e9dible", "danger": "dangereuse", "guilt": "coupable"},
    "nl": {"credibility": "geloofwaardig", "danger": "gevaarlijk", "guilt": "schuldig"},
}
_LONGEST = 2_000


def refusal(question: str, languages: Sequence[str] = ()) -> str | None:
    """Return why a question is refused by every engine, in its language; None when it may be answered.

    Only the first 2,000 characters are looked at. `languages` are the case's (ISO 639-1) and break ties.
    """
    judgement = judgement_asked_for(question)
    if judgement is None:
        return None
    language = language_of(question, languages)
    return _REASONS[language].format(what=_WHAT[language][judgement])


def judgement_asked_for(question: str) -> Judgement | None:
    """Return which judgement about a person a question asks for, if any."""
    folded = " ".join(fold(question[:_LONGEST]).split())
    reported = _REPORTED.search(folded) is not None and _ASKS_FOR_OPINION.search(folded) is None
    if reported:
        return None
    for judgement, pattern in _DIRECT:
        if pattern.search(folded):
            return judgement
    return next((judgement for judgement, pattern in _QUESTIONS.items() if pattern.search(folded)), None)


def judgement_stated(sentence: str) -> Judgement | None:
    """Return which judgement about a person a sentence makes in its own voice, if any; reported ones are facts."""
    return judgement_asked_for(f"{sentence.strip().rstrip('.!')}, right?")
