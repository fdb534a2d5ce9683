"""What people also say: background, other evenings, other machines. It shares the words of what matters and decides nothing.

Each function gives the paragraphs of one paper; they are written so that no question of the truth is answered here.
"""

from datetime import timedelta

from data.demo_case import scenario as when
from data.demo_case.scenario import Scenario


def foreman(s: Scenario) -> tuple[str, ...]:
    """Background of the foreman."""
    return (
        f"On the site I am responsible for the daily report, the deliveries and the machines. The report of {when.day_en(s.theft1)} is in the folder: eight people, {s.one_of('sewer trench section four', 'house connections 11 to 14')}, rain from the afternoon on, a lorry of gravel at a quarter past two, no visitors apart from somebody of the municipality who wanted to see the plans.",
        "Question: Had anything been stolen from that site before?",
        f"Answer: In the winter a set of hoses and a jerrycan, and once somebody tried to lever open the container; you can still see the dent. We did not report it because nothing was missing in the end. On the site {s.site2} a generator could not be found for two days, but it turned up in the workshop under a tarpaulin, so that was a false alarm of our own.",
        "Question: Who drives the machines?",
        f"Answer: Three of us have the licence. The {s.plate.kind} can be used by anybody. In the evening the machines are put together so that one blocks the other, at least that is the rule; after that long day it was not done properly, I have to take that on me.",
        f"Since then we have put a camera dummy on the container and a chain through the tracks. {s.director.name} wants a real fence alarm for all sites. I have asked the crew one by one and nobody has told the number to a stranger, as far as they say.",
    )


def guard(s: Scenario) -> tuple[str, ...]:
    """Background of the night guard."""
    return (
        f"About my work: I have done this for {s.one_of('seven', 'nine')} years. The order of the objects is fixed, but I may change it when the weather is bad or when a control point does not answer. The school centre and the depot take the longest because I have to walk. At the car dealer's a window was open that evening; I closed it and wrote it down. At the swimming pool everything was in order.",
        f"Question: Have you seen vehicles in front of the site {s.site1} on other nights?",
        "Answer: A taxi turned there once, and a week before there was a small car with two young people who were smoking. Both times I wrote it into the book. A delivery van of a parcel service stands there in the daytime, but that one is brown.",
        "Question: What is your duty when somebody stands in front of an object?",
        "Answer: To speak to the person if it is safe, otherwise to ring the control room of our firm. I must not hold anybody. There is a sheet with the telephone numbers in the car. That night I thought of drivers who are early for loading, that happens near building sites all the time, and they sleep in their cabs.",
    )


def neighbour(s: Scenario) -> tuple[str, ...]:
    """Background of the neighbour, in German."""
    return (
        "Zur Örtlichkeit: Die Straße ist eine Sackgasse, hinten kommt nur noch der Feldweg. Durchgangsverkehr gibt es nicht. Tagsüber fahren die Kieslaster, ab sechs Uhr abends ist normalerweise Ruhe. Die Laterne vor der Einfahrt ist seit Wochen kaputt, das habe ich der Gemeinde zweimal gemeldet.",
        f"In der Woche davor habe ich an einem {s.one_of('Dienstag', 'Mittwoch')} gegen Abend einen Mann gesehen, der am Zaun entlangging und mit dem Telefon Bilder machte. Ich hielt ihn für jemanden vom Bauamt. Er war groß und trug eine graue Jacke. Ein Fahrzeug habe ich dazu nicht bemerkt.",
        "Auf Frage nach dem Lärm: Es war erst der Motor, dann ein metallisches Schlagen wie von Ketten, dann lief ein zweiter, kleinerer Motor, das wird der Bagger gewesen sein. Gesprochen wurde kaum, jedenfalls nicht laut. Das Radio im Führerhaus war an, Musik, kein Text, den ich verstanden hätte.",
    )


def driver(s: Scenario) -> tuple[str, ...]:
    """What else the haulier tells."""
    return (
        f"I drive mostly for gardeners and for two firms that build roads, small machines, seldom more than one job a day. My orders come by telephone, I write them into a diary, the diary was taken away by your colleagues. In the week of {when.day_en(s.theft1)} I had one job for the municipality and one for a riding school. For nights I would ask a surcharge of fifty per cent, but nobody pays that.",
        "Question: Who else can use the lorry?",
        "Answer: There is a second key on a nail in the hall, and the gate of the yard does not lock properly. My brother-in-law borrows it now and then to move his digger, always by day. I don't keep a log for the lorry, only the tachograph, and that has been broken since the spring; the new one is ordered.",
        "Question: Why was the ramp of your low loader repaired?",
        "Answer: Because a customer drove over it with too much weight. The workshop painted it as well. That is wear and tear, every haulier can tell you that.",
        "Question: Do you buy or sell machines yourself?",
        "Answer: No. I had a dumper once, years ago, and lost money with it.",
    )


