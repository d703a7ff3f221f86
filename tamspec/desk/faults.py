"""What can be wrong with files of what clients used. Nothing of them is dropped silently."""

from tamspec.diagnostics import Fault, Severity

UNREADABLE = Fault(
    code="TAM598",
    summary="File of usage that cannot be read",
    manual="""\
`usage` in `tamspec.yaml` names a file that is not there, lies outside the workspace, is none of CSV, JSON and Parquet,
or lacks one of the columns. What it would say of the clients' capacity is missing in every forecast.

Name another file, export it again, or correct the names of the columns.
""",
)
UNUSABLE = Fault(
    code="TAM599",
    summary="Samples of usage that cannot be used",
    manual="""\
A row names a project or an item that there is not, a day that is none or lies ahead, or an amount that is no number or
below nought; or two rows, or a row and the project, tell different amounts of one day. Such a row is left out; of two
amounts of one day that of the project counts, else the greater.

Correct the export. An item must stand in `capacity` of its project before samples of it are of any use.
""",
    severity=Severity.WARNING,
)
FAULTS: tuple[Fault, ...] = (UNREADABLE, UNUSABLE)
