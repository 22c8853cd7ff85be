"""Every rule of the configuration: what is refused, on which line, with which remedy."""

from __future__ import annotations

import pytest

from tests.domain.configuration.worlds import FILE, WORLD, line_of, planned, refused, the_problem, world

CLARA_IS_REACHED = '{id: voice, channel: voice, address: "+34600000009", verified: true}'


def test_the_example_world_is_accepted_without_a_warning() -> None:
    plan = planned(WORLD)

    assert len(plan.changes) == 33
    assert plan.warnings == ()


def test_five_mistakes_are_all_told_at_once_with_line_and_remedy() -> None:
    text = world(
        ("timezone: Europe/Madrid\n    roles: [engineer]", "timzone: Europe/Madrid\n    roles: [engineer]"),
        ("members: [ana, borja, carol]", "members: [ana, borja, carl]"),
        ('phone: "+34611000001"', 'phone: "+346110000019999"'),
        ("response_minutes: 10}", "response_minutes: 20}"),
        ("last_resort: {notify: [{person: clara}], every: 5m}", "last_resort: {notify: [], every: 5m}"),
    )

    told = [(problem.file, problem.line, problem.path, problem.message, problem.remedy) for problem in refused(text)]

    assert told == [
        (FILE, line_of(text, "timzone:"), "people.ana.timzone", "unknown key 'timzone'", "did you mean 'timezone'?"),
        (
            FILE,
            line_of(text, "carl]"),
            "teams.backup.members[2]",
            "there is no person 'carl'",
            "did you mean 'carol'?",
        ),
        (
            FILE,
            line_of(text, "notify: []"),
            "escalation_policies.cloud-normal.last_resort.notify",
            "notify is empty, so nobody would ever be paged",
            "name a person, schedule or team",
        ),
        (
            FILE,
            line_of(text, "response_minutes: 20"),
            "customers.hotel-sol.contract.sla[0].response_minutes",
            "backup/P1/response: 20 minutes is worse than the 15 that every customer has",
            "write 15 or less, or leave it out",
        ),
        (
            FILE,
            line_of(text, "+346110000019999"),
            "customers.hotel-sol.contacts.marta.phone",
            "'+346110000019999' is not a possible telephone number",
            "write it in E.164 with its country code, like +34600000001",
        ),
    ]


