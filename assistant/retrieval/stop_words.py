"""Function words of five languages: dropped from lexical queries, and a cheap hint at a text's language.

Closed word classes only (articles, pronouns, prepositions, conjunctions, auxiliaries, question words), written down
for this purpose. Words as `query.folded` leaves them: lower case, without diacritics.
"""

from typing import Literal

Language = Literal["en", "de", "fr", "nl", "es"]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


STOP_WORDS: dict[Language, frozenset[str]] = {
    "en": _words(
        """a about after again against all also am an and any are aren as at be because been before being below between
        both but by can cannot could couldn d did didn do does doesn doing don down during each few for from further
        had hadn has hasn have haven having he her here hers herself him himself his how however i if in into is isn
        it its itself just let ll m me more most my myself no nor not now of off on once only or other our ours
        ourselves out over own please re s same shall shan she should shouldn so some such t than that the their
        theirs them themselves then there these they this those through to too under until up us ve very was wasn we
        were weren what when where whether which while who whom whose why will with won would wouldn you your yours
        yourself yourselves"""
    ),
    "de": _words(
        """aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus
        bei beim bin bis bist da damit dann das dass dazu dein deine dem den denn der deren des dessen dich die dies
        diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch
        euer fur gegen gewesen gibt hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem
        ihren ihrer ihres im in ins ist ja jede jedem jeden jeder jedes jene jenem jenen jener jenes kann kein keine
        keinem keinen keiner konnen konnte man mein meine meinem meinen meiner mich mir mit muss mussen nach nicht
        nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seines seit selbst sich sie sind so
        soll sollte sondern sonst um und uns unser unsere unter viel viele vom von vor wahrend wann war waren warum
        was weil welche welchem welchen welcher welches wem wen wenn wer werde werden wessen wie wieder will wir wird
        wo wofur woher wohin wollen womit worden wurde wurden zu zum zur zwar zwischen uber"""
    ),
    "fr": _words(
        """a ai au aucun aucune aussi autre autres aux avaient avait avant avec avoir c car ce ceci cela celle celles
        celui ces cet cette ceux chez combien comme comment d dans de depuis des donc dont du elle elles en encore
        entre es est et etaient etait etant ete etes etre eu eux fait font fut il ils j je jusqu l la laquelle le
        lequel les lesquels leur leurs lors lorsque lui m ma mais me meme mes moi mon n ne ni nos notre nous on ont
        ou par parce pas pendant peut plus pour pourquoi puis qu quand que quel quelle quelles quels qui quoi s sa
        sans se ses si son sont sous sur t ta te tes toi ton tous tout toute toutes tu un une vers vos votre vous y
        """
    ),
    "nl": _words(
        """aan af al alle alles als altijd ander andere ben bij daar dan dat de deze die dit doch doen door dus een en
        er ge geen had hadden heb hebben heeft hem het hier hij hoe hoeveel hun iemand iets ik in is ja je jij jou
        jouw kan kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat ons onze ook op
        over reeds t te tegen tot tussen u uit uw van veel voor waar waarom wanneer want waren was wat we welk welke
        werd werden wie wij wil word worden wordt ze zelf zich zij zijn zo zonder zou zullen"""
    ),
    "es": _words(
        """a al algo algun alguna algunas alguno algunos ante antes aquel aquella como con contra cual cuales cuando
        cuanta cuantas cuanto cuantos de del desde donde dos durante e el ella ellas ellos en entre era eran es esa
        esas ese eso esos esta estaba estaban estan estar estas este esto estos fue fueron ha habia han hasta hay he
        la las le les lo los mas me mi mis mucho muy nada ni no nos nosotros o os otra otras otro otros para pero por
        porque que quien quienes se ser si sin sobre son su sus tambien tan te tiene tienen toda todas todo todos tu
        tus un una unas uno unos y ya yo"""
    ),
}

ALL_STOP_WORDS = frozenset().union(*STOP_WORDS.values())
"""Stop words of every language: evidence and questions mix languages."""

QUESTION_OPENERS = _words(
    """who whom whose what when where which why how is are was were do does did has have had can could will would
    should there any wer wem wen wessen was wann wo wohin woher welche welcher welches welchen welchem warum wie ist
    sind war waren hat haben hatte gibt qui que quoi quel quelle quels quelles quand ou comment pourquoi combien est
    sont etait etaient wie wat wanneer waar welk welke waarom hoe hoeveel heeft zijn had quien cual cuales cuando
    donde como cuanto cuantos"""
)
"""Function words that carry what a question asks for; they stay when words about the exhibit are taken out."""
