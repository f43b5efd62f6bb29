"""`error_info` of v1 in the language of the token's user (seen live in Spanish)."""

from collections.abc import Mapping

import msgspec

from dealwright.sandbox.answers import NOT_FOUND_INFO, SEE_API, Answer, Json, encode

# The country that `users/me` shows beside a language.
COUNTRY_OF: Mapping[str, str] = {"en": "US", "de": "DE", "es": "ES", "fr": "FR", "pt": "BR"}
# Only `error_info` is translated: `error` stays English, which is why a client may read it.
_TOLD: Mapping[str, Mapping[str, str]] = {
    "de": {
        SEE_API: "Weitere Informationen zur Pipedrive-API finden Sie unter "
        "developers.pipedrive.com.",
        NOT_FOUND_INFO: "Das Objekt wurde nicht gefunden.",
    },
    "es": {
        SEE_API: "Consulta developers.pipedrive.com para obtener más información sobre la API de "
        "Pipedrive.",
        NOT_FOUND_INFO: "No se encontró el objeto.",
    },
    "fr": {
        SEE_API: "Consultez developers.pipedrive.com pour en savoir plus sur l’API de Pipedrive.",
        NOT_FOUND_INFO: "L’objet est introuvable.",
    },
    "pt": {
        SEE_API: "Consulte developers.pipedrive.com para obter mais informações sobre a API do "
        "Pipedrive.",
        NOT_FOUND_INFO: "O objeto não foi encontrado.",
    },
}


def localized(answer: Answer, language: str) -> Answer:
    """The refusal in this language, as far as Pipedrive would; others and English as they are."""
    told = _TOLD.get(language)
    if told is not None:
        body = msgspec.json.decode(answer.body, type=Json)
        info: str = body.get("error_info", "")
        if info in told:
            answer.body = encode({**body, "error_info": told[info]})
    return answer
