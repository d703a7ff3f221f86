"""Every kind of finding that reading specifications can bring: TAM0xx text, TAM1xx shape, TAM2xx references."""

from __future__ import annotations

from tamspec.diagnostics import Fault, Severity

NOT_UTF8 = Fault(
    code="TAM001",
    summary="File is not UTF-8 text",
    manual="""\
Everyone who reads the file must see the same letters, whatever editor or language their machine is set to.

Save the file as UTF-8. A byte order mark at the very beginning is accepted, UTF-16 is not.
""",
)

HIDDEN_CHARACTER = Fault(
    code="TAM002",
    summary="Character that a reader cannot see",
    manual="""\
Control characters, marks that change the direction of writing and the unusual line separators show nothing on the
page, but change what the text says: a reviewer would approve something else than what is loaded.

Delete the character; where a line break was meant, press Enter. The column of the finding says where it stands.
""",
)

TOO_LARGE = Fault(
    code="TAM003",
    summary="More than tamspec reads",
    manual="""\
Limits on size and depth keep a hostile or generated file from stopping the check for everyone. No text written by
people comes near them.

The limits: 1 MiB and 1,000 documents a file, 100,000 nodes a document, 64 levels of nesting, 64 KiB a text,
18 digits a number. Split the file, or keep large material elsewhere and link to it.
""",
)

NEVER_CLOSED = Fault(
    code="TAM004",
    summary="Quote or bracket that is never closed",
    manual="""\
Everything behind the open quote or bracket is taken as part of it, so nothing that follows can be understood.

Close it on its own line. The finding stands where it opens, not where the file ends.
""",
)

WRONG_INDENT = Fault(
    code="TAM005",
    summary="Indentation that does not fit",
    manual="""\
In YAML the indentation says what belongs to what. A line that stands between two levels belongs to neither.

Put keys of one level exactly below each other, with two spaces for each level, and never a tab.
""",
)

BROKEN_SYNTAX = Fault(
    code="TAM006",
    summary="Text that is not YAML",
    manual="""\
The file cannot be understood from this place on; documents before it in the same file are still checked.

Do what the hint says. When in doubt, put the text in double quotes: `"like this"`.
""",
)

TAG = Fault(
    code="TAM007",
    summary="YAML tag",
    manual="""\
A tag (`!name`, `!!str`) changes the type of a value in a way that few reviewers know, and asks for programs.

Delete the tag. A number that shall stay text is written in quotes. A text that begins with `!` too.
""",
)

DIRECTIVE = Fault(
    code="TAM008",
    summary="YAML directive",
    manual="""\
A line such as `%YAML 1.1` changes how the rest is read. tamspec reads every file in the same one way.

Delete the line.
""",
)

ANCHOR = Fault(
    code="TAM009",
    summary="YAML anchor or alias",
    manual="""\
With an anchor (`&name`) and its aliases (`*name`) a value stands where it cannot be seen, and a small file can grow
without bound. A review should see what it approves in its place.

Write the value out. What several projects share is a service of the catalogue. A text that begins with `&` or `*` is
written in quotes.
""",
)

MERGE_KEY = Fault(
    code="TAM010",
    summary="YAML merge key",
    manual="""\
`<<` copies keys from elsewhere, so what a map holds cannot be seen where it stands.

Write the keys out. What several projects share is a service of the catalogue.
""",
)

DUPLICATE_KEY = Fault(
    code="TAM011",
    summary="Key that is written twice",
    manual="""\
Only one of the two values can be true, and most programs take the last one without a word.

Delete one of them, or give it the name that it should have.
""",
)

KEY_NOT_TEXT = Fault(
    code="TAM012",
    summary="Key that is not a plain text",
    manual="""\
A key names something. An empty key, a list or a map as a key, or one written with `?`, names nothing that others
could refer to.

Write the key as a word before the colon. A text with braces (`{{ like this }}`) is written in quotes.
""",
)

TORN_TEXT = Fault(
    code="TAM013",
    summary="Text torn apart at its comma",
    manual="""\
Between braces a comma ends the value. What follows it becomes a key of its own, and the text loses its end:
`{text: Who issues, you or we}` asks only "Who issues".

Put the text in quotes, or write the map in lines without braces. Decimals have a point: `1.5h`.
""",
)

LOST_TEXT = Fault(
    code="TAM014",
    summary="Text lost behind a #",
    manual="""\
Behind a space, `#` begins a comment: `VLAN #112` says only "VLAN", and nobody would notice.

Put the text in quotes: `"VLAN #112"`. If it is a comment, write a space behind the `#`.
""",
)

READ_DIFFERENTLY = Fault(
    code="TAM015",
    summary="Value that other tools read differently",
    severity=Severity.WARNING,
    manual="""\
tamspec reads a value without quotes as the text that stands there, unless it is `true`, `false`, `null` or a plain
number. Most other YAML tools read YAML 1.1, where `no` and `off` are false, `0755` is 493, `12:30` is 750 and a
telephone number such as `+15551234` loses its plus: an editor, a script or a dashboard would show something else than
the reviewer approved.

Put the text in quotes: `"12:30"`. A number is written in digits alone: `1000`, not `1e3`. Dates such as 2026-12-18 need
no quotes: everybody reads the same day.
""",
)

UNREAD_FILE = Fault(
    code="TAM016",
    summary="File that cannot be read",
    manual="""\
What such a file says is missing from the check, from the plan and from every document, so nothing is planned until it
can be read. Links are refused wherever they lead: at a revision git knows only where they point, so the same tree
would say one thing in the folder and another in its history.

Put the file itself there, give it other rights or another name, or delete it; the finding says what stands in the way.
""",
)

