"""English."""

from typing import Final

from dealwright.meetings.summary.cue import Cues, stems, words

CUES: Final = Cues(
    language="en",
    chatter=words(
        "yes yeah yep no nope ok okay right sure fine great good nice perfect cool exactly indeed "
        "absolutely wonderful lovely awesome excellent fantastic thanks thank you hi hello hey bye "
        "goodbye morning afternoon evening everyone everybody mm hmm mhm uh um ah oh wow well so "
        "see got it understood sounds makes sense please of course sorry problem later soon talk "
        "have a day weekend welcome all i 's 'm and very much know that is"
    ),
    common=words("the and is of to you that it we for what have with this are not but they was"),
    terms={
        "money": stems(
            "budget price pricing cost invoice revenue discount contract licen fee quote offer "
            "proposal expensive cheap dollar euro pound percent spend spent paid worth subscription"
        ),
        "pain": stems(
            "problem issue pain lose lost losing fail error outage slow manual hand wast complain "
            "frustrat break broke missing unhappy worr trouble stuck delay down drop fell wrong"
        ),
        "decision": stems(
            "decid decision approv sign board director cfo ceo cto manager owner procurement legal "
            "committee steering stakeholder boss purchasing agree"
        ),
        "time": stems("deadline quarter launch start end until before expire renew timeline due"),
        "rivals": stems("compare competitor vendor alternative versus demo switch provider"),
        "need": stems(
            "need must require requirement want important critical hard mandatory expect goal "
            "target reach integrat secur complian privacy residen support migrat trial pilot"
        ),
        "risk": stems("risk cancel churn leave unsure concern blocker otherwise stop promis"),
    },
    numbers=stems(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
        "hundred thousand million half dozen first second third"
    ),
    dates=(
        r"(?:(?:by|on|before|until|for|next|this|from|at|in|of|the|end|week|second|first|third|"
        r"last|later|early|mid)\s+)*"
        r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:this\s+)?(?:morning|afternoon|evening)|"
        r"january|february|march|april|may|june|"
        r"july|august|september|october|november|december|tomorrow|today|tonight|"
        r"(?:next|this|end of(?: the| this)?|before the)\s+(?:week|month|quarter|year|spring|"
        r"summer|autumn|winter|holidays|weekend|day)|christmas|easter|"
        r"the\s+(?:\d{1,2}(?:st|nd|rd|th)?|first|second|third|fourth|fifth|sixth|seventh|eighth|"
        r"ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|"
        r"eighteenth|nineteenth|twentieth|thirtieth)(?=\W|$)(?:\s+of\s+[a-z]+)?)"
        r"(?:\s+(?:morning|afternoon|evening|night|at the latest))?"
    ),
    me=words("i"),
    we=words("we"),
    you=words("you your"),
    others=words("he she they you"),
    idle=stems(
        "be see need want think say know like love wait leave stay go miss hope guess assume "
        "believe feel understand agree admit mean end never not no only always probably still all "
        "both it that this you he she they happen depend cost lose pay win become remain keep"
    ),
    will=words("'ll will shall gonna going promise happy glad"),
    can=words("can could"),
    verbs={
        "send": stems(
            "send drop pass mail email e-mail forward share submit upload copy deliver return"
        ),
        "talk": stems(
            "call ring phone speak talk meet schedul book arrang organi invit introduc discuss "
            "follow remind loop back come"
        ),
        "check": stems(
            "run check look investig find test verify review clarif confirm compar calculat measur "
            "analy double-check inspect evaluat"
        ),
        "prepare": stems(
            "prepar write draft set creat build updat rewrit collect gather add fix repair finish "
            "complet record translat install configur enabl raise order plan document design "
            "implement provid bring register extend adjust change migrat connect work"
        ),
        "ask": stems("ask escalat raise inform tell let"),
        "other": stems("get make take put give handle have sign"),
    },
    weak=stems("have sign get make take put give work tell come let run look"),
    said_as=(("let me ", "i can "), ("let's ", "we can "), ("let us ", "we can ")),
    after_nouns=words("the a an your my our their this that for of by"),
    never=(
        r"\bif you (?:want|like|wish|prefer)|my screen|\ban example\b|be honest|be (?:blunt|"
        r"open|frank)|"
        r"\btell you (?:a|the|why|how|what|that)\b|\bget (?:it|that|there|the point|used)\b[.!]?$|"
        r"\bevery (?:day|week|month|year)\b|\btake a look at (?:this|the)\b"
    ),
    negations=words("not n't never won"),
    questions=words("what who when where why how which do does did is are can could would have"),
)