REFERENCES_TO_NOTHING = [
    ("managers: [clara]", "managers: [claro]", "teams.backup.managers[0]", "person 'claro'", "'clara'"),
    (
        "participants: [borja, carol, ana]",
        "participants: [borja, carol, eva]",
        "rotations.backup-second.participants[2]",
        "person 'eva'",
        "ana, borja, carol, clara",
    ),
    (
        "{person: carol, from",
        "{person: caro, from",
        "rotations.backup-nights.pauses[0].person",
        "'caro'",
        "'carol'",
    ),
    ("mon: ana", "mon: an", "rotations.by-weekday.days.mon", "person 'an'", "'ana'"),
    (
        "[{rotation: backup-second}]",
        "[{rotation: backup-third}]",
        "schedules.backup-secondary.layers[0].rotation",
        "rotation 'backup-third'",
        "'backup-",
    ),
    (
        "holidays_of: madrid",
        "holidays_of: madird",
        "schedules.backup-complete.layers[1].restrictions[2].holidays_of",
        "calendar 'madird'",
        "'madrid'",
    ),
    ("add: borja,", "add: borj,", "schedules.backup-primary.overrides.xmas.add", "person 'borj'", "'borja'"),
    (
        "shifts: [{person: ana",
        "shifts: [{person: anna",
        "schedules.backup-complete.temporary_schedules.migration.shifts[0].person",
        "person 'anna'",
        "'ana'",
    ),
    ("person: borja, kind", "person: boria, kind", "absences.borja-summer.person", "person 'boria'", "'borja'"),
    (
        "[{schedule: backup-secondary}]",
        "[{schedule: backup-2}]",
        "escalation_policies.contingency.steps[1].notify[0].schedule",
        "schedule 'backup-2'",
        "'backup-",
    ),
    (
        "round_robin: [ana, borja, carol]",
        "round_robin: [ana, borja, karol]",
        "escalation_policies.cloud-normal.steps[0].notify[0].round_robin[2]",
        "person 'karol'",
        "'carol'",
    ),
    (
        "{team: backup}, {pagerduty: default}",
        "{team: backups}, {pagerduty: default}",
        "escalation_policies.cloud-normal.steps[2].notify[0].team",
        "team 'backups'",
        "'backup'",
    ),
    (
        "{person: clara}, {pagerduty: default}",
        "{person: clara}, {pagerduty: other}",
        "escalation_policies.contingency.last_resort.notify[1].pagerduty",
        "PagerDuty service 'other'",
        "default",
    ),
    (
        "contract: {status: active, calendar: madrid, coverage: {backup: business}",
        "contract: {status: active, calendar: bilbao, coverage: {backup: business}",
        "customers.banco-norte.contract.calendar",
        "calendar 'bilbao'",
        "madrid",
    ),
    (
        "default_escalation_policy: contingency",
        "default_escalation_policy: contingenci",
        "customers.hotel-sol.contract.default_escalation_policy",
        "escalation policy 'contingenci'",
        "'contingency'",
    ),
    (
        "escalation_policy: cloud-normal}",
        "escalation_policy: cloud}",
        "customers.hotel-sol.plans.files-restore.escalation_policy",
        "escalation policy 'cloud'",
        "cloud-normal",
    ),
    (
        "{id: sol-prometheus, customer: hotel-sol",
        "{id: sol-prometheus, customer: hotelsol",
        "integrations.sol-prometheus.customer",
        "customer 'hotelsol'",
        "'hotel-sol'",
    ),
    (
        "kind: backup_failed, priority: P2, escalation_policy: null, suggest_plan: erp-restore",
        "kind: backup_failed, priority: P2, escalation_policy: none, suggest_plan: erp-restore",
        "integrations.sol-prometheus.on_event.escalation_policy",
        "escalation policy 'none'",
        "contingency",
    ),
    (
        "kind: backup_not_run, priority: P2, escalation_policy: null, suggest_plan: erp-restore",
        "kind: backup_not_run, priority: P2, escalation_policy: null, suggest_plan: core-restore",
        "heartbeats.sol-erp-nightly.on_late.suggest_plan",
        "hotel-sol has no plan 'core-restore'",
        "-restore'",
    ),
    (
        "person: borja, roles",
        "person: borha, roles",
        "users.borja@itsafer.example.person",
        "person 'borha'",
        "'borja'",
    ),
    (
        "customer: banco-norte, roles",
        "customer: banco, roles",
        "users.jon@banconorte.example.customer",
        "customer 'banco'",
        "'banco-norte'",
    ),
]
"""(old, new, path, message, remedy)"""


def test_every_reference_to_nothing_is_refused_and_all_are_told_at_once() -> None:
    text = world(*((old, new) for old, new, *_ in REFERENCES_TO_NOTHING))

    found = {problem.path: problem for problem in refused(text)}

    assert found.keys() == {path for _, _, path, _, _ in REFERENCES_TO_NOTHING}
    for _, new, path, message, remedy in REFERENCES_TO_NOTHING:
        assert found[path].line == line_of(text, new), path
        assert message in found[path].message
        assert remedy in found[path].remedy


def test_null_as_a_participant_is_a_turn_with_nobody_and_refers_to_nothing() -> None:
    assert "carol, null]" in WORLD
    assert planned(WORLD).changes


def test_the_pagerduty_service_default_always_exists() -> None:
    text = world(
        ('{id: default, routing_key: "env:GUARDIA_PAGERDUTY_ROUTING_KEY", region: us, mirror: false}', "{id: eu}")
    )

    assert planned(text).changes


