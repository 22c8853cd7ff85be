"""One night at Hotel Sol, as texts: at least one example of every template, for the golden file and the tests."""

from datetime import UTC, datetime
from typing import Any

from alerting.notifications import line_words, mails, messages, spoken
from alerting.notifications.wording import Provider

PROVIDER = Provider(name="Itsafer", sms_name="ITSAFER", emergency_phone="+34910000000")
LINK = "https://guardia.itsafer.example/a/k7Qx2mB4tZ9w"
TICKET = "https://guardia.itsafer.example/tickets/ITS-0048213"
RATING = "https://guardia.itsafer.example/rate/k3Jd…"
REF = "0048213"
PHONE = "+34611000001"


def at(hour: int, minute: int, day: int = 23) -> datetime:
    """An instant of November 2026 by Madrid's clock, which is an hour ahead of UTC."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


HOTEL = messages.ListedPage("47", REF, "Hotel Sol")
BANK = messages.ListedPage("61", "0048304", "Banco Norte")
_PAGE = {"reference": REF, "priority": "P1", "customer": "Hotel Sol", "plan": "Restauración del ERP"}

SMS: tuple[messages.Sms, ...] = (
    messages.PageSms(**_PAGE, code="47", link=LINK),
    messages.PageSms(**_PAGE | {"plan": None}, code="47", link=LINK, step=2),
    messages.PageSms(**_PAGE, code="47", link=LINK, late_minutes=12),
    messages.PageSms(**_PAGE, link=LINK),
    messages.PageSms(**_PAGE, code="47", link=LINK, drill=True),
    messages.LastResortSms(**_PAGE, minutes=22, code="47", link=LINK),
    messages.ShadowedPageSms(**_PAGE, name="Ana García"),
    messages.TakenByOtherSms(reference=REF, name="Borja Ruiz", at=at(3, 9)),
    messages.AcknowledgedSms(
        reference=REF,
        at=at(3, 12),
        contact="Marta Ruiz",
        phone=PHONE,
        contact_due_at=at(3, 22),
        code="47",
        link=LINK,
    ),
    messages.AcknowledgedSms(reference=REF, at=at(1, 12), contact_due_at=at(1, 22), link=LINK),
    messages.AcknowledgedAllSms(references=(REF, "0048304")),
    messages.EscalatedSms(reference=REF, next="Carol Smith", level=2),
    messages.EscalatedSms(reference=REF),
    messages.ContactOverdueSms(reference=REF, minutes=10, phone=PHONE, code="47", link=LINK),
    messages.ContactRecordedSms(reference=REF, at=at(3, 20)),
    messages.SlaSms(reference=REF, customer="Hotel Sol", metric="resolution", percent=75, due_at=at(7, 5)),
    messages.SlaSms(reference=REF, customer="Hotel Sol", metric="contact", percent=90, link=LINK),
    messages.SlaSms(reference=REF, customer="Hotel Sol", metric="response", percent=100, due_at=at(3, 20), link=LINK),
    messages.MachineSms(reference=REF, customer="Hotel Sol", event="heartbeat.late", link=LINK),
    messages.ProviderCaseSms(reference=REF, customer="Hotel Sol", name="AWS", case_number="172893", link=LINK),
    messages.ReopenedSms(reference=REF, customer="Hotel Sol", times=2, link=LINK),
    messages.AnsweredSms(reference=REF, customer="Hotel Sol"),
    messages.HolidaysSms(calendar="madrid", year=2027, more=1),
    messages.CanarySms(),
    messages.CanaryMissedSms(at=at(3, 9)),
    messages.CanaryMissedSms(at=at(3, 9), by_call=True),
    messages.CanaryHeardSms(at=at(3, 14)),
    messages.CanaryHeardSms(at=at(3, 14), by_call=True),
    messages.CarrierFaultSms(fault="refused", detail="code 20003"),
    messages.CarrierFaultSms(fault="suspended", detail="suspended"),
    messages.CarrierFaultSms(fault="low_balance", detail="12.40 EUR"),
    messages.CarrierFaultSms(fault="number", number="+34600900900"),
    messages.CarrierWellSms(),
    messages.DrillChangedSms(
        customer="Hotel Sol", plan="Restauración del ERP", change="moved", starts_at=at(10, 0, day=30)
    ),
    messages.DrillChangedSms(
        customer="Hotel Sol", plan="Restauración del ERP", change="called_off", starts_at=at(10, 0, day=30)
    ),
    messages.DrillChangedSms(
        customer="Hotel Sol", plan="Restauración del ERP", change="broken_off", starts_at=at(10, 0, day=30)
    ),
    messages.DrillsOverdueSms(customer="Hotel Sol", plan="Restauración del ERP", months=12, more=1),
    messages.StandDownSms(reference=REF, at=at(3, 10)),
    messages.StandDownSms(reference=REF, at=at(3, 10), by_customer=False),
    messages.JoinedOwnerSms(reference=REF, name="Luis Pérez", customer="Hotel Sol", phone="+34611000002", link=LINK),
    messages.UnreachableReminderSms(reference=REF, tries=3, phone=PHONE, code="47", link=LINK),
    messages.PagerDutyStrangerSms(reference=REF, name="Retén externo", user="PEXT999", link=LINK),
    messages.PagerDutyResolvedSms(reference=REF, name="Borja Ruiz", link=LINK),
    messages.UnreachableManagerSms(reference=REF, owner="Ana García", customer="Hotel Sol", tries=3, link=LINK),
    messages.NotUnderstoodSms(shown="mañana lo miro", code="47", reference=REF),
    messages.NotUnderstoodSms(shown="mañana lo miro"),
    messages.OpenPagesSms(pages=(HOTEL, BANK)),
    messages.OpenPagesSms(pages=(HOTEL,) * 3 + (BANK,) * 9),
    messages.SeveralPagesSms(pages=(HOTEL, BANK)),
    messages.SeveralPagesSms(pages=(HOTEL, BANK, HOTEL), drill=True),
    messages.SeveralPagesSms(pages=(HOTEL,) * 3 + (BANK,) * 9),
    messages.NothingOpenSms(),
    messages.ClosedSms(reference=REF, at=at(3, 10)),
    messages.CodeUnknownSms(code="99"),
    messages.NotAvailableSms(code="47"),
    messages.CannotRecordSms(),
    messages.ReachabilityTestSms(at=at(11, 2), code="52"),
    messages.ReachabilityTestConfirmedSms(at=at(11, 3)),
    messages.OnCallStartsSms(
        schedule="Backup", starts_at=at(18, 0), ends_at=at(9, 0, day=30), relieves="Borja Ruiz", open_pages=0
    ),
    messages.OnCallEndsSms(schedule="Backup", ends_at=at(9, 0, day=30), relieved_by="Carol Smith", open_tickets=1),
    messages.UnprovenWatchSms(name="Ana García", schedule="Backup", starts_at=at(9, 0, day=30)),
    messages.UnprovenWatchSms(
        name="Carol Smith", schedule="Backup", starts_at=at(9, 0, day=30), covered_by="Ana García"
    ),
    messages.ShiftAskedSms(name="Ana García", schedule="Backup", from_at=at(9, 0, day=23), to_at=at(9, 0, day=30)),
    messages.SwapAskedSms(
        name="Ana García",
        schedule="Backup",
        from_at=at(9, 0, day=23),
        to_at=at(9, 0, day=24),
        back_from_at=at(9, 0, day=28),
        back_to_at=at(9, 0, day=29),
    ),
    messages.ShiftYoursSms(
        schedule="Backup", from_at=at(9, 0, day=23), to_at=at(9, 0, day=30), instead_of="Ana García"
    ),
    messages.ShiftYoursSms(schedule="Backup", from_at=at(9, 0, day=23), to_at=at(9, 0, day=30)),
    messages.ShiftTakenSms(name="Borja Ruiz", schedule="Backup", from_at=at(9, 0, day=23), to_at=at(9, 0, day=30)),
    messages.SwapMadeSms(
        name="Ana García",
        from_at=at(9, 0, day=23),
        to_at=at(9, 0, day=24),
        gone_from_at=at(9, 0, day=28),
        gone_to_at=at(9, 0, day=29),
    ),
    *(
        messages.ShiftRequestEndedSms(why=why, name="Borja Ruiz", schedule="Backup", from_at=at(9, 0, day=23))
        for why in ("declined", "expired", "void", "withdrawn")
    ),
    messages.UncoveredSms(schedule="Backup", starts_at=at(18, 0), ends_at=at(9, 0, day=30)),
    messages.UncoveredSms(schedule="Backup", starts_at=at(18, 0), more=2),
    messages.HandedOverSms(
        reference=REF, name="Ana García", customer="Hotel Sol", phone=PHONE, contact_due_at=at(9, 20), link=LINK
    ),
    messages.HandedOverByYouSms(reference=REF, name="Borja Ruiz"),
    messages.VerificationCodeSms(code="482913"),
    messages.PagerDutyRotaSms(rotation="backup-pagerduty", read_at=at(9, 10)),
    messages.PagerDutyRotaSms(rotation="backup-pagerduty"),
    messages.PagerDutyRotaSms(rotation="backup-pagerduty", empty=True),
    messages.PagerDutyRotaStrangerSms(
        rotation="backup-pagerduty", name="Retén externo", user="PEXT999", from_at=at(9, 0, day=30)
    ),
    messages.MethodAddedSms(ending="001"),
    messages.MethodAddedSms(ending=""),
    messages.OptedOutSms(ending="001"),
    messages.OptedOutManagerSms(name="Ana García"),
    messages.DeadMethodSms(ending="001"),
    messages.DeadMethodSms(ending="001", by_call=True),
    messages.DeadMethodManagerSms(name="Ana García", ending="001"),
    messages.DeadMethodManagerSms(name="Ana García", ending="001", by_call=True),
    messages.CarrierRefusesSms(error="21606"),
    messages.CarrierRefusesSms(error="21215", by_call=True),
    messages.CustomerReceivedSms(reference=REF, contact_due_at=at(3, 30)),
    messages.CustomerQueuedSms(reference=REF, until=at(9, 0, day=24)),
    messages.CustomerAcknowledgedSms(reference=REF, name="Borja Ruiz", contact_due_at=at(3, 22)),
    messages.CustomerNobodyYetSms(reference=REF),
    messages.CustomerDrillUnansweredSms(reference=REF, drill=True),
    messages.CustomerJoinedSms(reference=REF),
    messages.CustomerUnreachableSms(reference=REF, at=at(3, 25)),
)

_GREETING = {"person": "Ana García", "customer": "Hotel Sol", "reference": REF, "plan": "Restauración del ERP"}

SPOKEN: tuple[spoken.Spoken, ...] = (
    spoken.Greeting(**_GREETING),
    spoken.Greeting(**_GREETING, late_minutes=12),
    spoken.Greeting(**_GREETING, overdue_minutes=10),
    spoken.Greeting(**_GREETING, drill=True),
    spoken.Greeting(**_GREETING, last_resort=True),
    spoken.Menu(),
    spoken.SeveralPages(person="Ana García", total=2, customers=("Hotel Sol", "Banco Norte")),
    spoken.SeveralPages(person="Ana García", total=7, customers=("Hotel Sol", "Banco Norte", "Luna", "Río")),
    spoken.SeveralMenu(),
    spoken.SeveralWrongKey(),
    spoken.ConfirmEscalateAll(),
    spoken.AcceptedAll(total=3),
    spoken.AcceptedAll(total=2, taken=1),
    spoken.EscalatedAll(total=3),
    spoken.NextPage(left=2),
    spoken.NextByHash(),
    spoken.OwnerMenu(),
    spoken.Details(
        customer="Hotel Sol",
        priority="P1",
        opened_at=at(3, 5),
        plan="Restauración del ERP",
        symptoms="No arranca el ERP",
        instructions="No reinicie el servidor.",
        contact="Marta Ruiz",
    ),
    spoken.WrongKey(),
    spoken.WrongKeyOwner(),
    spoken.NotByTelephone(),
    spoken.AcceptFirst(),
    spoken.Accepted(at=at(3, 12), contact="Marta Ruiz", contact_due_at=at(3, 22)),
    spoken.ConfirmEscalate(),
    spoken.ConfirmEscalateOwner(),
    spoken.Escalated(next="Carol Smith"),
    spoken.Escalated(),
    spoken.AlreadyTaken(name="Borja Ruiz", at=at(3, 9)),
    spoken.Closed(),
    spoken.Cancelled(),
    spoken.NoInput(),
    spoken.OwnerGoodbye(contact_due_at=at(3, 22)),
    spoken.OneMoment(),
    spoken.CannotRecord(),
    spoken.CanaryCall(),
    spoken.PageWithoutDetails(),
    spoken.AnswerKept(at=at(3, 12)),
    spoken.NothingKept(),
    spoken.Voicemail(reference=REF, phone="+34910000001"),
    spoken.BridgeConnecting(contact="Marta Ruiz"),
    spoken.BridgeReached(at=at(3, 20)),
    spoken.BridgeNext(contact="Luis Pérez"),
    spoken.BridgeNotReached(tries=1),
    spoken.NoCustomerNumber(),
    spoken.Whisper(engineer="Ana García"),
    spoken.WhisperGoodbye(),
    spoken.ReachabilityTestCall(),
    spoken.ReachabilityTestCallConfirmed(),
    spoken.ReachabilityTestCallGoodbye(),
    spoken.UncoveredCall(schedule="Backup", starts_at=at(18, 0)),
    spoken.VerificationCodeCall(code="482913"),
)

LINE: tuple[line_words.LineText, ...] = (
    line_words.AskPin(),
    line_words.AskPin(customer=True),
    line_words.PinWrong(),
    line_words.PinThrottled(),
    line_words.NoPin(),
    line_words.NoPin(customer=True),
    line_words.OpenPages(pages=(line_words.CalledPage("Hotel Sol", REF),)),
    line_words.OpenPages(
        pages=(line_words.CalledPage("Hotel Sol", REF), line_words.CalledPage("Banco Norte", "0048304"))
    ),
    line_words.PageCodeWrong(),
    line_words.NothingOpen(),
    line_words.AnswerOtherwise(),
    line_words.ChoosePlan(plans=("Restauración del ERP", "Restauración de ficheros")),
    line_words.ChoosePlan(plans=("Restauración del ERP", "Restauración de ficheros"), other=True),
    line_words.ChooseMode(),
    line_words.ConfirmActivation(customer="Hotel Sol", plan="Restauración del ERP"),
    line_words.ConfirmActivation(customer="Hotel Sol", plan="Restauración del ERP", drill=True),
    line_words.LineWrongKey(),
    line_words.NothingActivated(),
    line_words.ActivatedByTelephone(reference=REF),
    line_words.ActivatedByTelephone(reference=REF, until=at(9, 0)),
    line_words.ActivatedByTelephone(reference=REF, joined=True),
    line_words.ActivatedByTelephone(reference=REF, joined=True, repaged=True),
    line_words.ActivationRefused(reason="out_of_coverage"),
    line_words.ActivationRefused(reason="trial"),
    line_words.ActivationKept(),
    line_words.ActivationLost(),
    line_words.HowToReachUs(opens_at=at(9, 0), mail="soporte@itsafer.example"),
    line_words.PuttingThrough(),
    line_words.NobodyAnswered(),
    line_words.CallerWhisper(name="Marta Ruiz", customer="Hotel Sol"),
    line_words.CallerWhisper(),
)

_TICKET = {"reference": REF, "customer": "Hotel Sol", "ticket_url": TICKET, "plan": "Restauración del ERP"}

_PORTAL = TICKET.partition("/tickets")[0] + "/portal"
_SUGGESTION = {"reference": "SUG-0000013", "customer": "Hotel Sol", "ticket_url": f"{_PORTAL}/suggestions"}
_SURVEY: dict[str, Any] = {
    "reference": "",
    "customer": "Hotel Sol",
    "ticket_url": _PORTAL,
    "year": 2026,
    "until": at(23, 59, day=30),
    "survey_url": RATING.replace("/rate/", "/survey/"),
}
_EXERCISE: dict[str, Any] = {
    "reference": "",
    "customer": "Hotel Sol",
    "plan": "Restauración del ERP",
    "ticket_url": f"{_PORTAL}/drills/01KB2Z",
    "drill": True,
}

MAILS: tuple[mails.CustomerMail, ...] = (
    mails.ReceivedMail(
        **_TICKET,
        opened_at=at(3, 5),
        summary="No arranca el ERP.\nDesde las 02:50.",
        response_due_at=at(3, 15),
        contact_due_at=at(3, 35),
        resolution_due_at=at(7, 5),
    ),
    mails.ReceivedMail(**_TICKET | {"plan": None}, opened_at=at(3, 5), drill=True),
    mails.OpenedMail(
        **_TICKET | {"plan": "La copia no termina"},
        opened_at=at(20, 5),
        summary="La copia no termina.",
        attended_at=at(9, 0, day=24),
        activation_url="https://guardia.itsafer.example/portal",
        response_due_at=at(10, 0, day=24),
        resolution_due_at=at(17, 0, day=24),
    ),
    mails.ReportedMail(
        **_TICKET | {"plan": "Copia no ejecutada: ERP nocturno (srv-erp)"},
        opened_at=at(3, 45),
        summary="El trabajo no ha comunicado a tiempo que ha terminado bien.\n\nTrabajo: ERP nocturno",
        response_due_at=at(4, 45),
        suggested="Restauración del ERP",
        activate_url="https://guardia.example/portal/activate/erp-restore?ticket=ITS-0048213",
    ),
    mails.TakenMail(**_TICKET | {"plan": "La copia no termina"}, engineer="Borja Ruiz", at=at(9, 12)),
    mails.QueuedMail(**_TICKET, opened_at=at(20, 5), until=at(9, 0, day=24)),
    mails.AcknowledgedMail(**_TICKET, engineer="Borja Ruiz", at=at(3, 12), contact_due_at=at(3, 22)),
    mails.ContactedMail(**_TICKET, engineer="Borja Ruiz", at=at(3, 20)),
    mails.UnreachableMail(**_TICKET, engineer="Borja Ruiz", tries=3),
    mails.NobodyYetMail(**_TICKET, opened_at=at(3, 5)),
    mails.StillPagingMail(**_TICKET, opened_at=at(3, 5)),
    mails.DrillUnansweredMail(**_TICKET, opened_at=at(3, 5), drill=True),
    mails.JoinedMail(**_TICKET, opened_at=at(3, 5)),
    mails.UpdatedMail(**_TICKET, updates="Réplica levantada.\n\nComprobando los datos."),
    mails.StoodDownMail(**_TICKET, at=at(3, 10), by="Marta Ruiz"),
    mails.WithdrawnMail(**_TICKET, at=at(3, 10), rating_url=RATING),
    mails.ClosedMail(
        **_TICKET,
        at=at(5, 40),
        close_code="not_our_responsibility",
        explanation="El disco lo gestiona otro proveedor.",
        rating_url=RATING,
    ),
    mails.ClosedMail(**_TICKET, at=at(5, 40)),
    mails.ReopenedMail(**_TICKET, at=at(8, 1)),
    mails.SuggestionReceivedMail(**_SUGGESTION, text="Un resumen semanal de las copias."),
    mails.SuggestionAnsweredMail(**_SUGGESTION, state="planned", answer="Lo tendrá en enero."),
    mails.SurveyMail(**_SURVEY),
    mails.SurveyReminderMail(**_SURVEY),
    mails.RatingReminderMail(**_TICKET, at=at(5, 40), rating_url=RATING),
    mails.DrillPlannedMail(**_EXERCISE, starts_at=at(10, 0, day=30), purpose="Que el contacto llegue en 10 minutos."),
    mails.DrillMovedMail(**_EXERCISE, starts_at=at(10, 0, day=30), why="real"),
    mails.DrillReminderMail(**_EXERCISE, starts_at=at(10, 0, day=30)),
    mails.DrillCalledOffMail(**_EXERCISE, starts_at=at(10, 0, day=30), why="plan_gone"),
    mails.DrillReportMail(**_EXERCISE, at=at(10, 40, day=30)),
    mails.TermsMail(
        reference="",
        customer="Hotel Sol",
        ticket_url=f"{_PORTAL}/terms",
        version="2027-01",
        from_day="01/01/2027",
        notice="Las incidencias P2 se responden en 45 minutos.",
        document_url="https://guardia.itsafer.example/terms-2027-01.pdf",
    ),
    mails.InvitationMail(
        reference="",
        customer="Hotel Sol",
        ticket_url=_PORTAL,
        inviter="Marta Ruiz",
        until=at(3, 5, day=26),
        invitation_url=RATING.replace("/rate/", "/invitation/"),
    ),
)
