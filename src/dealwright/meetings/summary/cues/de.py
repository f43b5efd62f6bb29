"""German."""

from typing import Final

from dealwright.meetings.summary.cue import Cues, stems, words

CUES: Final = Cues(
    language="de",
    chatter=words(
        "ja nein jo ok okay gut sehr genau stimmt klar natürlich super toll prima perfekt "
        "wunderbar "
        "schön danke dank vielen bitte gern gerne hallo guten tag morgen tschüss wiederhören "
        "wiedersehen auf hm mhm äh ach so aha oh verstehe ich kein problem alles freut mich "
        "ihnen das ist viel also dann bis"
    ),
    common=words("und der die das ist nicht ich wir sie mit für auf ein eine von zu den aber auch"),
    terms={
        "money": stems(
            "budget preis kost rechnung umsatz rabatt vertrag lizenz gebühr angebot teuer billig "
            "euro prozent bezahl zahlen wert abo investition"
        ),
        "pain": stems(
            "problem verlier verlor fehler ausfall langsam manuell hand doppelt doppelte "
            "unzufried beschwer fehlt fehlen ärger aufwand kompliziert umständ dauert stau"
        ),
        "decision": stems(
            "entscheid genehmig unterschreib unterschrift vorstand geschäftsführ leiter leitung "
            "einkauf betriebsrat jurist freigab freigegeb zustimm chef inhaber gremium"
        ),
        "time": stems("frist quartal bis spätestens ablauf läuft ende anfang verlänger start"),
        "rivals": stems("vergleich wettbewerb anbieter alternative konkurren wechsel getestet"),
        "need": stems(
            "brauch muss müssen anforder wichtig entscheidend ziel will wollen möchte datenschutz "
            "dsgvo sicherheit integration schnittstelle test pilot deutschland"
        ),
        "risk": stems("risiko kündig unsicher sorge sonst abspring versproch hindernis bedenken"),
    },
    numbers=stems(
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig "
        "fünfzig sechzig siebzig achtzig neunzig hundert tausend million hälfte halb erste zweite "
        "dritte dutzend einund"
    ),
    dates=(
        r"(?:(?:bis|am|im|zum|vor|ab|seit|noch|nächste[nrs]?|diese[nrs]?|ende|anfang|mitte|der|"
        r"dem|den|spätestens|gleich)\s+)*"
        r"(?:(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|januar|februar|märz|april|mai|"
        r"juni|juli|august|september|oktober|november|dezember|heute|morgen|übermorgen|"
        r"(?:nächste|diese|kommende)[nrs]?\s+(?:woche|monat|quartal|jahr)|wochenende|monatsende|"
        r"jahresende|weihnachten|ostern|sommer|herbst|frühjahr|winter|quartal|"
        r"\d{1,2}\.(?:\s*[a-zä]+|\d{1,2}\.)?)(?:\s+(?:noch|früh|vormittag|nachmittag|abend))?"
    ),
    me=words("ich"),
    we=words("wir"),
    you=words("ihnen dir sie euch dich"),
    others=words("er sie ihr du"),
    will=words("werde werden"),
    can=words("kann können"),
    verbs={
        "send": stems(
            "lasse schick send mail maile liefer teil weiterleit zuschick zusend übermittel"
        ),
        "talk": stems(
            "rufe rufen anruf meld telefonier vereinbar buch lade einlad besprech sprech "
            "spreche treff "
            "organisier erinner"
        ),
        "check": stems("prüf kontrollier schau teste testen rechn vergleich klär kläre nachseh"),
        "prepare": stems(
            "bereite vorbereit erstell schreib mach richte stell baue aktualisier sammel trage "
            "bestell installier aktivier änder pass plan besorg setz hol reich leg"
        ),
        "ask": stems("frag frage informier sag gebe bitte"),
        "other": stems("kümmer übernehm erledig"),
    },
    weak=stems("lasse mach stell setz sag gebe pass lege baue plan teil treff bitte schau"),
    present=True,
    past=r"(?:ck|f|r|l|mach|nd|de|te|g|b|n)ten?$|ung$",
    never=(
        r"\bwenn (?:sie|du) (?:wollen|möchten|willst|möchtest)|bildschirm|\bjede[nrs]? \w+|"
        r"\bfalls\b"
    ),
    negations=words("nicht nie kein keine keinen"),
    questions=words("was wer wann wo warum wie welche welcher haben ist sind können gibt"),
)
