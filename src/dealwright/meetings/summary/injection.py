"""Lines of a transcript that look as if they were said to a machine, not to people.

Source: MEETINGS 3.6, rule 11. Such a line is not quoted; the page shows it with a flag. A false
alarm costs a line of an extract, a missed one puts a stranger's words into a customer's record.
"""

import re
from collections.abc import Sequence
from typing import Final

from dealwright.meetings.meeting import Segment
from dealwright.meetings.summary.clean import visible

_MACHINE: Final = (
    r"(?:a\.?i\.?|k\.?i\.?|i\.?a\.?|gpt|chat ?gpt|llm|copilot|claude|gemini|"
    r"artificial intelligence|"
    r"language model|assistants?|ai tool|note[- ]?taker|note[- ]?taking|summari[sz]er|"
    r"summari[sz]ing|"
    r"transcriber|transcription (?:tool|software|bot|service|system)|recorder|(?:chat|"
    r"meeting )?bots?|"
    r"anteckningsverktyg\w*|mötesassistent\w*|transkri(?:p|b)\w*|protokollant\w*|"
    r"transcripteur|transcriptor|"
    r"assistenten|språkmodell\w*|sprachmodell\w*|assistent|assistente|asistente|abistaja|"
    r"modelo de lenguaje|modèle de langage|inteligencia artificial|intelligence artificielle|"
    r"tehisintellekt|tehisaru|keelemudel)"
)
_CALL: Final = (
    r"\b(?:to|for|dear|hey|hello|hi|okay|attention|till|an|für|pour|para)\s*,?\s+"
    r"(?:(?:the|any|all|your|our|this|an?|die|den|das|l['’]|el|la|le)\s*)?"
    r"(?:(?:automated|digital|virtual|artificial)\s+)?"
)
_HAIL: Final = r"\b(?:hey|dear|hi|hello|okay|ok|attention),?\s+"
_VENDOR: Final = (
    r"(?:fireflies|fathom|otter|read ai|circleback|granola|avoma|gong|zoom ai|alexa|siri|computer|"
    r"system)"
)
_ORDER: Final = (
    r"(?:ignore|disregard|forget|override|bypass|skip|write|add|put|include|insert|say|state|tell|"
    r"record|output|print|mark|mention|report|summari[sz]e|note that|make sure|please|remember|set|"
    r"replace|change|delete|remove|omit|leave out|list|"
    r"ignorera|glöm|skriv|lägg till|ta med|ignorier\w*|vergiss|schreib\w*|füg\w*|nimm|"
    r"ignorez|oublie\w*|"
    r"écri\w+|ajoute\w*|mettez|ignor[ae]\w*|olvid\w+|escrib\w+|añad\w+|agreg\w+|incluy\w+|pon|"
    r"eira|unusta|kirjuta|lisa|pane)"
)
_RULES: Final = (
    r"(?:instructions?|prompts?|rules|guidelines|guard ?rails|constraints|system message|"
    r"instruktion\w*|anvisning\w*|anweisung\w*|regler|regeln|règles|consignes|instrucci\w+|reglas|"
    r"juhis\w*|käsk\w*|reegl\w*)"
)
_LOOKS: Final = re.compile(
    "|".join(
        (
            # To forget what was told before.
            rf"\b(?:ignore|disregard|forget|override|bypass|drop|ignorera|bortse|glöm|ignorier\w*|"
            rf"missacht\w*|vergiss|vergessen sie|ignorez|ignore[rz]?|oublie\w*|ignor[ae]\w*|"
            rf"olvid\w+|"
            rf"eira\w*|unusta\w*)\b[^.?!]{{0,60}}\b(?:{_RULES}|(?:above|everything (?:above|"
            rf"before|you)|"
            rf"all (?:previous|prior|earlier)|previous(?:ly)?|allt ovan|alles (?:vorherige|"
            rf"oben)))\b",
            rf"\b(?:new|updated|neue|nya|nouvelles|nuevas|uued)\b[^.?!]{{0,20}}\b{_RULES}\s*[:,]",
            rf"\bsystem {_RULES}|\bsystem ?prompt|\bdeveloper mode|\bjail ?break|"
            rf"\bprompt injection",
            r"\byou are (?:now|an? (?:ai|assistant|bot|language model))\b|\bact as (?:an?|"
            r"the|if)\b|"
            r"\bfrom now on,? you\b|\byour (?:new )?(?:task|role|job) is (?:now )?to\b|"
            r"\bdu är nu\b|\bdu bist (?:jetzt|nun)\b|\btu es (?:maintenant|désormais)\b|"
            r"\bahora eres\b",
            # Spoken to the machine.
            rf"(?:^\W*|[.!?]\s+|{_CALL}){_MACHINE}\b[^.?!]{{0,60}}[,:;.]\s*(?:\w+\s+){{0,3}}"
            rf"{_ORDER}\b",
            rf"{_CALL}{_MACHINE}\s*[,:]|{_HAIL}{_VENDOR}\b|"
            rf"^\W*(?:computer|{_MACHINE}|{_VENDOR})\s*[,:]",
            rf"\b(?:dear|hey|attention|note (?:for|to)|message (?:for|to)|instructions? (?:for|to)|"
            rf"memo to|command|till|an|für|pour|à l['’]|para|nota para)\s+(?:\w+\s+)?{_MACHINE}\b"
            rf"[^.?!]{{0,80}}\b{_ORDER}\b",
            rf"(?:^|[.,;:!]\s*|\b(?:please|and)\s+){_ORDER}\b[^.?!]{{0,50}}\b{_MACHINE}\b[^.?!]{{0,40}}\b(?:that|to|att|dass|que|et)\b",
            r"\b(?:whoever|whatever|anyone|anything)\b[^.?!]{0,30}\b(?:summari[sz]|transcrib)\w*",
            r"\b(?:if|when|as) you(?:'re| are)? (?:an? )?(?:ai|bot|model|summari[sz]\w+|"
            r"transcrib\w+)\b",
            # What the record should say.
            r"\bsummari[sz]e\b[^.?!]{0,40}\bas\b|\bfollowing (?:sentence|text|statement|message|"
            r"paragraph)\b|\bfor the (?:minutes|summary|notes|recap)\s*[,:]|\boverride the\b|"
            r"\bpretend (?:that|to be|you)\b",
            r"\b(?:your|the|this|any) (?:summary|recap|minutes|transcript|"
            r"meeting notes)\b[^.?!]{0,20}"
            r"\b(?:should|must|shall|has to|have to|needs? to|says?|reads?)\b",
            r"\b(?:write|state|record|report|put(?: down)?|say|note|add|include|insert|"
            r"mention|mark|"
            r"conclude|pretend)\b[^.?!]{0,40}\b(?:summary|minutes|notes|crm|record|protocol|recap|"
            r"transcript|report)\b[^.?!]{0,50}\b(?:that|link|saying|says|as|url|address)\b",
            r"\b(?:write|state|record|report|put|note)(?: down)?(?: there)? that (?:the|we|"
            r"they|our|"
            r"this) (?:customer|client|buyer|prospect|price|deal|contract|discount|vendor|supplier|"
            r"offer|company|invoice)?\b",
            r"\b(?:add|include|insert|put|paste|append|copy)\b[^.?!]{0,30}\b(?:link|url|web ?site|"
            r"web address|bank account|account number|iban)\b",
            r"\b(?:lägg till|lägg in|skriv|ta med)\b[^.?!]{0,60}\b(?:länk\w*|sammanfattning\w*|"
            r"protokoll\w*|anteckning\w*|kontonum\w*)",
            r"\b(?:schreib\w*|füg\w*|nimm|setz\w*|ergänz\w*|trag\w*)\b[^.?!]{0,60}\b(?:link|"
            r"zusammenfassung|protokoll|notiz\w*|kontonummer)",
            r"\b(?:ajoute\w*|écri\w+|mett\w+|insér\w+|inclu\w+)\b[^.?!]{0,60}\b(?:lien|résumé|"
            r"compte[- ]rendu|notes|rib)\b",
            r"\b(?:añad\w+|agreg\w+|escrib\w+|pon\w*|incluy\w+)\b[^.?!]{0,60}\b(?:enlace|link|resumen|"
            r"acta|notas|cuenta bancaria)\b",
            r"\b(?:lisa|kirjuta|pane)\b[^.?!]{0,60}\b(?:link\w*|kokkuvõt\w*|protokolli\w*|märkm\w*)",
            r"\b(?:new|changed|updated|different)\s+(?:\w+\s+)?(?:account (?:number|details)|iban|"
            r"bank details)\b|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}",
            r"\b(?:new|changed|updated|nya?|neue[sn]?|nouveau|nueva|uus)\s+(?:bank(?:ing)?|"
            r"(?:bank)?konto\w*|bank account|compte|cuenta|pangakonto)\b",
            # Addresses, written or spoken, and markup.
            r"https?\b|\bwww\b|w w w\b|:\s*//|(?:colon|kolon|doppelpunkt|deux[- ]points|dos puntos|"
            r"koolon)\W+(?:double\s+)?(?:slash|snedstreck|schrägstrich|barra|kald)|"
            r"\b(?:slash|snedstreck|schrägstrich|barra|kaldkriips)\W+(?:slash|snedstreck|"
            r"schrägstrich|barra|kaldkriips)|\bdouble slash",
            r"\b\w+ (?:dot|punkt|point|punto) (?:com|net|org|example|io|ai|app|dev|co|info|"
            r"biz|xyz|se|"
            r"de|fr|es|ee|eu|link|site|online|shop|test)\b",
            r"(?<![@\w.-])[\w-]+\.(?:com|net|org|example|xyz|link|site|online|click|top|io)\b[/?]?",
            r"<[/!]?[a-z|][^>]*>|\[/?inst\]|<\||\|>|^\W*(?:system|assistant|user|developer)\s*:|#{2,}|"
            r"```|\{\{|\bjavascript:|\bdata:\w",
        )
    ),
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"^\W*(?:and|also|then|plus|och|sen|und|auch|et|y|ja|please|make sure|"
    r"again)\b[^?]*\b(?:add|write|"
    r"put|say|include|send|tell|pay|transfer|wire|link|account|summary|minutes|notes|mention|mark|"
    r"lägg|skriv|länk|schreib|link|ajoute|écri|lien|añad|escrib|enlace|lisa|kirjuta)\w*\b",
    re.IGNORECASE,
)


def looks_injected(text: str) -> bool:
    """Whether a line looks like an order to whoever summarises."""
    return _LOOKS.search(visible(text)[:5_000]) is not None


def injected(segments: Sequence[Segment]) -> frozenset[int]:
    """The places of the lines that look injected, and of those by which one goes on."""
    found: set[int] = set()
    last_by: dict[str, int] = {}
    for place, segment in enumerate(segments):
        before = last_by.get(segment.speaker)
        goes_on = before in found and place - (before or 0) <= 3 and _GOES_ON.search(segment.text)
        if goes_on or looks_injected(segment.text):
            found.add(place)
        last_by[segment.speaker] = place
    return frozenset(found)