def attendant(s: Scenario) -> tuple[str, ...]:
    """What else the man at the fuel station tells."""
    return (
        "Nights are quiet. Between one and four there are perhaps ten customers, lorry drivers who want coffee and people who come from parties. I am alone then, the shop door is locked and I serve through the hatch, except for drivers whom I know. The till prints the time, but the roll of that night had to be changed because it jammed, and a part of it was thrown away.",
        "Question: Were there other lorries in the hours around that?",
        "Answer: A tipper of the municipal works, white, that one comes every night when they clean the roads. A refrigerated lorry from the Netherlands. And two cars with trailers, one had a boat on it. An hour later the police came by, by chance, and bought sandwiches.",
        f"The station belongs to a leaseholder in {s.site_town}. The recordings are only looked at when somebody has driven off without paying; that happens about twice a month. I have shown your colleague how to copy them.",
    )


def trader(s: Scenario) -> tuple[str, ...]:
    """What else the trader tells, in Dutch."""
    return (
        f"Over mijn bedrijf: ik heb twee loodsen en een buitenterrein in {s.trade_town}. In loods 1 staat de werkplaats, daar worden machines nagekeken en soms opnieuw gespoten, want klanten willen een nette machine. De administratie doe ik zelf, een kantoor komt één keer per kwartaal langs om de aangifte te maken. Veel gaat nog contant, dat is in deze handel gewoon.",
        "Vraag: Controleert u de herkomst van machines?",
        "Antwoord: Ik kijk naar het typeplaatje en naar de papieren als die er zijn. Een register voor graafmachines bestaat niet zoals voor auto's. Eén keer, twee jaar geleden, heb ik een dumper teruggegeven omdat de verkoper zenuwachtig was. Die machine stond later inderdaad als vermist te boek.",
        "Vraag: Wie werkt er verder op uw terrein?",
        "Antwoord: Een monteur op afroep en in het seizoen een scholier die de machines wast. Namen geef ik niet zolang het niet nodig is. Er komen ook chauffeurs over de vloer, die kennen de weg en pakken zelf de heftruck.",
    )


def insider(s: Scenario) -> tuple[str, ...]:
    """What else the mechanic tells."""
    return (
        f"I started there as a fitter and did the machine course in my second year. In the end I was responsible for eleven small machines, oil, filters, tracks, all of it, and on Saturdays for the lorries as well. When {s.director.name} took over the management there was suddenly a form for everything. Overtime was written down and never paid. I have kept my own notes of it, with dates.",
        "Question: Why did you write the mail of that spring?",
        "Answer: Because I was angry and had drunk two beers. It was a stupid sentence. I meant that people leave, not that machines leave. I apologised to the office afterwards, by telephone.",
        f"Question: Have you been on the site {s.site1} since you left?",
        "Answer: Once, by day, to fetch my own toolbox. One of the crew opened up for me and stayed with me. I did not take anything else and I did not look at the lock.",
        "Question: What do you live on now?",
        "Answer: I repair lawn mowers and motor saws for people in the village and I have applied for a job with the forestry office. It is not much, but I owe nobody anything.",
    )


def buyer(s: Scenario) -> tuple[str, ...]:
    """What else the buyer tells."""
    return (
        "My firm has six people, two lorries and four machines. I buy second-hand as a rule, at auctions in Belgium and sometimes in the Netherlands, and in fifteen years I have never had trouble with a machine. I always take a mechanic with me, but on that day he was ill, so I went alone with my trailer and looked at the engine and the hydraulics myself.",
        "Question: Did you find it strange that the handover was at a car park?",
        f"Answer: A little. He said that his yard in {s.trade_town} was full and that the road there was closed because of works. The motorway lay on the way for me as well. There were other people about, lorry drivers, families; it did not feel like something forbidden. We drank a coffee. The whole thing took forty minutes because one of the chains was stuck.",
        "Question: What did you do with the machine after that?",
        f"Answer: I drove it to {s.buyer.town}, changed oil and filters and used it for three weeks on a job at a school. The cut in the track got worse and I ordered a new one, 1,140 euros. I have put the bill with the papers. Then the colleagues from the federal police stood in front of my door.",
    )


def older_guard(s: Scenario) -> tuple[str, ...]:
    """What else the other guard tells."""
    return (
        "The Ostring site is lit at the front only. At the back there is a row of poplars and behind it the railway. Copper is taken again and again along the railway, I have told the owner so. The drums should have been in the container, but the container was full of pipes. In the night before I had walked round every hour; in that night I did it every two hours because of the cold.",
        f"Question: Do you know the security company that drives rounds in {s.site_town}?",
        "Answer: I know the cars. They drive past at about midnight and do not stop at our place, we have no contract with them. One of the drivers waves.",
    )


