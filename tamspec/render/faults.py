"""What can be wrong with the templates of a workspace."""

from __future__ import annotations

from tamspec.diagnostics import Fault, Severity

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
BROKEN_LANGUAGE = Fault(
    code="TAM601",
    summary="Language that cannot be read",
    manual="""\
A file in `templates/languages/` of the workspace is no file of gettext, is named for no language (`de.po`,
`pt-BR.po`), or a sentence of it is filled in with what ours is not. Documents in that language are written in English.

Mend the file, or remove it. `templates/languages/messages.pot` of tamspec is what a new language begins with.
""",
)
UNKNOWN_LANGUAGE = Fault(
    code="TAM602",
    summary="Language that nobody speaks",
    severity=Severity.WARNING,
    manual="""\
A client's documents are wanted in a language that tamspec has no words for, so they are written in English.

Correct `language`, or add the words: `templates/languages/xx.po` in the workspace, a file of gettext.
""",
)
FAULTS = (BROKEN_TEMPLATE, BROKEN_LANGUAGE, UNKNOWN_LANGUAGE)
