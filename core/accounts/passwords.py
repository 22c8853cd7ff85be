"""Passwords: argon2id with t=2, m=19 MiB, p=1 (ASVS 5.0 appendix C), about 50 ms each; two at a time per process, so
that a flood of guesses cannot take the memory and cores that paging needs."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 128
CONCURRENT_HASHES = 2

# Verified for users who do not exist or have no password, so that they take as long as those who do.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$X+13syws2ZrmwGpRXm0pEQ$YWiqD/6eAN/RtDyQiZdGHEif52w5x5C09zNerRI5Dyg"

# Heads of published lists of leaked passwords that are long enough to get past MIN_LENGTH, and words of this service.
_LISTED = """
    password password1 password12 password123 passw0rd p@ssword p@ssw0rd pa55word 12345678 123456789 1234567890
    0123456789 0987654321 987654321 87654321 11111111 111111111 00000000 000000000 22222222 88888888 99999999 12341234
    11223344 12344321 123123123 123321123 123454321 147258369 741852963 159753159 1q2w3e4r 1q2w3e4r5t 1qaz2wsx
    1qazxsw2 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qazwsxedc asdfghjk asdfghjkl zxcvbnm1
    zaq12wsx abcd1234 abc12345 abcdefgh abcdefghi a1b2c3d4 aa123456 admin123 admin1234 administrator administrador
    letmein1 letmein123 welcome1 welcome123 iloveyou iloveyou1 princess princess1 sunshine sunshine1 football
    football1 baseball baseball1 basketball superman superman1 batman123 dragon123 monkey123 master123 shadow123
    michael1 jennifer jennifer1 charlie1 jordan23 computer computer1 internet internet1 samsung1 starwars trustno1
    whatever freedom1 changeme changeme1 secret123 test1234 testtest default1 guest123 login123 root1234 toor1234
    server123 backup123 backups1 qwer1234 asdf1234 zxcv1234 pass1234 pass12345 mypassword contraseña contrasena
    contraseña1 contrasena1 contraseña123 contrasena123 bienvenido bienvenida barcelona realmadrid atletico madrid123
    españa123 espana123 teamo123 teamomucho tequiero tequiero1 mariposa estrella alejandro alejandra fernando
    francisco guardia1 guardia12 guardia123 guardia1234 guardias contingencia contingency itsafer1 itsafer123
    cloud123 invierno verano123 primavera otoño2025 otono2025 verano2025 verano2026 invierno2025 invierno2026
    summer2025 summer2026 winter2025 winter2026 spring2025 spring2026 autumn2025 autumn2026 enero2026 noviembre2026
"""
COMMON = frozenset(_LISTED.split())

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_turn = threading.BoundedSemaphore(CONCURRENT_HASHES)


class WeakPassword(ValueError):
    """A password that is refused; the text is fit for the person who chose it."""


def check_strength(password: str, email: str = "") -> None:
    """WeakPassword when it is too short, too long, known to everybody or the person's own name. No rules about kinds of
    characters: they make passwords worse (NIST SP 800-63B 5.1.1.2)."""
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"a password has at least {MIN_LENGTH} characters; 15 or more are better")
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"a password has at most {MAX_LENGTH} characters")
    plain = password.casefold()
    if plain in COMMON or len(set(plain)) < 3:
        raise WeakPassword("this password is on the lists that are tried first: choose another")
    if plain in {email.casefold(), email.casefold().partition("@")[0]}:
        raise WeakPassword("a password is not one's own address: choose another")


def hashed(password: str) -> str:
    with _turn:
        return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether it is the password. Takes as long for None (nobody) as for somebody."""
    with _turn:
        try:
            _hasher.verify(password_hash or NOBODY, password[: MAX_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)