def bookkeeper(s: Scenario) -> tuple[str, ...]:
    """What else the bookkeeper tells, in German."""
    return (
        f"Zum üblichen Ablauf: Die Rechnungen kommen per Post oder per E-Mail, werden gestempelt und gehen zur sachlichen Prüfung auf die Baustelle. {s.foreman.name} zeichnet die Mengen ab, ich prüfe Preise und Skonto und lege sie zur Zahlung in den Ordner. Zahlungsläufe mache ich zweimal in der Woche. Neue Lieferanten legt bei uns nur die Geschäftsführung an, aber eine Bankverbindung ändern konnte ich bisher allein.",
        "Auf Frage: Eine Schulung über solche Mails hatten wir vor drei Jahren, da ging es um gefälschte Paketbenachrichtigungen. Eine Regel, dass man eine neue Kontonummer über einen zweiten Weg prüfen muss, gab es nicht. Jetzt gibt es sie. Mir ist die Sache sehr unangenehm, ich habe in all den Jahren nie einen Cent falsch gebucht.",
        f"Auf Frage: Auch von {s.rental.name} kam in dem Monat eine Mail wegen einer Kontonummer, die war aber echt; da ging es um eine Gutschrift für zwei Regentage. Deshalb kam mir eine solche Bitte auch nicht ungewöhnlich vor.",
    )


def search_record(s: Scenario) -> tuple[str, ...]:
    """More of the search record, in Dutch."""
    return (
        "Het terrein bestaat uit een kantoor, twee loodsen en een verhard buitenterrein van ongeveer 2.400 vierkante meter. Op het buitenterrein stonden veertien machines, waarvan de identificatienummers zijn genoteerd en bevraagd. Tegen de meeste bestond geen bezwaar. Bij een dumper was het nummer onleesbaar; deze is ter plaatse gelaten en de eigenaar is verzocht de aankoopfactuur over te leggen.",
        f"In het kantoor te {s.trade_town} lagen ordners met in- en verkoopfacturen van de afgelopen vijf jaar. Deze zijn gefotografeerd en niet meegenomen. De fotomap is als bijlage bij dit proces-verbaal gevoegd. De honden van de eigenaar zijn door een buurvrouw opgehaald. Er is geen schade ontstaan.",
    )


def first_report(s: Scenario) -> tuple[str, ...]:
    """More of the first offence report."""
    return (
        "Surroundings: the site lies at the end of a cul-de-sac. To the north there are allotments, to the west a field with a farm track that joins the district road after 900 metres. The gate is a double-leaf mesh gate 4.50 metres wide; beside it stands a container with tools and the hook for keys. There is no lighting and no camera on the site itself. The street lamp in front of the gate is out of order.",
        f"Weather in the night: rain until about midnight, then overcast, 6 degrees, light wind from the west. New moon. On the evening before, a football match was shown in the clubhouse of the allotments until 22:40; some thirty people were there and left on foot or by bicycle. The chairman of the club has been asked for a list of members. {s.one_of('Answers are still coming in.', 'Nothing useful has come of it so far.')}",
        f"Persons informed by telephone: {s.director.name} (management), {s.investigator.name} (on call). The informant was calm and gave clear information. Photographs 1 to 23 were taken; a plan of the site with the places of the traces is with the crime scene unit. Nothing was found in the ditch along the farm track over a length of 300 metres.",
    )


def third_report(s: Scenario) -> tuple[str, ...]:
    """More of the third offence report."""
    return (
        f"Surroundings: {s.site3} is an open site beside the canal. It is fenced with mobile panels; the fence had been checked by the security company on {when.day_en(s.theft3 - timedelta(days=2))} without findings. After the first two offences the company had put a sign with the words 'video surveillance' on the fence although there is no camera. Anglers sometimes sit on the bank at night; two of them have been found and heard, they had left before midnight.",
        "Persons on the site on the day before: five workers, a surveyor, the driver of a concrete lorry. All have been named by the company. The last person left at 17:50. The battery isolator is of a common kind that can be bought in any shop for boats; the spare part was secured and not sent to the laboratory because rain had run over it.",
    )


def laboratory(s: Scenario) -> tuple[str, ...]:
    """More of the laboratory report."""
    return (
        f"The material arrived in sealed bags between {when.day_en(s.theft1 + timedelta(days=5))} and {when.day_en(s.theft3 + timedelta(days=4))}; all seals were intact. Casts were cleaned with water and photographed under raking light. Paint was examined by microscopy and infrared spectroscopy. Comparison material was taken from the impounded vehicle by the crime scene unit in the presence of its keeper. All steps are documented in the laboratory journal and can be looked at on request.",
        "On the scale that this laboratory uses, agreement of class characteristics is the third of five steps. It means that many objects of the same kind would show the same characteristics. Statements about how, when or by whom a trace was left are not part of this report.",
    )