def test_a_last_resort_of_pagerduty_alone_is_refused() -> None:
    text = world(
        ("{notify: [{person: clara}, {pagerduty: default}], every: 5m}", "{notify: [{pagerduty: default}], every: 5m}")
    )

    problem = the_problem(text)

    assert problem.path == "escalation_policies.contingency.last_resort.notify"
    assert problem.message == "the last resort is reached only by pagerduty: no verified phone could answer it"


@pytest.mark.parametrize(
    "method",
    [
        '{id: voice, channel: voice, address: "+34600000009", verified: false}',
        '{id: voice, channel: voice, address: "+34600000009"}',
        "{id: mail, channel: email, address: clara@itsafer.example, verified: true}",
    ],
)
def test_a_last_resort_that_no_verified_phone_can_answer_is_refused(method: str) -> None:
    text = world((CLARA_IS_REACHED, method))

    paths = [problem.path for problem in refused(text)]

    assert "escalation_policies.contingency.last_resort.notify" in paths
    assert "escalation_policies.cloud-normal.last_resort.notify" in paths


def test_a_last_resort_whose_rules_ring_no_phone_is_refused() -> None:
    rules = "notification_rules: {normal: [{via: mail}]}"
    mail = "{id: mail, channel: email, address: clara@itsafer.example, verified: true}"
    text = world((f"[{CLARA_IS_REACHED}]", f"[{CLARA_IS_REACHED}, {mail}], {rules}"))

    problem = the_problem(text)

    assert problem.path == "escalation_policies.cloud-normal.last_resort.notify"
    assert problem.message == "the last resort is reached only by email: no verified phone could answer it"


def test_a_method_through_a_pagerduty_service_that_is_not_there_is_refused() -> None:
    mail = "      - {id: mail, channel: email, address: ana@itsafer.example, verified: true}\n"
    method = "      - {id: pd, channel: pagerduty, address: defualt, verified: true}\n"

    problem = the_problem(world((mail, mail + method)))

    assert problem.path == "people.ana.contact_methods.pd.address"
    assert problem.message == "there is no PagerDuty service 'defualt'"
    assert problem.remedy.startswith("did you mean 'default'?")


def test_a_method_through_the_default_service_or_by_a_users_id_is_accepted() -> None:
    mail = "      - {id: mail, channel: email, address: ana@itsafer.example, verified: true}\n"
    for address in ("default", "PABC123"):
        method = f"      - {{id: pd, channel: pagerduty, address: {address}, verified: true}}\n"
        assert planned(world((mail, mail + method))).warnings == ()


def test_a_step_whose_people_have_no_verified_method_can_never_reach_anybody() -> None:
    lone = "{id: eva, name: Eva, contact_methods: [{id: sms, channel: sms, address: '+34600000004'}]}"
    text = world(
        ("people:\n", f"people:\n  - {lone}\n"),
        ("{notify: [{person: clara}], wait: 5m}", "{notify: [{person: eva}], wait: 5m}"),
    )

    problem = the_problem(text)

    assert problem.path == "escalation_policies.contingency.steps[2].notify"
    assert problem.message == "step 3 can never reach anybody: no verified contact method of eva is used"


def test_a_step_on_a_schedule_where_nobody_is_ever_on_call_can_never_reach_anybody() -> None:
    text = world(("layers: [{rotation: backup-second}]", "layers: [{rotation: backup-second, mode: shadow}]"))

    assert the_problem(text).message == "step 2 can never reach anybody: nobody is ever on call there"


