"""Who signs in, in these tests."""

MARTA = "marta@hotelsol.example"
LUIS = "luis@hotelsol.example"
JON = "jon@banconorte.example"
ANA = "ana@itsafer.example"
BORJA = "borja@itsafer.example"
CLARA = "clara@itsafer.example"
ADMIN = "admin@itsafer.example"
EVERYBODY = (MARTA, LUIS, JON, ANA, BORJA, CLARA, ADMIN)
ENGINEERS_PHONES = ("600000001", "600000002", "600000003", "600000009", "600 000 00")
