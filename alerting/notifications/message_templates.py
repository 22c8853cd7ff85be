"""The words of every text message in each language, by the message's variant; wording.py says how templates read."""

from alerting.notifications.wording import Table

TEMPLATES: Table = {
    "page_sms": {
        "es": "{sms_name} {reference}< RETRASADO {late_minutes:count} min> {priority} {customer:name}: {plan:plan}."
        "[1| Nivel {step:count}.]< Responda {code}A=acepto {code}E=escalar.>< {link}>",
        "en": "{sms_name} {reference}< {late_minutes:count} min LATE> {priority} {customer:name}: {plan:plan}."
        "[1| Level {step:count}.]< Reply {code}A=ack {code}E=escalate.>< {link}>",
    },
    "last_resort_sms": {
        "es": "{sms_name} {reference} NADIE HA CONTESTADO[1| en {minutes:count} min]. {priority} {customer:name}: "
        "{plan:plan}.< Responda {code}A=acepto.>< {link}>",
        "en": "{sms_name} {reference} NOBODY HAS ANSWERED[1| in {minutes:count} min]. {priority} {customer:name}: "
        "{plan:plan}.< Reply {code}A=ack.>< {link}>",
    },
    "shadowed_page_sms": {
        "es": "{sms_name} {reference} {priority} {customer:name}[2| {plan:plan}]: se avisa a {name:name}. "
        "Acompaña usted: no tiene que responder.< {link}>",
        "en": "{sms_name} {reference} {priority} {customer:name}[2| {plan:plan}]: {name:name} is paged. "
        "You learn along: no answer needed.< {link}>",
    },
    "taken_by_other_sms": {
        "es": "{sms_name} {reference}: ya lo tiene {name:name} desde {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: already taken by {name:name} at {at:since}.[1| Nothing for you to do.]",
    },
    "acknowledged_sms": {
        "es": "{sms_name} {reference}: aceptado[3| por usted] a {at:since}. Llame ya[2| al cliente]:< {contact:name}>"
        " {phone}.[1| Plazo de contacto {contact_due_at:time}.][4| {code}C=contactado.]< {link}>",
        "en": "{sms_name} {reference}: acknowledged[3| by you] at {at:since}. Call[2| the customer] now:"
        "< {contact:name}> {phone}.[1| Contact due {contact_due_at:time}.][4| {code}C=contacted.]< {link}>",
    },
    "acknowledged_sms_without_phone": {
        "es": "{sms_name} {reference}: aceptado[3| por usted] a {at:since}. No consta teléfono del cliente."
        "[1| Plazo de contacto {contact_due_at:time}.][4| {code}C=contactado.]< {link}>",
        "en": "{sms_name} {reference}: acknowledged[3| by you] at {at:since}. No phone on file for the customer."
        "[1| Contact due {contact_due_at:time}.][4| {code}C=contacted.]< {link}>",
    },
    "acknowledged_all_sms": {
        "es": "{sms_name}: avisos aceptados por usted: {references:references}.[1| Llame ya a esos clientes.]",
        "en": "{sms_name}: pages acknowledged by you: {references:references}.[1| Call those customers now.]",
    },
    "escalated_sms": {
        "es": "{sms_name} {reference}: escalado. Avisamos ahora a {next:name}[2| (nivel {level:count})]."
        "[1| Gracias por decirlo.]",
        "en": "{sms_name} {reference}: escalated. Now paging {next:name}[2| (level {level:count})]."
        "[1| Thank you for saying so.]",
    },
    "escalated_sms_to_nobody_known": {
        "es": "{sms_name} {reference}: escalado. Avisamos ahora a la siguiente persona.[1| Gracias por decirlo.]",
        "en": "{sms_name} {reference}: escalated. Now paging the next person.[1| Thank you for saying so.]",
    },
    "contact_overdue_sms": {
        "es": "{sms_name} {reference}: sin contacto con el cliente[1| {minutes:count} min después de aceptar]."
        "[2| Tel. {phone}.]<[3| Responda] {code}C=contactado {code}E=escalar.>< {link}>",
        "en": "{sms_name} {reference}: customer not contacted[1| {minutes:count} min after your ack]."
        "[2| Tel. {phone}.]<[3| Reply] {code}C=contacted {code}E=escalate.>< {link}>",
    },
    "contact_recorded_sms": {
        "es": "{sms_name} {reference}: contacto con el cliente anotado a {at:since}.[1| Gracias.]",
        "en": "{sms_name} {reference}: customer contact recorded at {at:since}.[1| Thank you.]",
    },
    "stand_down_sms": {
        "es": "{sms_name} {reference}: anulado por el cliente a {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: cancelled by the customer at {at:since}.[1| Nothing for you to do.]",
    },
    "stand_down_sms_by_provider": {
        "es": "{sms_name} {reference}: anulado a {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: stood down at {at:since}.[1| Nothing for you to do.]",
    },
    "joined_owner_sms": {
        "es": "{sms_name} {reference}: {name:name} ({customer:name}) se une al aviso que usted lleva."
        "[1| Tel. {phone}.]< {link}>",
        "en": "{sms_name} {reference}: {name:name} ({customer:name}) joins the activation you own."
        "[1| Tel. {phone}.]< {link}>",
    },
    "unreachable_reminder_sms": {
        "es": "{sms_name} {reference}: cliente sin localizar tras {tries:count} intentos."
        "[1| Vuelva a llamar: {phone}.][2| {code}C=contactado.]< {link}>",
        "en": "{sms_name} {reference}: customer not reached after {tries:count} tries."
        "[1| Please call again: {phone}.][2| {code}C=contacted.]< {link}>",
    },
    "unreachable_manager_sms": {
        "es": "{sms_name} {reference}: {owner:name} no localiza a {customer:name} tras {tries:count} intentos."
        "[1| No se avisa a nadie más.]< {link}>",
        "en": "{sms_name} {reference}: {owner:name} cannot reach {customer:name} after {tries:count} tries."
        "[1| Nobody else is paged.]< {link}>",
    },
    "pager_duty_stranger_sms": {
        "es": "{sms_name} {reference}: aceptado en PagerDuty por {name:name}, usuario {user:name}, desconocido aquí."
        "[1| Póngalo en su ficha.]< {link}>",
        "en": "{sms_name} {reference}: acknowledged in PagerDuty by {name:name}, user {user:name}, unknown here."
        "[1| Add it to their entry.]< {link}>",
    },
    "pager_duty_resolved_sms": {
        "es": "{sms_name} {reference}: {name:name} lo ha resuelto en PagerDuty. Aquí sigue abierto: ciérrelo.< {link}>",
        "en": "{sms_name} {reference}: {name:name} has resolved it in PagerDuty. Still open here: close it if done."
        "< {link}>",
    },
    "not_understood_sms": {
        "es": '{sms_name}: no hemos entendido "{shown:name}". Responda {code}A para aceptar o {code}E para escalar '
        "el aviso {reference}.[1| Lista de avisos: responda ?]",
        "en": '{sms_name}: we did not understand "{shown:name}". Reply {code}A to acknowledge or {code}E to escalate '
        "page {reference}.[1| List of pages: reply ?]",
    },
    "not_understood_sms_without_page": {
        "es": '{sms_name}: no hemos entendido "{shown:name}". Para ver sus avisos, responda ?',
        "en": '{sms_name}: we did not understand "{shown:name}". To list your pages, reply ?',
    },
    "open_pages_sms": {
        "es": "{sms_name}: {total:count} avisos. {items:items}Responda {answers}.",
        "en": "{sms_name}: {total:count} pages. {items:items}Reply {answers}.",
    },
    "several_pages_sms": {
        "es": "{sms_name}: {total:count} avisos urgentes. {items:items}Responda {answers}.",
        "en": "{sms_name}: {total:count} urgent pages. {items:items}Reply {answers}.",
    },
    "nothing_open_sms": {
        "es": "{sms_name}: ahora mismo no tiene ningún aviso pendiente.",
        "en": "{sms_name}: you have no open pages right now.",
    },
    "closed_sms": {
        "es": "{sms_name} {reference}: el aviso ya está cerrado desde {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: this page was closed at {at:since}.[1| Nothing for you to do.]",
    },
    "code_unknown_sms": {
        "es": "{sms_name}: {code:name} no es de ningún aviso abierto en este teléfono.[1| Lista: responda ?]",
        "en": "{sms_name}: {code:name} belongs to no page open on this phone.[1| List: reply ?]",
    },
    "not_available_sms": {
        "es": "{sms_name}: esa opción no está disponible por SMS.< Responda {code}A para aceptar o {code}E para"
        " escalar.>",
        "en": "{sms_name}: that option is not available by SMS.< Reply {code}A to acknowledge or {code}E to escalate.>",
    },
    "cannot_record_sms": {
        "es": "{sms_name}: no hemos podido registrar su respuesta. Use el portal o responda de nuevo en un minuto.",
        "en": "{sms_name}: we could not record your answer. Use the portal or reply again in a minute.",
    },
    "reachability_test_sms": {
        "es": "{sms_name} PRUEBA: mensaje de prueba de {at:since}.< Responda {code}A para confirmar que puede"
        " contestar.> No es una incidencia.",
        "en": "{sms_name} TEST: test message sent at {at:since}.< Reply {code}A to confirm that you can answer.>"
        " This is not an incident.",
    },
    "reachability_test_confirmed_sms": {
        "es": "{sms_name} PRUEBA: confirmada a {at:since}. Gracias.",
        "en": "{sms_name} TEST: confirmed at {at:since}. Thank you.",
    },
    "on_call_starts_sms": {
        "es": "{sms_name} guardia: entra usted de guardia ({schedule:name}) {starts_at:day} hasta {ends_at:day}."
        "[2| Releva a {relieves:name}.][1| Avisos abiertos: {open_pages:count}.]",
        "en": "{sms_name} on call: you are on call ({schedule:name}) {starts_at:day} until {ends_at:day}."
        "[2| You relieve {relieves:name}.][1| Open pages: {open_pages:count}.]",
    },
    "on_call_ends_sms": {
        "es": "{sms_name} guardia: termina su guardia ({schedule:name}) {ends_at:day}.[2| Entra {relieved_by:name}.]"
        "[1| Avisos abiertos a su nombre: {open_tickets:count}.]",
        "en": "{sms_name} on call: your shift ({schedule:name}) ends {ends_at:day}.[2| {relieved_by:name} takes over.]"
        "[1| Open tickets in your name: {open_tickets:count}.]",
    },
    "unproven_watch_sms": {
        "es": "{sms_name} guardia: {name:name} entra de guardia ({schedule:name}) {starts_at:day} y no ha confirmado la"
        " prueba.[1| Puede que no conteste.]",
        "en": "{sms_name} on call: {name:name} goes on call ({schedule:name}) {starts_at:day} and has not confirmed the"
        " test.[1| They may not answer.]",
    },
    "unproven_watch_sms_covered": {
        "es": "{sms_name} guardia: {name:name} no ha confirmado la prueba y su guardia ({schedule:name}) del"
        " {starts_at:day} pasa a {covered_by:name}.",
        "en": "{sms_name} on call: {name:name} has not confirmed the test, so the shift ({schedule:name}) of"
        " {starts_at:day} goes to {covered_by:name}.",
    },
    "shift_asked_sms": {
        "es": "{sms_name} guardia: {name:name} pide relevo ({schedule:name}) {from_at:day} - {to_at:day}."
        "[1| Responda en el portal.]",
        "en": "{sms_name} on call: {name:name} asks for cover ({schedule:name}) {from_at:day} - {to_at:day}."
        "[1| Answer in the portal.]",
    },
    "swap_asked_sms": {
        "es": "{sms_name} guardia: {name:name} le ofrece su guardia< ({schedule:name})> {from_at:day} - {to_at:day} por"
        " la suya {back_from_at:day} - {back_to_at:day}.",
        "en": "{sms_name} on call: {name:name} offers< ({schedule:name})> {from_at:day} - {to_at:day} for your"
        " {back_from_at:day} - {back_to_at:day}.",
    },
    "shift_yours_sms": {
        "es": "{sms_name} guardia: es suya la guardia ({schedule:name}) {from_at:day} - {to_at:day}"
        "[1|< en lugar de {instead_of:name}>].",
        "en": "{sms_name} on call: the shift ({schedule:name}) {from_at:day} - {to_at:day} is yours"
        "[1|< instead of {instead_of:name}>].",
    },
    "shift_taken_sms": {
        "es": "{sms_name} guardia: {name:name} hace su guardia ({schedule:name}) {from_at:day} - {to_at:day}.",
        "en": "{sms_name} on call: {name:name} takes your shift ({schedule:name}) {from_at:day} - {to_at:day}.",
    },
    "swap_made_sms": {
        "es": "{sms_name} guardia: cambio hecho. Usted hace {from_at:day} - {to_at:day}; {name:name}"
        " {gone_from_at:day} - {gone_to_at:day}.",
        "en": "{sms_name} on call: swapped. You take {from_at:day} - {to_at:day}; {name:name} takes"
        " {gone_from_at:day} - {gone_to_at:day}.",
    },
    "shift_request_ended_sms_declined": {
        "es": "{sms_name} guardia: {name:name} no puede hacer su guardia ({schedule:name}) del {from_at:day}."
        " Sigue siendo suya.",
        "en": "{sms_name} on call: {name:name} cannot take your shift ({schedule:name}) of {from_at:day}."
        " It is still yours.",
    },
    "shift_request_ended_sms_expired": {
        "es": "{sms_name} guardia: nadie ha tomado su guardia ({schedule:name}) del {from_at:day}. Sigue siendo suya.",
        "en": "{sms_name} on call: nobody took your shift ({schedule:name}) of {from_at:day}. It is still yours.",
    },
    "shift_request_ended_sms_void": {
        "es": "{sms_name} guardia: su petición ({schedule:name}) del {from_at:day} queda sin efecto: el calendario ha"
        " cambiado.",
        "en": "{sms_name} on call: your request ({schedule:name}) of {from_at:day} is void: the rota has changed.",
    },
    "shift_request_ended_sms_withdrawn": {
        "es": "{sms_name} guardia: {name:name} retira su petición ({schedule:name}) del {from_at:day}."
        "[1| No tiene que hacer nada.]",
        "en": "{sms_name} on call: {name:name} withdraws the request ({schedule:name}) of {from_at:day}."
        "[1| Nothing for you to do.]",
    },
    "uncovered_sms": {
        "es": "{sms_name} guardia: NADIE de guardia ({schedule:name}) desde {starts_at:day}< hasta {ends_at:day}>."
        "[1| Otros huecos: {more:count}.][2| Asigne a alguien en Cobertura.]",
        "en": "{sms_name} on call: NOBODY on call ({schedule:name}) from {starts_at:day}< until {ends_at:day}>."
        "[1| Other gaps: {more:count}.][2| Put somebody on in Coverage.]",
    },
    "handed_over_sms": {
        "es": "{sms_name} {reference}: {name:name} le pasa el ticket de {customer:name}.[2| Tel. {phone}.]"
        "[1| Plazo de contacto {contact_due_at:time}.]< {link}>",
        "en": "{sms_name} {reference}: {name:name} hands you the ticket of {customer:name}.[2| Tel. {phone}.]"
        "[1| Contact due {contact_due_at:time}.]< {link}>",
    },
    "handed_over_by_you_sms": {
        "es": "{sms_name} {reference}: el ticket lo lleva ahora {name:name}.[1| Gracias.]",
        "en": "{sms_name} {reference}: {name:name} has the ticket now.[1| Thank you.]",
    },
    "sla_sms": {
        "es": "{sms_name} {reference} {customer:name}: {percent:count} % del plazo de {metric:metric}"
        "[1|, vence {due_at:day}].< {link}>",
        "en": "{sms_name} {reference} {customer:name}: {percent:count}% of the time to {metric:metric}"
        "[1|, due {due_at:day}].< {link}>",
    },
    "sla_sms_breached": {
        "es": "{sms_name} {reference} {customer:name}: incumplido el plazo de {metric:metric}[1|, {due_at:day}]."
        "< {link}>",
        "en": "{sms_name} {reference} {customer:name}: the time to {metric:metric} is exceeded[1|, {due_at:day}]."
        "< {link}>",
    },
    "machine_sms": {
        "es": "{sms_name} {reference} {customer:name}: {event:event}.< {link}>",
        "en": "{sms_name} {reference} {customer:name}: {event:event}.< {link}>",
    },
    "provider_case_sms": {
        "es": "{sms_name} {reference} {customer:name}: {name:name} no ha respondido a tiempo al caso "
        "{case_number:name}. Insista.< {link}>",
        "en": "{sms_name} {reference} {customer:name}: {name:name} has not answered case {case_number:name} in time. "
        "Press them.< {link}>",
    },
    "reopened_sms": {
        "es": "{sms_name} {reference}: {customer:name} ha reabierto el ticket (vez {times:count}).< {link}>",
        "en": "{sms_name} {reference}: {customer:name} has reopened the ticket (time {times:count}).< {link}>",
    },
    "answered_sms": {
        "es": "{sms_name} {reference}: {customer:name} ha escrito. Está en el ticket.",
        "en": "{sms_name} {reference}: {customer:name} has written. It stands on the ticket.",
    },
    "holidays_sms": {
        "es": "{sms_name} guardia: confirme los festivos de {year} ({calendar:name}).[1| Otras listas: {more:count}.]",
        "en": "{sms_name} on call: confirm the holidays of {year} ({calendar:name}).[1| Other lists: {more:count}.]",
    },
    "drill_changed_sms_moved": {
        "es": "{sms_name} guardia: el simulacro de {customer:name}[1| ({plan:plan})] pasa al {starts_at:day}.",
        "en": "{sms_name} on call: the drill of {customer:name}[1| ({plan:plan})] is moved to {starts_at:day}.",
    },
    "drill_changed_sms_called_off": {
        "es": "{sms_name} guardia: anulado el simulacro de {customer:name}[1| ({plan:plan})] del {starts_at:day}. "
        "Fije otra fecha.",
        "en": "{sms_name} on call: the drill of {customer:name}[1| ({plan:plan})] on {starts_at:day} is called off. "
        "Choose another date.",
    },
    "drill_changed_sms_broken_off": {
        "es": "{sms_name} guardia: interrumpido el simulacro de {customer:name}[1| ({plan:plan})] del {starts_at:day}. "
        "Fije otra fecha.",
        "en": "{sms_name} on call: the drill of {customer:name}[1| ({plan:plan})] on {starts_at:day} was broken off. "
        "Choose another date.",
    },
    "drills_overdue_sms": {
        "es": "{sms_name} guardia: sin simulacro en {months:count} meses: {customer:name}, {plan:plan}."
        "[1| Otros planes: {more:count}.]",
        "en": "{sms_name} on call: no drill in {months:count} months: {customer:name}, {plan:plan}."
        "[1| Other plans: {more:count}.]",
    },
    "verification_code_sms": {
        "es": "Su código de {sms_name} Guardia es {code}. Caduca en {minutes:count} minutos. No lo comparta"
        "[1|: nunca se lo pediremos por teléfono].",
        "en": "Your {sms_name} Guardia code is {code}. It expires in {minutes:count} minutes. Do not share it"
        "[1|: we will never ask for it by telephone].",
    },
    "pager_duty_rota_sms": {
        "es": "{sms_name}: PagerDuty no dice quién está de guardia ({rotation:name}) desde {read_at:day}."
        "[1| Vale lo último que se supo.]",
        "en": "{sms_name}: PagerDuty has not said who is on call ({rotation:name}) since {read_at:day}."
        "[1| The last rota known is in force.]",
    },
    "pager_duty_rota_sms_never_read": {
        "es": "{sms_name}: no se ha podido leer en PagerDuty quién está de guardia ({rotation:name}): nadie lo está."
        "[1| Vea guardia doctor.]",
        "en": "{sms_name}: who is on call ({rotation:name}) could not be read from PagerDuty yet: nobody is."
        "[1| See guardia doctor.]",
    },
    "pager_duty_rota_sms_empty": {
        "es": "{sms_name}: en PagerDuty no hay nadie de guardia ({rotation:name}).[1| Revise que una política de"
        " escalado use ese calendario.]",
        "en": "{sms_name}: PagerDuty has nobody on call ({rotation:name}).[1| Check that an escalation policy uses"
        " that schedule.]",
    },
    "pager_duty_rota_stranger_sms": {
        "es": "{sms_name}: {name:name} ({user:name}) está de guardia en PagerDuty {from_at:day} y aquí no se conoce:"
        " no se le avisa.[1| Ponga pagerduty_user en su ficha.]",
        "en": "{sms_name}: {name:name} ({user:name}) is on call in PagerDuty {from_at:day} and unknown here: not"
        " paged.[1| Add pagerduty_user to an entry.]",
    },
    "method_added_sms": {
        "es": "{sms_name}: su medio de contacto ...{ending} está verificado y en uso. Si no ha sido usted, avise a su"
        " responsable.",
        "en": "{sms_name}: your contact method ...{ending} is verified and in use. If that was not you, tell your"
        " manager.",
    },
    "method_added_sms_pagerduty": {
        "es": "{sms_name}: sus avisos por PagerDuty están verificados y en uso. Si no ha sido usted, avise a su"
        " responsable.",
        "en": "{sms_name}: your pages through PagerDuty are verified and in use. If that was not you, tell your"
        " manager.",
    },
    "opted_out_sms": {
        "es": "{sms_name}: ha respondido STOP y ya no recibe SMS de guardia en el ...{ending}."
        "[1| Las llamadas siguen.] Para volver: envíe START desde ese teléfono.",
        "en": "{sms_name}: you answered STOP and get no more on-call SMS on ...{ending}."
        "[1| Calls go on.] To come back: send START from that phone.",
    },
    "dead_method_sms": {
        "es": "{sms_name}: los SMS al ...{ending} no llegan y ya no se usan.[1| Corrija sus medios de contacto"
        " en el portal.]",
        "en": "{sms_name}: SMS to ...{ending} do not arrive and are not used any more.[1| Put your contact methods"
        " right in the portal.]",
    },
    "dead_method_sms_by_call": {
        "es": "{sms_name}: las llamadas al ...{ending} no llegan y ya no se hacen.[1| Corrija sus medios de contacto"
        " en el portal.]",
        "en": "{sms_name}: calls to ...{ending} do not arrive and are not made any more.[1| Put your contact methods"
        " right in the portal.]",
    },
    "dead_method_manager_sms": {
        "es": "{sms_name}: los SMS a {name:name} (...{ending}) no llegan y ya no se usan.[1| Avísele.]",
        "en": "{sms_name}: SMS to {name:name} (...{ending}) do not arrive and are not used any more.[1| Let them"
        " know.]",
    },
    "dead_method_manager_sms_by_call": {
        "es": "{sms_name}: las llamadas a {name:name} (...{ending}) no llegan y ya no se hacen.[1| Avísele.]",
        "en": "{sms_name}: calls to {name:name} (...{ending}) do not arrive and are not made any more.[1| Let them"
        " know.]",
    },
    "opted_out_manager_sms": {
        "es": "{sms_name}: {name:name} ha respondido STOP y ya no recibe SMS de guardia.[1| Las llamadas siguen.] "
        "Para volver: responder START.",
        "en": "{sms_name}: {name:name} answered STOP and gets no more on-call SMS.[1| Calls go on.] "
        "To come back: reply START.",
    },
    "carrier_refuses_sms": {
        "es": "{sms_name}: el operador no acepta nuestros SMS (código {error}).[1| Revise la cuenta y el número:"
        " guardia doctor.]",
        "en": "{sms_name}: the carrier refuses our SMS (code {error}).[1| Check the account and the number: guardia"
        " doctor.]",
    },
    "carrier_refuses_sms_by_call": {
        "es": "{sms_name}: el operador no acepta nuestras llamadas (código {error}).[1| Revise la cuenta y el número:"
        " guardia doctor.]",
        "en": "{sms_name}: the carrier refuses our calls (code {error}).[1| Check the account and the number: guardia"
        " doctor.]",
    },
    "canary_sms": {
        "es": "{sms_name}: comprobación automática de los avisos por SMS. No es una incidencia.",
        "en": "{sms_name}: automatic check that pages go out by SMS. It is no incident.",
    },
    "canary_missed_sms": {
        "es": "{sms_name}: el SMS de prueba de {at:since} no ha llegado. Quizá no salgan los avisos por SMS."
        "[1| Mire el operador: guardia doctor.]",
        "en": "{sms_name}: the check SMS of {at:since} did not arrive. Pages by SMS may not go out."
        "[1| Look at the carrier: guardia doctor.]",
    },
    "canary_missed_sms_by_call": {
        "es": "{sms_name}: la llamada de prueba de {at:since} no ha sonado. Quizá no salgan los avisos por llamada."
        "[1| Mire el operador: guardia doctor.]",
        "en": "{sms_name}: the check call of {at:since} did not ring. Pages by call may not go out."
        "[1| Look at the carrier: guardia doctor.]",
    },
    "canary_heard_sms": {
        "es": "{sms_name}: los SMS de prueba vuelven a llegar desde {at:since}.",
        "en": "{sms_name}: check SMS arrive again since {at:since}.",
    },
    "canary_heard_sms_by_call": {
        "es": "{sms_name}: las llamadas de prueba vuelven a sonar desde {at:since}.",
        "en": "{sms_name}: check calls ring again since {at:since}.",
    },
    "carrier_fault_sms_refused": {
        "es": "{sms_name}: el operador rechaza nuestras credenciales< ({detail:name})>: no sale ningún aviso.",
        "en": "{sms_name}: the carrier refuses our credentials< ({detail:name})>: no page goes out.",
    },
    "carrier_fault_sms_suspended": {
        "es": "{sms_name}: el operador ha suspendido nuestra cuenta< ({detail:name})>: no sale ningún aviso.",
        "en": "{sms_name}: the carrier has suspended our account< ({detail:name})>: no page goes out.",
    },
    "carrier_fault_sms_low_balance": {
        "es": "{sms_name}: queda poco saldo en el operador< ({detail:name})>. Sin saldo no salen avisos.",
        "en": "{sms_name}: little credit is left at the carrier< ({detail:name})>. Without it no page goes out.",
    },
    "carrier_fault_sms_number": {
        "es": "{sms_name}: el número {number} no está bien configurado en el operador. guardia doctor dice cómo.",
        "en": "{sms_name}: the number {number} is not set up well at the carrier. guardia doctor says how.",
    },
    "carrier_well_sms": {
        "es": "{sms_name}: la cuenta del operador vuelve a estar en orden.",
        "en": "{sms_name}: the account at the carrier is in order again.",
    },
    "customer_received_sms": {
        "es": "{sms_name}: recibida su activación de contingencia {reference}. Avisando al equipo de guardia."
        "[1| Le llamaremos antes de {contact_due_at:since}.]< Urgencias: {emergency_phone}.>",
        "en": "{sms_name}: contingency activation {reference} received. We are alerting the on-call team."
        "[1| We will call you before {contact_due_at:since}.]< Emergencies: {emergency_phone}.>",
    },
    "customer_queued_sms": {
        "es": "{sms_name}: activación {reference} registrada fuera de horario. La atenderemos el {until:day}."
        "< Si no puede esperar, llame al {emergency_phone}.>",
        "en": "{sms_name}: activation {reference} recorded outside service hours. We will attend to it on {until:day}."
        "< If it cannot wait, call {emergency_phone}.>",
    },
    "customer_acknowledged_sms": {
        "es": "{sms_name} {reference}: {name:name} se ocupa y le llamará[1| antes de {contact_due_at:since}]."
        "< Urgencias: {emergency_phone}.>",
        "en": "{sms_name} {reference}: {name:name} is on it and will call you[1| before {contact_due_at:since}]."
        "< Emergencies: {emergency_phone}.>",
    },
    "customer_nobody_yet_sms": {
        "es": "{sms_name} {reference}: todavía no ha respondido nadie del equipo. Seguimos llamando."
        "< También puede llamar al {emergency_phone}.>",
        "en": "{sms_name} {reference}: nobody of the team has answered yet. We keep calling."
        "< You can also call {emergency_phone}.>",
    },
    "customer_drill_unanswered_sms": {
        "es": "{sms_name} {reference}: ha terminado; no ha respondido nadie del equipo y no se llama a nadie mas.",
        "en": "{sms_name} {reference}: it is over; nobody of the team answered, and nobody else is called.",
    },
    "customer_joined_sms": {
        "es": "{sms_name}: ya estaba activada la contingencia {reference}. Queda unido a ella y le informaremos."
        "< Urgencias: {emergency_phone}.>",
        "en": "{sms_name}: contingency {reference} was already active. You have joined it and will be kept informed."
        "< Emergencies: {emergency_phone}.>",
    },
    "customer_unreachable_sms": {
        "es": "{sms_name} {reference}: le hemos llamado y no hemos podido hablar con usted ({at:time})."
        "< Llámenos al {emergency_phone}.>",
        "en": "{sms_name} {reference}: we have called you and could not reach you ({at:time})."
        "< Please call {emergency_phone}.>",
    },
}
