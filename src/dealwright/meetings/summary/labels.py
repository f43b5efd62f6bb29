"""The words of ours that stand in a note, in the language of the Connection.

Codes are what values carry (`Section.title`, `Summary.why_none`); whatever is no code is a text of
its own and is left as it is.
"""

from typing import Final

LANGUAGES: Final[tuple[str, ...]] = ("en", "sv", "de", "fr", "es", "et")

_WORDS: Final = """
participants     | Participants | Deltagare | Teilnehmer | Participants | Participantes | Osalejad
recording        | Recording and transcript | Inspelning och transkription | Aufzeichnung und Transkript | Enregistrement et transcription | Grabación y transcripción | Salvestis ja transkriptsioon
notes            | Notes | Anteckningar | Notizen | Notes | Notas | Märkmed
summary          | Summary | Sammanfattning | Zusammenfassung | Résumé | Resumen | Kokkuvõte
no_summary       | No summary | Ingen sammanfattning | Keine Zusammenfassung | Pas de résumé | Sin resumen | Kokkuvõtet ei ole
next_steps       | Next steps | Nästa steg | Nächste Schritte | Prochaines étapes | Próximos pasos | Järgmised sammud
key_moments      | Key moments (automatic extract) | Viktiga ögonblick (automatiskt utdrag) | Wichtige Stellen (automatischer Auszug) | Moments clés (extrait automatique) | Momentos clave (extracto automático) | Olulised kohad (automaatne väljavõte)
topics           | Topics | Ämnen | Themen | Sujets | Temas | Teemad
outcome          | Outcome | Resultat | Ergebnis | Résultat | Resultado | Tulemus
purpose          | Purpose | Syfte | Anlass | Objet | Objetivo | Eesmärk
key_points       | Key points | Huvudpunkter | Kernpunkte | Points clés | Puntos clave | Põhipunktid
pain             | Pain and need | Problem och behov | Probleme und Bedarf | Problèmes et besoins | Problemas y necesidades | Mured ja vajadused
metrics          | Figures | Siffror | Zahlen | Chiffres | Cifras | Arvud
budget           | Budget and price | Budget och pris | Budget und Preis | Budget et prix | Presupuesto y precio | Eelarve ja hind
decision_process | Who decides, and how | Vem som beslutar, och hur | Wer entscheidet, und wie | Qui décide, et comment | Quién decide, y cómo | Kes otsustab ja kuidas
timeline         | Timeline | Tidplan | Zeitplan | Calendrier | Plazos | Ajakava
competition      | Competition | Konkurrenter | Wettbewerb | Concurrence | Competencia | Konkurendid
objections       | Objections | Invändningar | Einwände | Objections | Objeciones | Vastuväited
risks            | Risks | Risker | Risiken | Risques | Riesgos | Riskid
champion         | Who helps inside | Vem som hjälper internt | Fürsprecher | Qui aide en interne | Quién ayuda dentro | Kes aitab seestpoolt
decisions        | Decisions | Beslut | Entscheidungen | Décisions | Decisiones | Otsused
feedback         | Feedback | Återkoppling | Rückmeldungen | Retours | Comentarios | Tagasiside
usage            | Use so far | Användning hittills | Nutzung bisher | Utilisation à ce jour | Uso hasta ahora | Kasutus seni
open_questions   | Open questions | Öppna frågor | Offene Fragen | Questions ouvertes | Preguntas abiertas | Lahtised küsimused
stated           | stated | sagt | gesagt | dit | dicho | öeldud
implied          | implied | antytt | angedeutet | sous-entendu | insinuado | vihjatud
unknown          | not mentioned | inte nämnt | nicht erwähnt | non mentionné | no mencionado | ei mainitud
host             | host | värd | Gastgeber | hôte | anfitrión | võõrustaja
guest            | guest | gäst | Gast | invité | invitado | külaline
invited          | invited | inbjuden | eingeladen | convié | convocado | kutsutud
colleague        | colleague | kollega | Kollege | collègue | colega | kolleeg
more_people      | and {count} more | och {count} till | und {count} weitere | et {count} de plus | y {count} más | ja veel {count}
minutes          | {count} min | {count} min | {count} Min. | {count} min | {count} min | {count} min
due              | due {day} | senast {day} | bis {day} | pour le {day} | para el {day} | tähtaeg {day}
done             | done | klart | erledigt | fait | hecho | tehtud
automatic        | Automatic extract | Automatiskt utdrag | Automatischer Auszug | Extrait automatique | Extracto automático | Automaatne väljavõte
model            | Model {name} | Modell {name} | Modell {name} | Modèle {name} | Modelo {name} | Mudel {name}
by_hand          | Written by hand | Skriven för hand | Von Hand geschrieben | Rédigé à la main | Escrito a mano | Käsitsi kirjutatud
shortened        | Shortened; all of it stands on the meeting’s page | Förkortad; allt finns på mötets sida | Gekürzt; alles steht auf der Seite des Treffens | Abrégé ; tout est sur la page de la réunion | Abreviado; todo está en la página de la reunión | Lühendatud; kõik on koosoleku lehel
untitled         | Untitled | Utan titel | Ohne Titel | Sans titre | Sin título | Pealkirjata
nothing_recorded | the recorder sent neither a summary nor a transcript | inspelaren skickade varken sammanfattning eller transkription | der Rekorder sandte weder Zusammenfassung noch Transkript | l’enregistreur n’a envoyé ni résumé ni transcription | la grabadora no envió ni resumen ni transcripción | salvesti ei saatnud kokkuvõtet ega transkriptsiooni
nothing_said     | nothing in the transcript can be quoted | inget i transkriptionen kan citeras | im Transkript lässt sich nichts zitieren | rien dans la transcription ne peut être cité | nada de la transcripción se puede citar | transkriptsioonis pole midagi tsiteerida
not_shown        | it may not be quoted | den får inte citeras | sie darf nicht zitiert werden | il ne peut pas être cité | no se puede citar | seda ei tohi tsiteerida
step_send        | Send something | Skicka något | Etwas senden | Envoyer quelque chose | Enviar algo | Saata midagi
step_talk        | Talk again | Höras igen | Wieder sprechen | Se reparler | Volver a hablar | Rääkida uuesti
step_check       | Check and answer | Kolla och återkomma | Prüfen und antworten | Vérifier et répondre | Comprobar y responder | Kontrollida ja vastata
step_prepare     | Prepare something | Förbereda något | Etwas vorbereiten | Préparer quelque chose | Preparar algo | Midagi ette valmistada
step_ask         | Ask a colleague | Fråga en kollega | Intern nachfragen | Demander en interne | Preguntar internamente | Küsida kolleegilt
step_other       | Do what was promised | Göra det som lovades | Das Zugesagte tun | Faire ce qui a été promis | Hacer lo prometido | Teha lubatu
"""  # noqa: E501 - a table is read line by line

_BY_CODE: Final[dict[str, dict[str, str]]] = {
    cells[0]: dict(zip(LANGUAGES, cells[1:], strict=True))
    for cells in (
        [cell.strip() for cell in line.split("|")] for line in _WORDS.strip().splitlines()
    )
}


def language_of(tag: str) -> str:
    """The language of a BCP 47 tag that we have words in; English for the others."""
    primary = tag.replace("_", "-").split("-")[0].lower()
    return primary if primary in LANGUAGES else "en"


def label(code: str, language: str) -> str:
    """The words of a code. Raises KeyError for what is none."""
    return _BY_CODE[code][language_of(language)]


def titled(text: str, language: str) -> str:
    """The label of a code (`pain`, `pain:implied`), any other text as it is."""
    code, colon, status = text.partition(":")
    if code not in _BY_CODE or (colon and status not in _BY_CODE):
        return text
    said = label(code, language)
    return f"{said} ({label(status, language)})" if colon else said


def is_label(code: str, text: str) -> bool:
    """Whether a heading says what a code says, in any of our languages."""
    said = text.strip().rstrip(":").casefold()
    return said in {code, *(words.casefold() for words in _BY_CODE[code].values())}
