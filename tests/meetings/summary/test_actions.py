"""Next steps: which sentences promise something, and which only sound like it."""

import pytest

from dealwright.meetings.summary.actions import due_in, in_our_words, promises
from dealwright.meetings.summary.speech import CUES

PROMISED = [
    ("en", "I'll send over the contract tonight."),
    ("en", "We'll get back to you by Tuesday."),
    ("en", "I will follow up with Maria next week."),
    ("en", "I'm going to book the room for Monday."),
    ("en", "Let me check with legal and come back to you tomorrow."),
    ("en", "I can send you the slides today."),
    ("en", "I'll talk to my manager about it."),
    ("en", "I'll put together a proposal by Friday."),
    ("en", "I will get you the numbers this afternoon."),
    ("en", "I'll loop in our security team."),
    ("en", "We will share the recording with you tomorrow."),
    ("en", "I'll make sure that you get access today."),
    ("en", "I'll run it by our CTO on Thursday."),
    ("en", "I'll come back to you with a price on Wednesday."),
    ("en", "I'll drop you an email with the details."),
    ("en", "I promise to deliver the report by the fifth of May."),
    ("en", "I'll pass it on to Tom."),
    ("en", "I'm gonna email you the link list tomorrow."),
    ("en", "I'll bring the figures to the next meeting."),
    ("en", "I'll schedule a follow-up for next week."),
    ("en", "I'll let you know by Friday."),
    ("sv", "Jag skickar offerten i morgon."),
    ("sv", "Jag ska kolla med teknik och återkommer på fredag."),
    ("sv", "Jag mejlar dig avtalet idag."),
    ("sv", "Vi återkommer med ett pris på torsdag."),
    ("sv", "Jag bokar in ett möte med Per nästa vecka."),
    ("sv", "Då ringer jag dig på måndag."),
    ("sv", "Jag tar upp det med ledningen på tisdag."),
    ("sv", "Jag kommer att skicka underlaget före helgen."),
    ("sv", "Jag hör av mig på onsdag."),
    ("sv", "Jag ser till att ni får åtkomst idag."),
    ("sv", "Jag stämmer av med Lisa i veckan som kommer."),
    ("sv", "Jag fixar en demo till fredag."),
    ("de", "Ich schicke Ihnen das Angebot morgen."),
    ("de", "Ich werde das mit der Technik klären."),
    ("de", "Ich melde mich bis Freitag."),
    ("de", "Wir senden Ihnen die Unterlagen am Montag."),
    ("de", "Ich rufe Sie nächste Woche an."),
    ("de", "Dann bereite ich die Demo für Dienstag vor."),
    ("de", "Ich spreche mit meinem Chef darüber."),
    ("de", "Ich lasse Ihnen den Vertrag heute zukommen."),
    ("de", "Ich prüfe das und gebe Ihnen morgen Bescheid."),
    ("de", "Ich kümmere mich um den Termin."),
    ("fr", "Je vous envoie le devis demain."),
    ("fr", "Je vais vérifier avec l'équipe technique."),
    ("fr", "Je reviens vers vous jeudi."),
    ("fr", "On vous prépare une démo pour lundi."),
    ("fr", "Je vous rappelle la semaine prochaine."),
    ("fr", "J'en parle à mon directeur demain."),
    ("fr", "Je m'en occupe cet après-midi."),
    ("fr", "Nous vous transmettrons le contrat vendredi."),
    ("es", "Te envío la propuesta mañana."),
    ("es", "Le mando el contrato el viernes."),
    ("es", "Voy a preparar una demo para el lunes."),
    ("es", "Lo reviso con el equipo técnico."),
    ("es", "Vamos a enviar la factura esta semana."),
    ("es", "Yo hablo con mi jefe mañana."),
    ("es", "Prepararé el informe para el martes."),
    ("es", "Te llamo la próxima semana."),
    ("es", "Me encargo de reservar la sala."),
    ("et", "Saadan teile pakkumise homme."),
    ("et", "Ma kontrollin seda tehnikutega."),
    ("et", "Helistan teile esmaspäeval."),
    ("et", "Me saadame lepingu reedeks."),
    ("et", "Ma valmistan demo ette kolmapäevaks."),
    ("et", "Küsin juhatajalt järgmisel nädalal."),
    ("et", "Ma räägin oma ülemusega."),
    ("et", "Annan teile reedel teada."),
]
NOT_PROMISED = [
    ("en", "I think that is too expensive."),
    ("en", "We send forty invoices every day."),
    ("en", "Can you send me the offer?"),
    ("en", "I'll be honest with you, it is slow."),
    ("en", "I can imagine."),
    ("en", "You should send the offer by Friday."),
    ("en", "We are not sure we will renew."),
    ("en", "I will not sign that."),
    ("en", "They will send us a proposal tomorrow."),
    ("en", "I can approve up to ten thousand."),
    ("en", "Our team will be in Berlin next week."),
    ("en", "I checked with legal yesterday."),
    ("en", "I would like to see a demo."),
    ("en", "We sent the contract on Monday."),
    ("en", "Let me share my screen."),
    ("en", "I'll call you back if you want."),
    ("en", "We can see the report on the dashboard."),
    ("en", "I'll take a coffee, thanks."),
    ("en", "We have to work with two systems."),
    ("en", "So we will see."),
    ("en", "I'll give you an example."),
    ("en", "We will need single sign on."),
    ("en", "I will wait for your email."),
    ("sv", "Vi skickar hundra paket varje dag."),
    ("sv", "Jag skickade offerten i måndags."),
    ("sv", "Kan du skicka avtalet?"),
    ("sv", "Jag tror att det blir dyrt."),
    ("sv", "Vi har fyra system."),
    ("sv", "Jag vet inte."),
    ("sv", "De skickar ett anbud på måndag."),
    ("sv", "Vi tar in data från tre system."),
    ("sv", "Jag kan inte lova det."),
    ("sv", "Vi använder Teams för att boka möten."),
    ("de", "Wir schicken jede Woche hundert Pakete."),
    ("de", "Können Sie mir das Angebot schicken?"),
    ("de", "Ich habe das Angebot gestern geschickt."),
    ("de", "Ich glaube, das ist zu teuer."),
    ("de", "Sie schicken uns morgen den Vertrag."),
    ("de", "Wir müssen das erst prüfen lassen."),
    ("de", "Ich weiß es nicht."),
    ("fr", "Nous envoyons cent colis par jour."),
    ("fr", "Vous pouvez envoyer le devis ?"),
    ("fr", "Je pense que c'est trop cher."),
    ("fr", "J'ai envoyé le contrat hier."),
    ("fr", "Il nous envoie une offre demain."),
    ("fr", "Je ne sais pas."),
    ("es", "Enviamos cien paquetes cada día."),
    ("es", "¿Puede enviarme la oferta?"),
    ("es", "Creo que es muy caro."),
    ("es", "Ayer envié el contrato."),
    ("es", "Ellos mandan la oferta mañana."),
    ("es", "No lo sé."),
    ("es", "Tenemos tres tiendas."),
    ("et", "Saadame iga päev sada pakki."),
    ("et", "Kas saate mulle pakkumise saata?"),
    ("et", "Ma arvan, et see on kallis."),
    ("et", "Saatsin lepingu eile."),
    ("et", "Nad saadavad pakkumise homme."),
    ("et", "Ma ei tea."),
]


