"""The text of a new document, from what somebody says of it on the command line. It decides nothing for anybody: what
nobody said is left out, and the findings say what is still to be filled in."""

from tamspec.draft.document import PATHS, document, path_of, questions, unclaimed
from tamspec.draft.flags import OF_CHANGE, Field, Given, fields, missing
from tamspec.draft.judge import candidates, name_objection, objection, sentence
from tamspec.draft.text import text

__all__ = [
    "OF_CHANGE",
    "PATHS",
    "Field",
    "Given",
    "candidates",
    "document",
    "fields",
    "missing",
    "name_objection",
    "objection",
    "path_of",
    "questions",
    "sentence",
    "text",
    "unclaimed",
]
