"""The patterns by which `assistant.questions` tells what a question asks for, on folded text, one phrase a line.

English, German, French and Dutch stand beside each other: a pattern of one language hardly ever fits another's
question, and where it does (`was`, `wie`) `assistant.questions` settles it first.
"""

from typing import Literal

QuestionKind = Literal[
    "who", "when", "where", "how_much", "how_many", "which_number", "list", "sum", "compare", "extreme",
    "definition", "why", "how", "yes_no", "other",
]  # fmt: skip

KIND_PATTERNS: tuple[tuple[QuestionKind, tuple[str, ...]], ...] = (
    (
        "when",
        (
            r"\b(?:what|which) (?:local |exact |utc )?(?:time|hour)\b(?! (?:zone|frame))",
            r"\bzu welcher (?:uhrzeit|stunde)\b",
            r"\bop welk uur\b",
            r"\bum wie ?viel uhr\b",
            r"\bquelle heure\b",
            r"\bhoe laat\b",
        ),
    ),
    (
        "who",
        (
            r"^\W*(?:who|whose|whom|wessen|wer|wem|wen|wiens)\b",
            r"^\W*(?:a|de|par|avec) qui\b",
            r"^\W*qui (?!est-ce que)",
        ),
    ),
    (
        "sum",
        (
            r"\bhow much\b.*\b(?:in total|altogether|in all|all together)\b",
            r"\b(?:sum|total amount) of\b",
            r"\btotal (?:of|paid|amount|value|sum)\b",
            r"\bwhat (?:is|was|are|were) the (?:total|totals|sum)\b(?! number)",
            r"\bworth (?:together|altogether|in all)\b",
            r"\badd up\b",
            r"\b(?:summe|gesamtsumme|gesamtbetrag)\b",
            r"\bwie ?viel\b.*\b(?:insgesamt|zusammen)\b",
            r"\b(?:somme|montant total|total des)\b",
            r"\bcombien\b.*\b(?:au total|en tout)\b",
            r"\b(?:som van|totaalbedrag|totale bedrag)\b",
            r"\bhoeveel\b.*\b(?:in totaal|samen)\b",
        ),
    ),
    (
        "how_many",
        (
            r"\bhow many\b",
            r"^\W*count\b",
            r"\bhow often\b",
            r"\bwie ?viele\b",
            r"\bwie oft\b",
            r"\bhoe vaak\b",
            r"\bcombien (?:de fois|y a-t-il|d'(?!argent|euros)|de (?!temps|l'argent|euros))",
            r"\bhoeveel (?!geld|euro|kost|is|bedra|betaal|heeft)\w+",
        ),
    ),
    (
        "extreme",
        (
            (
                r"\b(?:largest|biggest|highest|smallest|lowest|earliest|latest|oldest|newest|most recent|average"
                r"|mean)\b.{0,40}\b(?:payment|transfer|amount|entry|row|date|transaction|value|price|invoice"
                r"|withdrawal|deposit|mail|message|call)"
            ),
            (
                r"\b(?:hochste|grosste|niedrigste|kleinste|fruheste|spateste|alteste|neueste"
                r"|durchschnittliche)\w{0,2}\b"
            ),
            r"\ble plus (?:grand|eleve|petit|bas|ancien|recent)\b",
            r"\bmontant moyen\b",
            r"\b(?:hoogste|grootste|laagste|kleinste|vroegste|laatste|gemiddelde)\b",
        ),
    ),
    (
        "which_number",
        (
            (
                r"\b(?:phone|telephone|mobile|account|invoice|case|passport|serial|registration|order|reference"
                r"|licen[cs]e|contract|plate|flight|room) (?:number|plate|code|no\b)"
            ),
            (
                r"\b(?:iban|e-?mail address|licen[cs]e plate|number plate|plate number|postcode|zip code|web ?site"
                r"|url|(?:which|what) (?:number|code|plate|e-?mail))\b"
            ),
            (
                r"\b(?:what|which) (?:is|was|are|were) the (?!total|exact|overall|whole|average|same|other)"
                r"(?:[\w-]+ ){1,2}(?:number|code)\b"
            ),
            r"\b[a-z]{3,30}nummer\b",
            r"\b(?:telefon|handy|konto|rechnungs|akten|auftrags|vertrags|pass|ausweis|serien|kunden|flug)nummer\b",
            r"\b(?:kennzeichen|aktenzeichen|welche nummer|mailadresse|e-?mail-?adresse)\b",
            r"\bnumero (?:de|d'|du)",
            r"\bimmatriculation\b",
            r"\badresse (?:e-?mail|electronique)\b",
            r"\bquel(?:le)? (?:numero|code|plaque)\b",
            r"\b(?:telefoon|mobiele|rekening|factuur|zaak|dossier|paspoort|serie|order)-? ?nummer\b",
            r"\b(?:kenteken|welk nummer|e-?mailadres)\b",
        ),
    ),
    (
        "how_many",
        (
            (
                r"(?:^\W*|\b(?:what|which|is|was|the|a|total|exact|overall|whole) )(?:count|number) of\b"
                r"(?! (?:a|an|this|that|his|her|its|their)\b)(?! the \w+(?<!s)(?: |\W*$))"
            ),
            r"\banzahl\b",
            r"\bzahl der\b",
            r"\bnombre d",
            r"\baantal\b",
        ),
    ),
    (
        "how_much",
        (
            r"\bhow much\b",
            r"\b(?:what|which) (?:amount|sum|price|cost|balance|fee|rent|salary)\b",
            r"\bwhat (?:is|was|were) the (?:\w+ )?(?:amount|price|cost|balance|fee|rent|salary|value)\b",
            (
                r"\bwhat (?:does|do|did|has|have|had|must|would)\b.{1,80}\b(?:pay|paid|charged?|cost|earn(?:ed)?"
                r"|owed?)\b"
                r"(?! (?:for it with|attention))"
            ),
            r"\bwie ?viel\b",
            r"\bwie hoch\b",
            r"\bwas (?:zahlt|bezahlt|verdient|verlangt)\w*\b",
            r"\bwat (?:betaal|verdien|vraag)\w*\b.{1,80}\b(?:voor|per)\b",
            r"\bwelcher betrag\b",
            r"\bwelchen betrag\b",
            r"\bwas kostet\w?\b",
            r"\bwelcher preis\b",
            r"\bcombien (?:d'argent|coute|a |ont|est|vaut|d'euros)",
            r"\bquel(?:le)? (?:montant|somme|prix|est le montant|est le prix|etait le montant)\b",
            r"^\W*combien\b",
            r"\bhoeveel\b",
            r"\bwelk bedrag\b",
            r"\bwat kost\w*\b",
        ),
    ),
    (
        "compare",
        (
            r"^\W*compare\b",
            r"\bdifference between\b",
            r"\b(?:differ|contradict|disagree|agree|consistent)\w*\b",
            r"\bmore\b.+\bthan\b",
            r"\bwhich (?:is|was) (?:larger|higher|earlier|later|older|bigger)\b",
            r"\bvergleiche?n?\b",
            r"\bunterschied\b",
            r"\bunterscheid\w+\b",
            r"\bwidersprech\w*",
            r"\bwiderspruch\w*",
            r"\bcomparez?\b",
            r"\bdifference entre\b",
            r"\bcontredi\w+",
            r"\bvergelijk\w*",
            r"\bverschil\w*",
            r"\btegensprek\w*",
            r"\bspreken .* tegen\b",
        ),
    ),
    (
        "when",
        (
            r"\bwhen\b",
            r"\b(?:what|which) (?:date|day|time|year|month|weekday)\b",
            r"\bsince when\b",
            r"\bwhat (?:is|was) the (?:date|time|deadline)\b",
            r"\bdate of\b",
            r"\bwann\b",
            r"\b(?:welche[mnrs]?) (?:tag|datum|jahr|monat|uhrzeit|zeitpunkt)\b",
            r"\bum wie ?viel uhr\b",
            r"\bdatum (?:der|des|von)\b",
            r"\bquand\b",
            r"\b(?:a )?quelle (?:date|heure|annee)\b",
            r"\bquel (?:jour|mois)\b",
            r"\bwanneer\b",
            r"\b(?:op )?welke (?:datum|dag|maand|tijd)\b",
            r"\b(?:in )?welk jaar\b",
            r"\bhoe laat\b",
        ),
    ),
    (
        "where",
        (
            r"\bwhere\b",
            (
                r"\b(?:what|which) (?:city|town|country|place|street|address|village|location|state|hotel|airport"
                r"|station)\b"
            ),
            r"\bwhat (?:is|was) the address\b",
            r"\b(?:wo|wohin|woher)\b",
            r"\bwelche[mnrs]? (?:stadt|ort|land|strasse|adresse|anschrift)\b",
            r"\bou\b(?! bien)",
            r"\bquelle (?:ville|rue|adresse)\b",
            r"\bquel (?:pays|lieu|endroit)\b",
            r"\bwaar(?!om|voor|mee|bij|op\b)\b",
            r"\bwelke (?:stad|plaats|straat)\b",
            r"\bwelk (?:land|adres)\b",
        ),
    ),
    (
        "list",
        (
            r"^\W*(?:list|name|give|show|enumerate)\b(?=.*\b(?:all|every|each|the)\b)",
            r"^\W*which\b.*\bare\b",
            r"\b(?:all|every) (?:mention|payment|transfer|person|name|date|number)s?\b",
            r"^\W*(?:liste|nenne|zeige|gib|zahle)\w*\b.*\balle\w?\b",
            r"^\W*(?:liste[rz]?|enumere[rz]?|donne[rz]?|quels sont|quelles sont)\b",
            r"^\W*(?:noem|geef|toon|lijst)\w*\b.*\b(?:alle|elke)\b",
        ),
    ),
    (
        "who",
        (
            r"\b(?:who|whom|whose)\b",
            r"\b(?:which|what) (?:person|man|woman|witness|officer|company|firm|driver|owner)\b",
            r"\bname of\b",
            r"\b(?:wer|wem|wen|wessen)\b",
            r"\bwelche[rmns]? (?:person|zeug\w+|firma|mann|frau|beamte\w?)\b",
            r"\bname de[sr]\b",
            r"\bqui\b(?! est-ce)",
            r"\bquel(?:le)? (?:personne|temoin|societe)\b",
            r"\bnom d",
            (
                r"^\W*wie\b(?! (?:viel|oft|hoch|lang|war|ist|hat|wurde|kam|kann|funktion|heisst|weit|alt|gross|sind"
                r"|werden))"
            ),
            r"\bmet wie\b",
            r"\baan wie\b",
            r"\bdoor wie\b",
            r"\bnaam van\b",
        ),
    ),
    (
        "why",
        (
            r"\bwhy\b",
            r"\bfor what reason\b",
            r"\bhow come\b",
            r"\b(?:warum|weshalb|wieso)\b",
            r"\baus welchem grund\b",
            r"\bpourquoi\b",
            r"\bwaarom\b",
        ),
    ),
    (
        "definition",
        (
            r"\bwhat (?:is|are|was|were|does|do)\b.*",
            r"\bdefine\b",
            r"\bmeaning of\b",
            r"\bwas (?:ist|sind|war|bedeutet)\b",
            r"\bqu'est-ce\b",
            r"\bque signifie\b",
            r"\bwat (?:is|zijn|was|betekent)\b",
        ),
    ),
    (
        "how",
        (
            r"^\W*(?:how|wie|comment|hoe)\b",
            r"\bin what way\b",
        ),
    ),
    (
        "yes_no",
        (
            (
                r"^\W*(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|should|ist|sind|waren|hat"
                r"|haben|hatte|hatten|wurde|wurden|kann|konnte|gibt|gab|stimmt|est-ce|a-t-\w+|y a-t-il|heeft|hebben"
                r"|had|werd|werden|kan|zijn|klopt)\b"
            ),
        ),
    ),
)