UNKNOWN_KEY = Fault(
    code="TAM101",
    summary="Key that does not belong here",
    manual="""\
A key that nobody reads is a promise that nobody keeps; most often it is a slip of the pen or a wrong level.

Correct the name, move it to the level where it belongs, or delete it.
""",
)

MISSING_KEY = Fault(
    code="TAM102",
    summary="Required key is missing",
    manual="""\
Without it the document does not say enough to be planned or checked.

Add the key. The finding says what it is for and gives an example.
""",
)

WRONG_SHAPE = Fault(
    code="TAM103",
    summary="Value of the wrong shape",
    manual="""\
A list, a map, a text and a number are read in different ways, and none is guessed from another.

Write the value in the shape that is asked for: a list as `[os]`, a map as `{key: value}`, a text that looks like a
number in quotes.
""",
)

NOT_ALLOWED = Fault(
    code="TAM104",
    summary="Value that is not one of those allowed",
    manual="""\
Rules and documents know a fixed set of words here; another one would fall through all of them.

Take one of the words that the finding lists.
""",
)

MALFORMED = Fault(
    code="TAM105",
    summary="Not written in the form that is asked for",
    manual="""\
Dates, lengths of time, shares and names are written in one way, so that people of all countries and all programs
read them alike.

A date is `2026-12-18`, a length of time `30m`, `1.5h`, `2d` or `3wd`, a share `35%`. A name has lower-case Latin
letters, digits and hyphens; what people shall read stands in `title`.
""",
)

OUT_OF_BOUNDS = Fault(
    code="TAM106",
    summary="Value out of bounds",
    manual="""\
The value is too small, too large, too short or too long to make sense here.

Correct the value; the finding names the bound.
""",
)

TEXT_BECAME_MAP = Fault(
    code="TAM107",
    summary="Text that became a map",
    manual="""\
A colon with a space behind it makes a key and a value of the text: `- Back-out: restore` is no sentence any more.

Put the text in quotes: `- "Back-out: restore"`.
""",
)

LOOK_ALIKE = Fault(
    code="TAM108",
    summary="Letter that only looks Latin",
    manual="""\
A Cyrillic letter in a Latin name looks the same and is another name: it is never found, and nobody sees why.

Type the name again with the keyboard set to Latin letters; the hint has it ready to copy.
""",
)

REPEATED_ITEM = Fault(
    code="TAM109",
    summary="List that names the same thing twice",
    manual="""\
The second mention says nothing, or stands where something else was meant.

Delete it, or write what was meant.
""",
)

UNKNOWN_REFERENCE = Fault(
    code="TAM203",
    summary="Reference to something that does not exist",
    manual="""\
A plan, an order or an escalation that leads to nobody stops on the day it is needed.

Correct the name, or add the document that it names.
""",
)

DUPLICATE_NAME = Fault(
    code="TAM201",
    summary="Name that is given twice",
    manual="""\
Names are how documents refer to each other, so within its kind each may be given once. The second document is passed
over.

Give one of them another name.
""",
)
CYCLE = Fault(
    code="TAM202",
    summary="Things that wait for each other",
    manual="""\
A chain of dependencies that comes back to where it began can never start.

Remove one of the dependencies named.
""",
)
MEANINGLESS_VALUE = Fault(
    code="TAM204",
    summary="Value that means nothing",
    manual="""\
The value is written in the right form, but there is no such thing: the 30th of February, 25 o'clock, a time zone that
nobody lives in.

Write the value that was meant.
""",
)
UNKNOWN_PARAMETER = Fault(
    code="TAM205",
    summary="Parameter that the service does not have",
    manual="""\
A value for a parameter that the service does not know would be read by nobody.

Correct the name, or add the parameter to the service.
""",
)
WRONG_PARAMETER = Fault(
    code="TAM206",
    summary="Value that the parameter cannot have",
    manual="""\
Each parameter of a service says its type, its choices and its bounds; departments rely on them.

Write a value of that type and within those bounds.
""",
)
NO_SUCH_FOLDER = Fault(
    code="TAM207",
    summary="Source folder that does not exist",
    manual="""\
`sources` in `tamspec.yaml` names the folders that are read. What lies in a folder of another name is read by nobody,
and every document in it would be missed without a word.

Correct the name, or make the folder. git keeps no empty folders: put a document or a `.gitkeep` into it.
""",
)
FAULTS: tuple[Fault, ...] = (
    NOT_UTF8,
    HIDDEN_CHARACTER,
    TOO_LARGE,
    NEVER_CLOSED,
    WRONG_INDENT,
    BROKEN_SYNTAX,
    TAG,
    DIRECTIVE,
    ANCHOR,
    MERGE_KEY,
    DUPLICATE_KEY,
    KEY_NOT_TEXT,
    TORN_TEXT,
    LOST_TEXT,
    READ_DIFFERENTLY,
    UNREAD_FILE,
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_SHAPE,
    NOT_ALLOWED,
    MALFORMED,
    OUT_OF_BOUNDS,
    TEXT_BECAME_MAP,
    LOOK_ALIKE,
    REPEATED_ITEM,
    DUPLICATE_NAME,
    CYCLE,
    UNKNOWN_REFERENCE,
    MEANINGLESS_VALUE,
    UNKNOWN_PARAMETER,
    WRONG_PARAMETER,
    NO_SUCH_FOLDER,
)
"""Every fault of this stage, by code."""
