"""Who signs in and who does not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select, text

from core.accounts import passwords, sessions, tokens
from core.accounts.models import ApiToken, User
from core.accounts.passwords import WeakPassword
from core.accounts.permissions import Actor, RolesMismatch
from core.accounts.service import (
    INVITATION_LIFETIME,
    ConfiguredUser,
    Throttled,
    UnknownUser,
    UserExists,
    add_user,
    admit,
    conclude,
    create_token,
    find_user,
    link_is_open,
    purge,
    revoke_token,
    set_password,
    sign_in,
    sign_in_link,
    sync_users,
    use_link,
)
from core.audit import log

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ANA = "ana@itsafer.example"
MARTA = "marta@hotelsol.example"
NOBODY = "nobody@example.com"
SECRET = "a horse on the roof"
FILE = [
    ConfiguredUser.of({"email": "Ana@Itsafer.example", "person": "ana", "roles": ["engineer"]}),
    ConfiguredUser.of({"email": MARTA, "customer": "hotel-sol", "roles": ["owner", "activator", "reporter"]}),
]


@pytest.fixture(scope="module")
def hash_of_secret():
    return passwords.hashed(SECRET)


@pytest.fixture
def accounts(database, hash_of_secret):
    """Ana and Marta, from the file; only Ana has a password."""
    with database.transaction() as session:
        sync_users(session, FILE, NOW)
        find_user(session, ANA).password_hash = hash_of_secret
    return database


def after(**span):
    return NOW + timedelta(**span)


def logged(session):
    return [entry.link.kind for entry in log.read(session, "accounts")]


# Users


def test_the_users_of_the_file_may_sign_in_and_a_second_apply_changes_nothing(accounts):
    with accounts.transaction() as session:
        ana = find_user(session, " ANA@itsafer.example ")
        assert (ana.person_id, ana.customer_id, ana.roles) == ("ana", None, ["engineer"])
        before = logged(session)
        again = sync_users(session, FILE, NOW)
        assert (again.created, again.changed, again.restored, again.archived) == ([], [], [], [])
        assert logged(session) == before == ["account.created", "account.created"]


def test_who_is_no_longer_in_the_file_is_signed_out_everywhere_and_keeps_the_password_for_a_return(accounts):
    with accounts.transaction() as session:
        cookie = sessions.create(session, find_user(session, ANA).id, NOW)
        token = create_token(session, ANA, "ci", NOW)
        assert sync_users(session, FILE[1:], NOW).archived == [ANA]
        assert sessions.look_up(session, cookie, NOW) is None
        assert tokens.authenticate(session, token, NOW) is None
        assert sign_in(session, ANA, SECRET, NOW) is None
        assert sync_users(session, FILE, NOW).restored == [ANA]
        assert isinstance(sign_in(session, ANA, SECRET, NOW), Actor)
        assert sessions.look_up(session, cookie, NOW) is None


def test_a_changed_role_counts_at_once_for_tokens_in_use(accounts):
    with accounts.transaction() as session:
        token = create_token(session, MARTA, "portal", NOW)
        viewer = ConfiguredUser(MARTA, ("viewer",), customer="hotel-sol")
        assert sync_users(session, [FILE[0], viewer], NOW).changed == [MARTA]
        assert tokens.authenticate(session, token, NOW).roles == {"viewer"}


def test_users_made_by_hand_survive_an_apply_until_the_file_names_them(accounts):
    borja = ConfiguredUser("borja@itsafer.example", ("engineer",))
    with accounts.transaction() as session:
        add_user(session, borja, NOW)
        assert sync_users(session, FILE, NOW).archived == []
        assert sync_users(session, [*FILE, borja], NOW).changed == [borja.email]
        assert sync_users(session, FILE, NOW).archived == [borja.email]
        add_user(session, borja, NOW)
        assert logged(session)[-1] == "account.restored"
        with pytest.raises(UserExists, match="engineer"):
            add_user(session, borja, NOW)


def test_a_customers_user_cannot_be_given_a_staff_role():
    with pytest.raises(RolesMismatch, match="is for staff"):
        ConfiguredUser.of({"email": MARTA, "customer": "hotel-sol", "roles": ["admin"]})


# Passwords


def test_the_right_password_signs_in_and_says_who_it_is(accounts):
    with accounts.transaction() as session:
        ana = sign_in(session, "ANA@itsafer.example", SECRET, NOW)
        assert (ana.email, ana.person_id, ana.roles, ana.via) == (ANA, "ana", {"engineer"}, "session")
        assert logged(session)[-1] == "account.signed_in"


@pytest.mark.parametrize(
    ("email", "guess"), [(ANA, "a horse on the rooF"), (NOBODY, SECRET), (MARTA, SECRET), (ANA, "")]
)
def test_a_wrong_password_an_unknown_user_and_one_without_password_get_the_same_answer(accounts, email, guess):
    with accounts.transaction() as session:
        assert sign_in(session, email, guess, NOW) is None


def test_an_unknown_user_costs_as_much_hashing_as_a_known_one():
    assert extract_parameters(passwords.NOBODY) == extract_parameters(passwords.hashed(SECRET))


def test_passwords_are_argon2id_with_the_parameters_of_the_standard_and_never_truncated(accounts):
    long = "ñ€" * 63 + "ab"
    with accounts.transaction() as session:
        set_password(session, MARTA, long, NOW)
        stored = session.scalars(select(User.password_hash).where(User.email == MARTA)).one()
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert sign_in(session, MARTA, long[:-1], NOW) is None
        assert isinstance(sign_in(session, MARTA, long, NOW), Actor)


def test_a_password_hashed_with_old_parameters_is_hashed_anew_at_sign_in(accounts):
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(SECRET)
    with accounts.transaction() as session:
        find_user(session, ANA).password_hash = old
        session.flush()
        assert isinstance(sign_in(session, ANA, SECRET, NOW), Actor)
        assert find_user(session, ANA).password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("seven77", "at least 8"),
        ("x" * 129, "at most 128"),
        ("Password123", "tried first"),
        ("aaaaaaaaaa", "tried first"),
        ("Guardia123", "tried first"),
        ("Marta@HotelSol.example", "own address"),
    ],
)
def test_a_weak_password_is_refused_with_a_reason(accounts, password, said):
    with accounts.transaction() as session, pytest.raises(WeakPassword, match=said):
        set_password(session, MARTA, password, NOW)


def test_a_password_cannot_be_set_for_nobody(accounts):
    with accounts.transaction() as session, pytest.raises(UnknownUser, match="guardia user add"):
        set_password(session, NOBODY, SECRET, NOW)


def test_a_new_password_ends_the_other_sessions_and_the_open_links(accounts):
    with accounts.transaction() as session:
        user_id = find_user(session, ANA).id
        here, elsewhere = sessions.create(session, user_id, NOW), sessions.create(session, user_id, NOW)
        link = sign_in_link(session, ANA, NOW)
        set_password(session, ANA, "another horse elsewhere", NOW, keep=here)
        assert sessions.look_up(session, here, NOW) is not None
        assert sessions.look_up(session, elsewhere, NOW) is None
        assert use_link(session, link, NOW) is None


# Guessing


def test_a_thousand_guesses_are_not_a_thousand_tries(accounts):
    with accounts.transaction() as session:
        answers = [admit(session, ANA, NOW + timedelta(milliseconds=n)) for n in range(1_000)]
    assert sum(not isinstance(answer, Throttled) for answer in answers) <= 20


def test_guesses_at_the_same_moment_are_counted_before_they_are_looked_at(accounts):
    with accounts.transaction() as session:
        admit(session, ANA, NOW)

    def guess(_):
        with accounts.transaction() as session:
            return not isinstance(admit(session, ANA, NOW), Throttled)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(40))) == 4


@pytest.mark.parametrize("email", [ANA, NOBODY])
def test_an_account_that_exists_is_throttled_like_one_that_does_not(accounts, email):
    with accounts.transaction() as session:
        for _ in range(5):
            admit(session, email, NOW)
        assert admit(session, email, NOW) == Throttled(after(seconds=1))
        assert logged(session)[-1] == "account.throttled"


def test_the_right_password_works_again_once_the_wait_is_over_and_forgets_the_failures(accounts):
    with accounts.transaction() as session:
        for _ in range(5):
            admit(session, ANA, NOW)
        assert sign_in(session, ANA, SECRET, NOW) == Throttled(after(seconds=1))
        assert isinstance(sign_in(session, ANA, SECRET, after(seconds=1)), Actor)
        assert sign_in(session, ANA, "wrong", after(seconds=1)) is None
        assert isinstance(sign_in(session, ANA, SECRET, after(seconds=1)), Actor)


def test_failures_are_forgotten_after_a_day(accounts):
    with accounts.transaction() as session:
        for _ in range(5):
            admit(session, ANA, NOW)
        for _ in range(5):
            assert not isinstance(admit(session, ANA, after(hours=25)), Throttled)


def test_one_network_address_cannot_try_every_account(accounts):
    with accounts.transaction() as session:
        tried = [admit(session, f"guess{n}@example.com", NOW, address="192.0.2.7") for n in range(100)]
        assert sum(not isinstance(one, Throttled) for one in tried) == 30
        assert not isinstance(admit(session, ANA, NOW, address="192.0.2.8"), Throttled)


def test_signing_in_often_from_one_office_is_not_guessing(accounts):
    with accounts.transaction() as session:
        for _ in range(40):
            attempt = admit(session, ANA, NOW, address="192.0.2.7")
            assert conclude(session, attempt, True, NOW) is not None


def test_a_guess_verified_while_the_password_was_changed_does_not_sign_in(accounts):
    with accounts.transaction() as session:
        attempt = admit(session, ANA, NOW)
        set_password(session, ANA, "another horse elsewhere", NOW)
        assert conclude(session, attempt, attempt.verify(SECRET), NOW) is None


# Links


def test_a_sign_in_link_signs_in_once(accounts):
    with accounts.transaction() as session:
        token = sign_in_link(session, MARTA, NOW)
        assert link_is_open(session, token, NOW)
        assert link_is_open(session, token, NOW), "looking at it does not use it up"
        assert use_link(session, token, NOW).customer_id == "hotel-sol"
        assert use_link(session, token, NOW) is None
        assert not link_is_open(session, token, NOW)


def test_a_sign_in_link_is_over_in_time(accounts):
    with accounts.transaction() as session:
        assert use_link(session, sign_in_link(session, MARTA, NOW), after(minutes=30)) is None
        invitation = sign_in_link(session, MARTA, NOW, lifetime=INVITATION_LIFETIME)
        assert use_link(session, invitation, after(hours=71)) is not None


def test_there_is_no_link_for_nobody_or_for_somebody_archived(accounts):
    with accounts.transaction() as session:
        assert sign_in_link(session, NOBODY, NOW) is None
        token = sign_in_link(session, ANA, NOW)
        sync_users(session, FILE[1:], NOW)
        assert use_link(session, token, NOW) is None


# Sessions


def test_a_sign_in_changes_the_cookie_and_the_old_one_is_dead(accounts):
    with accounts.transaction() as session:
        user_id = find_user(session, ANA).id
        planted = sessions.create(session, user_id, NOW)
        cookie = sessions.create(session, user_id, NOW, replacing=planted)
        assert cookie != planted
        assert sessions.look_up(session, planted, NOW) is None
        assert sessions.look_up(session, cookie, NOW).actor.email == ANA


def test_signing_out_kills_the_cookie_on_the_server(accounts):
    with accounts.transaction() as session:
        cookie = sessions.create(session, find_user(session, ANA).id, NOW)
        sessions.revoke(session, cookie)
        assert sessions.look_up(session, cookie, NOW) is None


def test_a_session_ends_after_twelve_idle_hours_and_after_seven_days_of_use(accounts):
    with accounts.transaction() as session:
        cookie = sessions.create(session, find_user(session, ANA).id, NOW)
        assert sessions.look_up(session, cookie, after(hours=11)) is not None
        assert sessions.look_up(session, cookie, after(hours=12)) is None
        for hours in range(0, 7 * 24, 6):
            sessions.seen(session, cookie, after(hours=hours))
        assert sessions.look_up(session, cookie, after(days=7, seconds=-1)) is not None
        assert sessions.look_up(session, cookie, after(days=7)) is None


def test_a_page_that_polls_does_not_write(accounts):
    with accounts.transaction() as session:
        cookie = sessions.create(session, find_user(session, ANA).id, NOW)
        assert not sessions.look_up(session, cookie, after(minutes=4)).seen_due
        assert sessions.look_up(session, cookie, after(minutes=5)).seen_due
        sessions.seen(session, cookie, after(minutes=5))
        assert not sessions.look_up(session, cookie, after(minutes=6)).seen_due


def test_what_is_over_is_removed(accounts):
    with accounts.transaction() as session:
        sessions.create(session, find_user(session, ANA).id, NOW)
        sign_in_link(session, ANA, NOW)
        admit(session, ANA, NOW)
        purge(session, after(days=8))
        for table in ("user_sessions", "sign_in_links", "login_throttles"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


# Tokens


def test_a_token_is_its_user_with_customer_and_roles(accounts):
    with accounts.transaction() as session:
        token = create_token(session, MARTA, "monitoring", NOW)
        assert token.startswith("gdt_")
        marta = tokens.authenticate(session, token, NOW)
    assert (marta.email, marta.customer_id, marta.via) == (MARTA, "hotel-sol", "token")
    assert marta.roles == {"owner", "activator", "reporter"}


@pytest.mark.parametrize("bearer", ["", "gdt_", "gdt_" + "0" * 43, "Bearer", "gdt_\ud800", "x" * 10_000])
def test_what_is_no_token_is_nobody(accounts, bearer):
    with accounts.transaction() as session:
        assert tokens.authenticate(session, bearer, NOW) is None


def test_a_revoked_or_expired_token_is_nobody(accounts):
    with accounts.transaction() as session:
        short = create_token(session, ANA, "for a day", NOW, expires_at=after(days=1))
        assert tokens.authenticate(session, short, after(hours=23)) is not None
        assert tokens.authenticate(session, short, after(hours=24)) is None
        (row,) = tokens.of_user(session, find_user(session, ANA).id)
        assert revoke_token(session, row.id, NOW)
        assert not revoke_token(session, row.id, NOW)
        assert tokens.authenticate(session, short, NOW) is None


def test_the_use_of_a_token_is_noted_once_an_hour_and_never_while_only_reading(accounts):
    with accounts.transaction() as session:
        token = create_token(session, ANA, "ci", NOW)

    def used_at(at, way):
        with way() as session:
            assert tokens.authenticate(session, token, at) is not None
        with accounts.reading() as session:
            return session.scalars(select(ApiToken.last_used_at)).one()

    assert used_at(NOW, accounts.reading) is None
    assert used_at(NOW, accounts.transaction) == NOW
    assert used_at(after(minutes=59), accounts.transaction) == NOW
    assert used_at(after(minutes=60), accounts.transaction) == after(minutes=60)


def test_the_database_holds_no_secret_that_signs_anybody_in(accounts):
    with accounts.transaction() as session:
        secrets = [
            create_token(session, ANA, "ci", NOW),
            sign_in_link(session, ANA, NOW),
            sessions.create(session, find_user(session, ANA).id, NOW),
            SECRET,
        ]
    with accounts.reading() as session:
        tables = ("users", "api_tokens", "sign_in_links", "user_sessions", "log_entries", "log_personal")
        held = str([session.execute(text(f"SELECT * FROM {table}")).all() for table in tables])
    assert "ci" in held
    assert not any(secret.removeprefix("gdt_") in held for secret in secrets)


def test_everything_that_happens_to_an_account_is_in_a_log_that_verifies_and_names_no_address(accounts):
    with accounts.transaction() as session:
        set_password(session, ANA, SECRET, NOW)
        create_token(session, ANA, "ci", NOW)
        sign_in(session, ANA, SECRET, NOW)
        use_link(session, sign_in_link(session, ANA, NOW), NOW)
        assert log.verify(session) == []
        assert logged(session)[2:] == [
            "account.password_set",
            "account.token_created",
            "account.signed_in",
            "account.link_created",
            "account.signed_in",
        ]
        assert "@" not in str([entry.link for entry in log.read(session, "accounts")])