def test_a_step_that_names_pagerduty_alone_is_allowed() -> None:
    assert planned(world(("[{team: backup}, {pagerduty: default}]", "[{pagerduty: default}]"))).changes


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('emergency_phone: "+34910000000"', 'emergency_phone: "+3491000000099"', "provider.emergency_phone"),
        (
            'address: "+34600000002", verified: true}]}',
            'address: "+3460000000299", verified: true}]}',
            "people.borja.contact_methods.voice.address",
        ),
        ('phone: "+34611000003"', 'phone: "+99911000003"', "customers.banco-norte.contacts.jon.phone"),
    ],
)
def test_an_impossible_phone_number_is_refused(old: str, new: str, path: str) -> None:
    problem = the_problem(world((old, new)))

    assert problem.path == path
    assert "is not a possible telephone number" in problem.message
    assert "E.164" in problem.remedy


def test_a_phone_number_without_quotes_is_understood() -> None:
    assert planned(world(('phone: "+34611000003"', "phone: +34611000003"))).changes


@pytest.mark.parametrize(("metric", "minutes"), [("response", 16), ("contact", 31), ("resolution", 241)])
def test_an_sla_worse_than_the_base_is_refused(metric: str, minutes: int) -> None:
    problem = the_problem(world(("response_minutes: 10}", f"{metric}_minutes: {minutes}}}")))

    assert problem.path == f"customers.hotel-sol.contract.sla[0].{metric}_minutes"
    assert f"{minutes} minutes is worse than the {minutes - 1}" in problem.message


@pytest.mark.parametrize(
    "cell",
    ["component: backup, priority: P1, response_minutes: 15", "component: cloud, priority: P1, response_minutes: 99"],
)
def test_an_sla_as_good_as_the_base_or_of_another_cell_is_accepted(cell: str) -> None:
    assert planned(world(("{component: backup, priority: P1, response_minutes: 10}", f"{{{cell}}}"))).changes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{id: borja, name", "{id: carol, name", "the person 'carol' stands twice; first in world.yaml line 37"),
        (
            "- {component: backup, priority: P2, response",
            "- {component: backup, priority: P1, response",
            "the SLA target 'backup/P1' stands twice",
        ),
        ("{email: luis@", "{email: MARTA@", "the user 'marta@hotelsol.example' stands twice"),
        ("{id: luis, name", "{id: marta, name", "the id 'marta' stands here twice"),
        (
            "luis@hotelsol.example, phone",
            "Marta@hotelsol.example, phone",
            "the email 'marta@hotelsol.example' stands here twice",
        ),
        ("{id: files-restore", "{id: erp-restore", "the id 'erp-restore' stands here twice"),
        (
            "borja@itsafer.example, language",
            "Ana@itsafer.example, language",
            "the e-mail 'Ana@itsafer.example' is already ana's",
        ),
        ("{id: mail, channel", "{id: sms, channel", "the id 'sms' stands here twice"),
    ],
)
def test_what_tells_two_objects_apart_stands_once(old: str, new: str, message: str) -> None:
    assert any(message in problem.message for problem in refused(world((old, new))))


NORMAL = "normal: [{via: sms, after: 0s}, {via: voice, after: 5m}]"
ADMIN = "{email: admin@itsafer.example, roles: [admin]}"


