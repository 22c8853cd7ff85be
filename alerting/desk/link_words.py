"""What the page behind the link says. Not the portal's catalogue: its language is the message's, not the browser's."""

from collections.abc import Mapping

from alerting.notifications.wording import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "es": {
        "title": "Aviso",
        "drill": "SIMULACRO",
        "open": "Nadie lo ha aceptado todavía.",
        "owned": "Lo tiene usted{since}.",
        "taken": "Ya lo tiene {owner}{since}. No tiene que hacer nada.",
        "since": " desde las {at}",
        "escalated": "Escalado. Avisamos a la siguiente persona. Gracias por decirlo.",
        "accepted": "Aceptado. El ticket es suyo: llame ya al cliente. Le enviamos los datos por SMS.",
        "closed": "El aviso está cerrado. No tiene que hacer nada.",
        "cancelled": "El aviso se ha anulado. No tiene que hacer nada.",
        "expired": "El enlace ha caducado. Responda al SMS o use el portal.",
        "locked": "El enlace se ha cerrado después de cinco códigos equivocados. Responda al SMS o use el portal.",
        "wrong_code": "Ese código no es el de este aviso.",
        "unknown": "No hay nada en esta dirección.",
        "bad_action": "No hemos entendido qué quería hacer.",
        "cannot_record": "No hemos podido registrar su respuesta. Responda al SMS o use el portal.",
        "code": "Código de dos cifras del SMS",
        "acknowledge": "Aceptar",
        "escalate": "Pasarlo a otra persona",
    },
    "en": {
        "title": "Page",
        "drill": "DRILL",
        "open": "Nobody has accepted it yet.",
        "owned": "You have it{since}.",
        "taken": "{owner} has it{since}. There is nothing for you to do.",
        "since": " since {at}",
        "escalated": "Escalated. We are paging the next person. Thank you for saying so.",
        "accepted": "Accepted. The ticket is yours: call the customer now. We are sending you the details by SMS.",
        "closed": "The page is closed. There is nothing for you to do.",
        "cancelled": "The page has been cancelled. There is nothing for you to do.",
        "expired": "The link has expired. Reply to the SMS or use the portal.",
        "locked": "The link was closed after five wrong codes. Reply to the SMS or use the portal.",
        "wrong_code": "That is not the code of this page.",
        "unknown": "There is nothing at this address.",
        "bad_action": "We did not understand what you wanted to do.",
        "cannot_record": "We could not record your answer. Reply to the SMS or use the portal.",
        "code": "Two-digit code of the SMS",
        "acknowledge": "Accept",
        "escalate": "Hand it to someone else",
    },
}
