"""What can be wrong with a history of incidents. Nothing of it is dropped silently: each tells how often, and the
first places."""

from tamspec.diagnostics import Fault, Severity

UNREADABLE = Fault(
    code="TAM490",
    summary="File of incidents that cannot be read",
    manual="""\
It is not there, is none of CSV, JSON and Parquet, or grows beyond all measure when it is unpacked. What it holds nobody
knows, so nothing is reported.

Name another file, or export it again; `encoding` of `incidents` in `tamspec.yaml` says how its text is encoded.
""",
)
BROKEN_ROWS = Fault(
    code="TAM491",
    summary="Rows that cannot be read",
    manual="""\
They have more or fewer columns than the first line, a quote that is never closed, or bytes that are no text. They are
counted as refused, and what they would have said of an incident is missing.

Export them again, with quotes around texts that hold commas or line breaks. Where letters are the trouble, say the
`encoding`.
""",
    severity=Severity.WARNING,
)
NO_COLUMN = Fault(
    code="TAM492",
    summary="Column that the file does not have",
    manual="""\
The mapping names a column of the export that is not there, so nothing can be judged by it.

Correct the name in `incidents` of `tamspec.yaml`, or in the file that `--mapping` names.
""",
)
NO_NUMBER = Fault(
    code="TAM493",
    summary="Rows that do not say whose they are",
    manual="""\
Without the number of an incident a row belongs to none; it is refused.

Look at the first of them; often they are totals or empty lines at the end of an export.
""",
    severity=Severity.WARNING,
)
BAD_TIME = Fault(
    code="TAM494",
    summary="Times that cannot be read",
    manual="""\
They are written in another form than `timeFormat` says, or are no times at all. A row without its time is refused; an
event without its time counts as not told.

Correct `timeFormat` in `incidents`, or name what stands for nothing in `missing`.
""",
    severity=Severity.WARNING,
)
NO_ZONE = Fault(
    code="TAM495",
    summary="Times that do not say their time zone",
    manual="""\
The same reading of a clock is another instant in every time zone. Nobody guesses.

Say `timeZone` in `incidents`: the zone in which the ticket system writes its times.
""",
)
UNKNOWN_WORD = Fault(
    code="TAM496",
    summary="Words of the export that mean nothing here",
    manual="""\
A state that `states` does not name is passed over, as if the row were not there: the incident keeps the state that it
had. A priority, a client or an agreement that nobody knows leaves the incident without a target, and refuses it.

Say in `incidents` what the word means, or exclude it.
""",
    severity=Severity.WARNING,
)
IMPOSSIBLE = Fault(
    code="TAM497",
    summary="Times that cannot have been",
    manual="""\
Something happened before the incident was reported, or after now, or the clock stopped before it began. What happened
before the report or after now is passed over; an incident that was reported after now, or whose clock runs backwards,
is refused.

Mend them in the ticket system. Where many are off by whole hours, `timeZone` is wrong.
""",
    severity=Severity.WARNING,
)
NOT_TOLD = Fault(
    code="TAM498",
    summary="Events that the export does not tell",
    manual="""\
An event with a column of its own is empty there. Where entering a state is the same event, that counts in its place;
otherwise an incident without its start is refused, and one without its end counts as open.

Nothing must be done where the state tells it as well. Otherwise ask why the column is empty.
""",
    severity=Severity.INFO,
)
TWICE = Fault(
    code="TAM499",
    summary="Incidents that are written twice",
    manual="""\
In an export with one row for each incident the number stands in more than one row. The first counts, the others are
refused.

Export the incidents once; a log of states needs `at` and `state` among its `columns`.
""",
    severity=Severity.WARNING,
)
NOBODYS = Fault(
    code="TAM500",
    summary="Incidents that no agreement judges",
    manual="""\
On the day of the report the client had no agreement, or several, or the agreement has no target for the priority. They
are counted as refused.

Name the `agreement`, as a column or for all; write down the agreement that held; or give the priority its target.
""",
    severity=Severity.WARNING,
)

FAULTS = (
    UNREADABLE,
    BROKEN_ROWS,
    NO_COLUMN,
    NO_NUMBER,
    BAD_TIME,
    NO_ZONE,
    UNKNOWN_WORD,
    IMPOSSIBLE,
    NOT_TOLD,
    TWICE,
    NOBODYS,
)