@pytest.mark.parametrize(
    ("old", "new", "message", "remedy"),
    [
        ("roles: [engineer], contact", "roles: [enginer], contact", "'enginer' is not allowed", "'engineer'"),
        ("roles: [activator], lan", "roles: [boss], lan", "allowed: owner, activator, reporter, viewer", "allowed"),
        ("roles: [admin]}", "roles: [root]}", "'root' is not allowed", "allowed"),
        (ADMIN, "{email: x@itsafer.example, roles: [viewer]}", "the role viewer belongs to a customer", "add customer"),
        (ADMIN, "{email: admin, roles: [admin]}", "'admin' is not one e-mail address", "one e-mail"),
        (ADMIN, "{email: x@itsafer.example, roles: []}", "[] is too short", "at least 1"),
        ("roles: [viewer]}", "roles: [viewer, manager]}", "the role manager sees every customer", "remove one"),
        ("component: backup, priority: P1, esc", "component: backup, priority: P5, esc", "allowed: P1, P2", "allowed"),
        ("wait: 5m}", "wait: 5}", "the span 5 has no unit", "30s, 5m, 2h or 7d"),
        ("wait: 5m}", "wait: 0s}", "the span 0s leaves nobody time to answer", "1s or more"),
        ("status: active", "status: actve", "'actve' is not allowed", "'active'"),
        ("backup: 24x7", "backup: 24x8", "'24x8' is not allowed; allowed: 24x7, business", "'24x7'"),
        ("sms_name: ITSAFER", "sms_name: ITSAFER-BACKUP", "'ITSAFER-BACKUP'", "at most 11 characters"),
        ("sms_name: ITSAFER", "sms_name: 12345", "12345 is not text", "quotes"),
        ("reference_prefix: ITS", "reference_prefix: its", "'its' is not a prefix", "capital letters"),
        ('cron: "0 3 * * *"', 'cron: "0 30 * * *"', "'30' is not a cron field between 0 and 23", "numbers"),
        ('cron: "0 3 * * *"', 'cron: "0 3 * *"', "has not 5 fields", "minute hour day month weekday"),
        ('* *", timezone: Europe/Madrid', '* *"', "cron is read on a local clock", "add timezone"),
        ("machine: srv-files, every: 1h", "machine: srv-files", "either every span or by cron", "exactly one"),
        ("rounds: 2 ", "rounds: two ", "'two' is not a whole number", "digits"),
        ("name: Hotel Sol\n", "name: 1\n", "1 is not text", 'quotes: "1"'),
        ("mirror: false", "mirror: maybe", "'maybe' is neither true nor false", "true or false"),
        ("roles: [activator], language", "roles: activator, language", "'activator' is not a list", "[ ]"),
        (NORMAL, "normal: [{via: fax, after: 0s}]", "'fax' is neither a contact method", "sms"),
    ],
)
def test_a_value_outside_its_list_is_refused_with_what_is_allowed(
    old: str, new: str, message: str, remedy: str
) -> None:
    found = refused(world((old, new)))

    assert any(message in problem.message and remedy in problem.remedy for problem in found), found


def test_a_secret_in_the_file_is_refused_and_not_repeated_on_the_screen() -> None:
    problem = the_problem(world(("env:GUARDIA_PAGERDUTY_ROUTING_KEY", "R0ABCDEF0123456789")))

    assert "R0ABCDEF" not in str(problem)
    assert "secrets never stand in the file" in problem.message


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("escalation_policy: contingency, rto", "customers.hotel-sol.plans.erp-restore.escalation_policy"),
        ("default_escalation_policy: contingency", "customers.hotel-sol.contract.default_escalation_policy"),
    ],
)
def test_a_contingency_plan_needs_a_policy_that_watches_for_contact(old: str, path: str) -> None:
    text = world(("contact_within: 30m", "contact_within: null"), (old, old.replace("contingency", "cloud-normal")))

    by_path = {problem.path: problem.message for problem in refused(text)}

    assert by_path[path] == "the policy 'cloud-normal' has no contact_within, which a contingency plan needs"


def test_business_hours_need_a_calendar_that_says_when_they_are() -> None:
    problem = the_problem(
        world(("active, calendar: madrid, coverage: {backup: business}", "active, coverage: {backup: business}"))
    )

    assert problem.path == "customers.banco-norte.contract.calendar"
    assert "has no calendar" in problem.message


def test_a_replacement_of_somebody_who_is_not_on_is_a_warning() -> None:
    text = world(("kind: replace, remove: carol, add: borja", "kind: replace, remove: ana, add: borja"))

    (warning,) = planned(text).warnings

    assert warning.line == line_of(text, "id: xmas")
    assert warning.path == "schedules.backup-primary.overrides.xmas.remove"
    assert warning.message == "'ana' is not on call in that span, so nothing is replaced; on call: carol"


