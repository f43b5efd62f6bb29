"""French."""

from typing import Final

from dealwright.meetings.summary.cue import Cues, stems, words

CUES: Final = Cues(
    language="fr",
    chatter=words(
        "oui non ouais si ok d'accord d accord bien très parfait super génial exactement "
        "tout à fait "
        "merci beaucoup bonjour bonsoir salut au revoir ah oh hm euh bon alors voilà je comprends "
        "vois c'est c ça va quand même de rien vous s'il te plaît entendu noté bonne journée ha à"
    ),
    common=words("le la les et des est que pour pas nous vous une dans avec qui sur mais je"),
    terms={
        "money": stems(
            "budget prix coût coûte coûté coûter factur revenu remise contrat licence tarif devis "
            "offre cher euros pour cent pourcent payer payé abonnement vaut"
        ),
        "pain": stems(
            "problème perd perte perdu erreur panne lent manuel manque difficile plaint retard "
            "double ressaisie mécontent bloqu cass compliqué inventaire"
        ),
        "decision": stems(
            "décid décision valid signe signer direction directeur directrice patron conseil "
            "comité achats juridique responsable approuv"
        ),
        "time": stems("délai échéance trimestre avant rentrée fin début renouvel expire dès"),
        "rivals": stems("compar concurrent fournisseur alternative éditeur changer essay test"),
        "need": stems(
            "besoin faut doit doivent devons exig important essentiel objectif veut voulons "
            "sécurité rgpd données intégr pilote indispensable"
        ),
        "risk": stems("risque résili hésit inquiet sinon partir promis bloquant doute"),
    },
    numbers=stems(
        "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
        "seize vingt "
        "trente quarante cinquante soixante cent mille million moitié premier première deuxième "
        "troisième douzaine"
    ),
    dates=(
        r"(?:(?:avant|pour|d'ici|le|la|au|en|dès|ce|cette|fin|début|mi|prochain|de|du)\s+)*"
        r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|janvier|février|mars|avril|mai|"
        r"juin|juillet|août|septembre|octobre|novembre|décembre|demain|aujourd'hui|ce soir|"
        r"cet après-midi|semaine prochaine|mois prochain|fin (?:de|du) (?:la semaine|mois|"
        r"trimestre)|l'année|rentrée|noël|pâques|l'été|l'automne|"
        r"le\s+\d{1,2}(?:er)?(?:\s+[a-zéû]+)?)(?:\s+(?:prochaine?|matin|soir|midi))?"
    ),
    me=words("je j moi"),
    we=words("nous on"),
    you=words("vous te toi"),
    others=words("il elle ils elles tu"),
    will=words("vais va allons"),
    can=words("peux pouvons peut"),
    verbs={
        "send": stems("envoie envoy enver transme mail partage partag livre livrer fourni remet"),
        "talk": stems(
            "appel rappel reviens revenir organis planifi réserv invit rencontr contact "
            "parle parler"
        ),
        "check": stems("vérifi regard contrôl test calcul compar étudi examin confirm"),
        "prepare": stems(
            "prépar rédig crée créer mets mettre met mettr fais faire install configur activ "
            "modifi "
            "commande rassembl établi ajout"
        ),
        "ask": stems("demand inform propos"),
        "other": stems("occup charge"),
    },
    weak=stems("mets mettre met fais faire regard livre"),
    present=True,
    past=r"(?:é|ée|és|ées|ais|ait|aient|ions|iez)$",
    said_as=(("j'", "je "), ("qu'on ", "on "), ("m'", "me "), ("l'", "l ")),
    never=(
        r"\bsi (?:vous voulez|tu veux|vous souhaitez)|mon écran|\bchaque\b|\btous les\b|"
        r"\bpar (?:mois|jour|an)\b"
    ),
    negations=words("pas jamais plus"),
    questions=words("que quoi qui quand où pourquoi comment combien quel quelle est-ce avez"),
)