@pytest.mark.parametrize(("language", "said"), PROMISED)
def test_a_promise_is_a_next_step(language: str, said: str) -> None:
    assert [each.text for each in promises(said, CUES[language])] == [said]


@pytest.mark.parametrize(("language", "said"), NOT_PROMISED)
def test_what_only_sounds_like_a_promise_is_none(language: str, said: str) -> None:
    assert list(promises(said, CUES[language])) == []


@pytest.mark.parametrize(
    ("language", "said", "due"),
    [
        ("en", "I'll send it by next Wednesday at the latest.", "by next Wednesday at the latest"),
        ("en", "I'll send it before the tenth of June.", "before the tenth of June"),
        ("en", "I'll send it.", ""),
        ("sv", "Jag skickar det senast på torsdag.", "senast på torsdag"),
        ("de", "Ich schicke es bis Mittwoch.", "bis Mittwoch"),
        ("fr", "Je vous l'envoie vendredi matin.", "vendredi matin"),
        ("es", "Lo envío el lunes.", "el lunes"),
        ("et", "Saadan pakkumise reedeks.", "reedeks"),
    ],
)
def test_the_day_of_a_promise_is_told_as_it_was_said(language: str, said: str, due: str) -> None:
    assert due_in(said, CUES[language]) == due


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("I'll send you the offer.", "step_send"),
        ("Jag ringer dig på måndag.", "step_talk"),
        ("Ich kläre den Termin mit dem Betriebsrat.", "step_check"),
        ("Whatever.", "step_other"),
    ],
)
def test_a_step_in_our_words_is_a_kind_of_step(said: str, kind: str) -> None:
    assert in_our_words(said) == kind
