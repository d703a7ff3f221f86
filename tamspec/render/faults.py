"""What can be wrong with the templates of a workspace."""

from __future__ import annotations

from tamspec.diagnostics import Fault

BROKEN_TEMPLATE = Fault(
    code="TAM600",
    summary="Template that fails",
    manual="""\
A workspace may have templates of its own, in `templates/`, in place of those that tamspec ships with. This one cannot
be used: it is no template of Jinja, it asks for something that its page does not have, or it does what no template
may do. Its pages are printed with the template that tamspec ships with, and everything else as ever.

Mend the line named, or remove the file.
""",
)
FAULTS = (BROKEN_TEMPLATE,)
