"""Estonian."""

from typing import Final

from dealwright.meetings.summary.cue import Cues, stems, words

CUES: Final = Cues(
    language="et",
    chatter=words(
        "jah jaa ei mhm mm okei ok hästi hea väga tore selge täpselt muidugi super suurepärane "
        "aitäh tänan tere hommikust päevast head aega nägemist nägemiseni ahah oi noh nii saan aru "
        "olgu kena palun pole probleemi kuulmiseni tšau just päeva teile ka"
    ),
    common=words("ja on ei et see ma me meil kui siis ka aga mis oma seda nad selle kas või"),
    terms={
        "money": stems(
            "eelarve hind hinna hinda kulu maksa arve tulu allahindlus soodustus leping lepingu "
            "litsents tasu pakkumi kallis kalli odav euro eurot protsent raha"
        ),
        "pain": stems(
            "probleem kaota kadu viga vigu vead katkestus aeglane aeglas käsitsi kurda puudu raske "
            "hiline topelt rahulolematu takista keeruli"
        ),
        "decision": stems(
            "otsus otsust allkirja kinnita juhatus juhataja direktor nõukogu ost jurist juht "
            "omanik "
            "finantsjuht nõusolek"
        ),
        "time": stems("tähtaeg tähtaja kvartal enne lõpp lõpuks algus pikenda aegu lõpe hiljemalt"),
        "rivals": stems("võrdle konkurent tarnija alternatiiv vaheta demo proovi katseta pakkuja"),
        "need": stems(
            "vaja peab peame nõue nõuded nõuab oluline tähtis eesmärk taha soovi turval andme "
            "liides integratsioon test piloot"
        ),
        "risk": stems("risk lõpeta loobu kahtle mure muidu luba takistus"),
    },
    numbers=stems(
        "üks kaks kahe kolm kolme neli nelja viis viie kuus kuue seitse seitsme kaheksa üheksa "
        "kümme kümne sada saja tuhat tuhande miljon pool poole esime teine teise kolmas tosin"
    ),
    dates=(
        r"(?:(?:enne|järgmi\w+|selle\w*|kuni|hiljemalt|juba|uue)\s+)*"
        r"(?:esmaspäev\w*|teisipäev\w*|kolmapäev\w*|neljapäev\w*|reede\w*|reedeks|laupäev\w*|"
        r"pühapäev\w*|jaanuar\w*|veebruar\w*|märts\w*|aprill\w*|mai|mais|maiks|juuni\w*|juuli\w*|"
        r"august\w*|septembr\w*|september|oktoobr\w*|oktoober|novembr\w*|november|detsembr\w*|"
        r"detsember|homme\w*|täna\w*|ülehomme|nädal\w*|kuu lõpu\w*|aasta lõpu\w*|kvartal\w*|"
        r"sügis\w*|kevad\w*|suve\w*|talve\w*|jõulu\w*|\d{1,2}\.(?:\s*\w+)?)"
    ),
    me=words("ma mina"),
    we=words("me meie"),
    you=words("teile sulle teid sind"),
    others=words("ta tema nad nemad te sa"),
    will=words("kavatsen luban lubame"),
    can=words("saan võin saame võime"),
    verbs={
        "send": stems("saada edasta jaga meili tarni esita"),
        "talk": stems("helista broneeri korralda kutsu lepi kohtu räägi võtan ühendust anna"),
        "check": stems("kontrolli vaata uuri testi arvuta võrdle täpsusta selgita"),
        "prepare": stems(
            "valmista koosta kirjuta tee teen loo panen pane paigalda seadista uuenda kogu telli "
            "paranda muuda lisa lülita"
        ),
        "ask": stems("küsi teavita ütle"),
        "other": stems("hoolitse tegele"),
    },
    weak=stems("tee teen pane panen vaata anna loo kogu"),
    present=True,
    past=r"(?:(?<!kü)sin|sime|sid|nud|tud)$",
    alone=r"[aeiou]n$",
    never=r"\bkui (?:soovi|taha)|ekraan|\biga\b|\bpäevas\b|\bkuus\b\s*$",
    negations=words("ei mitte"),
    questions=words("mis kes millal kus miks kuidas kas mitu milline kui"),
)
