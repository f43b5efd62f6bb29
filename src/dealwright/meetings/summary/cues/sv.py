"""Swedish."""

from typing import Final

from dealwright.meetings.summary.cue import Cues, stems, words

CUES: Final = Cues(
    language="sv",
    chatter=words(
        "ja jo jaha jaså nej nä ok okej precis exakt absolut visst javisst bra fint toppen perfekt "
        "härligt kanon super underbart tack tackar själv hej hejsan hallå hejdå då mm mhm hm öh eh "
        "oj aha va jag förstår ser vi hörs det är lugnt ingen fara kul trevligt så gärna idag "
        "verkligen tänka mig kan ha en dag helg detsamma"
    ),
    common=words("och att det är som inte jag vi har för på av med den till om så ni kan men"),
    terms={
        "money": stems(
            "budget pris kost faktur intäkt rabatt avtal licens avgift offert anbud dyr billig "
            "kronor euro procent värd betal abonnemang kontrakt miljon peng"
        ),
        "pain": stems(
            "problem tapp förlor fel krångl avbrott långsam manuell missnöjd nöjd klag saknas "
            "missa svårt trassl tungt stopp sjunk minska dubbel för hand tidskräv"
        ),
        "decision": stems(
            "beslut bestäm godkän skriv signer styrelse chef ledning direktör vd ekonomi inköp "
            "jurist ägare delägare attest upphandl"
        ),
        "time": stems("deadline kvartal senast före innan löper start slut förny tidplan höst vår"),
        "rivals": stems("jämför konkurrent leverantör alternativ byta demo provat testat"),
        "need": stems(
            "behöv måste krav kräv vill viktig avgörande mål integration säker gdpr data test pilot"
        ),
        "risk": stems("risk säga upp osäker orolig annars lämna avsluta lova hinder"),
    },
    numbers=stems(
        "ett en två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton "
        "sjutton arton nitton tjugo trettio fyrtio femtio sextio sjuttio åttio nittio hundra tusen "
        "miljon hälften halva första andra tredje dussin"
    ),
    dates=(
        r"(?:(?:på|i|till|före|innan|senast|nästa|den|från|under|om|nu på)\s+)*"
        r"(?:(?:mån|tis|ons|tors|fre|lör|sön)dag(?:en)?|januari|februari|mars|april|maj|juni|juli|"
        r"augusti|september|oktober|november|december|i ?morgon|i ?dag|i ?kväll|i eftermiddag|"
        r"(?:nästa|denna|den här|i slutet av)\s+(?:vecka|veckan|månad|månaden|kvartal|år|året)|"
        r"sommaren|hösten|våren|vintern|helgen|jul|påsk|semestern|årsskiftet|veckan|"
        r"den\s+(?:\d{1,2}|första|sista|[a-zåäö]+(?:nde|onde|tte|fte))(?:\s+[a-z]+)?)"
    ),
    me=words("jag"),
    we=words("vi"),
    you=words("dig er du ni dej"),
    others=words("du ni han hon de den"),
    idle=stems("vara bli veta tro tycka tänka behöva vilja kunna måste se säga ha finnas stå"),
    will=words("ska skall kommer tänker lovar"),
    can=words("kan"),
    verbs={
        "send": stems(
            "skick mejla maila mejlar mailar sänd sänder dela delar lämna leverer vidareb"
        ),
        "talk": stems(
            "ring ringer boka bokar kalla kallar hör höra träffa träffar återkommer återkomma "
            "återkopplar bjud pratar prata påminner påminna stäm"
        ),
        "check": stems(
            "kolla kollar kontroller undersök testa testar räkn jämför granska granskar utred "
            "stämmer utvärder läser går"
        ),
        "prepare": stems(
            "förbered tar ta skriv ordna ordnar fixar fixa sätt sätter skapa skapar uppdater lägg "
            "bygg samlar samla gör göra beställ installer aktiver ändra ändrar planer rätta rättar "
            "plocka hämta"
        ),
        "ask": stems("fråga frågar informer meddela meddelar"),
        "other": stems("se ser ser till"),
    },
    weak=stems("prata pratar tar ta gör göra se ser går hör höra läser sätt"),
    present=True,
    past=r"(?:ade|dde|pte|kte|tte|rde|gde|nde|at|tt)$",
    never=(
        r"\bom (?:du|ni) vill\b|min skärm|\bvarje (?:dag|vecka|månad|år)\b|\bom (?:dagen|året)\b|"
        r"\bbrukar\b|\bhör (?:vad|hur|dig|er|att)\b"
    ),
    negations=words("inte aldrig ej"),
    questions=words("vad vem vilka vilken när var varför hur har är kan skulle vill finns"),
)
