"""Spanish."""

from typing import Final

from dealwright.meetings.summary.cue import Cues, stems, words

CUES: Final = Cues(
    language="es",
    chatter=words(
        "sí si no vale ok okay claro bien muy perfecto genial exacto exactamente estupendo gracias "
        "muchas hola buenos buenas días tardes noches adiós hasta luego ah oh eh mm ajá entiendo "
        "ya de nada por supuesto bueno pues así es lo sé encantado encantada favor igualmente "
        "desde a usted ti"
    ),
    common=words("el la los las que y es en un una por con no para se lo del pero como nos"),
    terms={
        "money": stems(
            "presupuest preci cost factur ingreso descuento contrat licencia tarifa oferta "
            "propuesta caro cara barat euros dólar peso por ciento pagar pagamos suscrip vale"
        ),
        "pain": stems(
            "problem perd pérdid error fall caíd lent manual mano queja falta difícil retras "
            "duplic molest bloque complicad errores"
        ),
        "decision": stems(
            "decid decisión aprob firma firmar director gerente consejo comité compras legal "
            "responsable jefe jefa dirección socio"
        ),
        "time": stems("plazo trimestre antes final fin inicio venc renov caduc fecha"),
        "rivals": stems("compar competen proveedor alternativ cambiar prueba demo probamos"),
        "need": stems(
            "necesit debe debemos tiene tenemos exig important crític objetivo quier seguridad "
            "datos rgpd integr piloto imprescindible requisito"
        ),
        "risk": stems("riesgo cancel duda dudas preocup si no irnos prometi impid"),
    },
    numbers=stems(
        "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieci "
        "veint treinta cuarenta cincuenta sesenta setenta ochenta noventa cien mil millón millones "
        "mitad primer segund tercer docena"
    ),
    dates=(
        r"(?:(?:antes|de|del|el|la|los|para|hasta|este|esta|próximo|próxima|a|finales|principios|"
        r"en|por)\s+)*"
        r"(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|enero|febrero|marzo|abril|mayo|"
        r"junio|julio|agosto|septiembre|octubre|noviembre|diciembre|mañana|hoy|esta tarde|"
        r"(?:la )?(?:esta semana|próxima semana|semana que viene)|(?:el )?(?:próximo mes|"
        r"mes que viene)|"
        r"(?:este|próximo) (?:mes|trimestre|año)|fin de (?:semana|mes|año)|navidad|verano|otoño|"
        r"el\s+(?:día\s+)?\d{1,2}(?:\s+de\s+[a-z]+)?)(?:\s+(?:por la (?:mañana|tarde)|próximo))?"
    ),
    me=words("yo"),
    we=words("nosotros"),
    you=words("te le les os usted ustedes"),
    others=words("él ella ellos ellas tú usted ustedes"),
    will=words("will"),
    can=words("puedo podemos"),
    verbs={
        "send": stems("envi enví mand pas comparti comparto entreg remit reenv"),
        "talk": stems(
            "llam agend reserv organiz invit reun habl program contact convoc vuelvo volver"
        ),
        "check": stems(
            "revis compr comprueb mir verific consult prueb prob calcul compar confirm averigu"
        ),
        "prepare": stems(
            "prepar redact escrib crear creo hag hacer haré monto montar instal configur activ "
            "actualiz recopil añad arregl pong poner pondr termin"
        ),
        "ask": stems("pregunt pido pedir pediré inform avis"),
        "other": stems("encarg ocup"),
    },
    weak=stems("hag hacer haré pas creo pong poner mir prob habl"),
    present=True,
    past=r"(?:ó|aron|ieron|aba|aban|ía|ían|ado|ido|amos|aste)$",
    alone=r"(?:ré|remos|ío|[mvdgtnlrsbjz]o)$",
    said_as=(("voy a ", "yo will "), ("vamos a ", "nosotros will ")),
    never=(
        r"\bsi (?:quiere|quieres|queréis|quieren)\b|mi pantalla|\bcada\b|\btodos los\b|"
        r"\bal (?:mes|día|año)\b"
    ),
    negations=words("no nunca"),
    questions=words("qué quién cuándo dónde cómo cuánto cuál tienen hay"),
)