def test_a_last_resort_that_depends_on_who_is_on_call_is_a_warning() -> None:
    text = world(
        (
            "last_resort: {notify: [{person: clara}], every: 5m}",
            "last_resort: {notify: [{schedule: backup-primary}], every: 5m}",
        )
    )

    (warning,) = planned(text).warnings

    assert warning.message == "the last resort depends on who is on call, and in a gap nobody is"


def test_a_plan_for_a_component_that_the_contract_does_not_cover_is_a_warning() -> None:
    text = world(("name: Core banking restore, component: backup", "name: Core banking restore, component: cloud"))

    (warning,) = planned(text).warnings

    assert warning.message == "the plan is for 'cloud', but the contract covers backup"


def test_an_object_that_cannot_be_read_is_not_told_again_by_those_who_refer_to_it() -> None:
    problem = the_problem(world(("name: Clara Vidal,", "name: [],")))

    assert problem.path == "people.clara.name"


def test_an_object_that_cannot_be_read_still_has_its_own_references_checked() -> None:
    text = world(("{notify: [{person: clara}], wait: 5m}", "{notify: [{person: claro}], wait: 5}"))

    assert [problem.path for problem in refused(text)] == [
        "escalation_policies.contingency.steps[2].notify[0].person",
        "escalation_policies.contingency.steps[2].wait",
    ]


def test_a_misspelt_section_is_told_once_and_not_for_everybody_in_it() -> None:
    problem = the_problem(world(("\npeople:", "\npeopel:")))

    assert (problem.message, problem.remedy) == ("there is no section 'peopel'", "did you mean 'people'?")


def test_a_misspelt_key_of_a_target_is_told_once() -> None:
    problem = the_problem(world(("{notify: [{person: clara}], wait: 5m}", "{notify: [{persn: clara}], wait: 5m}")))

    assert problem.message == "unknown key 'persn'"
    assert problem.remedy == "did you mean 'person'?"


def test_a_target_with_two_answers_is_refused() -> None:
    (problem,) = refused(
        world(("{notify: [{person: clara}], wait: 5m}", "{notify: [{person: clara, team: backup}], wait: 5m}"))
    )

    assert problem.message == "the key 'team' does not go together with the other keys here"


def test_an_empty_section_is_refused_because_it_would_archive_everything() -> None:
    problem = the_problem("absences:\n")

    assert problem.message == "is empty, not a list"
    assert problem.remedy == "write [] to archive everything in it, or remove the line to leave the section as it is"


def test_a_file_that_is_not_yaml_hides_no_mistakes_of_the_others_and_adds_none() -> None:
    found = refused("customers:\n  - {id: x, nam: X}\n", "people: [\n")

    assert [(problem.file, problem.path) for problem in found] == [
        ("more-1.yaml", "file"),
        (FILE, "customers.x.contract"),
        (FILE, "customers.x.nam"),
    ]


def test_several_files_are_one_configuration() -> None:
    head, tail = WORLD.split("\ncustomers:", 1)

    assert planned(head, "customers:" + tail).difference == planned(WORLD).difference


def test_one_section_may_stand_in_several_files_but_each_object_and_the_provider_once() -> None:
    more = "people:\n  - {id: eva, name: Eva}\n  - {id: ana, name: Ana}\nprovider: {name: Other}\n"

    found = refused(WORLD, more)

    assert [(problem.file, problem.line, problem.message) for problem in found] == [
        ("more-1.yaml", 3, "the person 'ana' stands twice; first in world.yaml line 23"),
        ("more-1.yaml", 4, "stands twice; first in world.yaml line 5"),
    ]


def test_two_versions_of_the_support_terms_never_begin_on_one_day() -> None:
    """S-7.1"""
    terms = 'terms:\n  - {id: "2026-01", from: "2026-01-01"}\n  - {id: "2026-1b", from: "2026-01-01"}\n'
    problem = the_problem(f"{WORLD}\n{terms}")
    assert problem.message == "the terms 2026-01 begin on 2026-01-01 as well"
    assert problem.remedy == "give each version a day of its own"
