"""Text from specifications, made harmless for what it is written into: HTML, Markdown, Mermaid, an address, an anchor.

Everything that people wrote is taken for hostile; nothing here trusts a schema.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from jinja2 import Undefined
from markupsafe import Markup

_SPACES = re.compile("[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]+")
# Not "unassigned": what that is depends on the version of Unicode, and the same input must give the same bytes.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
# Arabic, Indic and emoji text needs its joiners; the soft hyphen only breaks a word.
_WANTED = "\u200c\u200d\u00ad"
_REPLACEMENT = "\ufffd"

_MARKDOWN = {
    # Entities can neither end a table cell or a code span nor begin a construct, whatever the parser.
    **{char: f"&#{ord(char)};" for char in "|`\\"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    **{char: f"\\{char}" for char in "*_[]~$"},
}
_LINE_START = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)](?:\s|$)))")
# A forge makes links of bare addresses, and calls people whose name follows an @: text must do neither.
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp|www)([:.])")
_CALL = re.compile(r"(?<![\w@])([@#])(?=\w)")
# Beyond ASCII no sign means anything to Mermaid.
_UNSAFE_IN_MERMAID = re.compile(r"[^\w .,+/()\u0080-\U0010ffff-]", re.ASCII)
NO_UTF8 = "it is no UTF-8; save it as such"
_PLAIN_CODE = re.compile(r"[\w./:+ ~-]+")
_NO_SLUG = re.compile("[^A-Za-z0-9-]")
_SHORT = {"/": "_", ":": "__"}


class Markdown(str):
    """Text that is Markdown already, and is not escaped again."""

    __slots__ = ()


def clean(text: str) -> str:
    """Text of one or more lines without characters that nobody sees: controls, bidi marks, halves of surrogates."""
    if text.isprintable():  # nearly every text is, and this is the quick way to know
        return text
    return "".join(_REPLACEMENT if _is_unseen(char) else char for char in text.expandtabs(1).replace("\r\n", "\n"))


def line(text: str) -> str:
    """The text on one line, cleaned."""
    return clean(_SPACES.sub(" ", text)).strip()


def html(value: object) -> object:
    """What a template of a page may print: numbers, and text, cleaned; Jinja escapes it afterwards."""
    # Called for every value of every page: the two usual kinds come first.
    if type(value) is str:
        return value if value.isprintable() else clean(value)
    if isinstance(value, Markup):
        return value
    _assert_printable(value)
    return clean(value) if isinstance(value, str) else value


def markdown(value: object) -> str:
    """One line of Markdown that shows the text and means nothing else; fit for a table's cell."""
    if isinstance(value, Markdown):
        return value
    _assert_printable(value)
    return _escaped(line(str(value)))


def lines(text: str) -> Markdown:
    """Markdown that shows a text of several lines as such; empty lines stay."""
    kept = [_escaped(line(part)) for part in text.strip().splitlines()]
    # A backslash at the end breaks the line, but not before an empty one, and it would show at the end.
    broken = [f"{part}\\" if part and after else part for part, after in pairwise([*kept, ""])]
    return Markdown("\n".join(broken))


def code(text: str) -> Markdown:
    """A name as code, where that can be written safely; else escaped text."""
    shown = line(text)
    return Markdown(f"`{shown}`" if _PLAIN_CODE.fullmatch(shown) else _escaped(shown))


def mermaid(text: str) -> str:
    """Words of a diagram: what could end them, or begin anything else, becomes a space; empty where nothing is left.

    In front of them must stand a sign of ours, as a word such as `title` or `click` at the start of a line is a
    command.
    """
    return " ".join(_UNSAFE_IN_MERMAID.sub(" ", line(text)).split())


def anchor_id(text: str) -> Markdown:
    """A slug inside of HTML in Markdown, as it is."""
    assert re.fullmatch(r"[\w.~-]+", text, re.ASCII), f"{text!r} is no slug: this is a bug in tamspec"
    return Markdown(text)


def slug(text: str) -> str:
    """A name for an anchor or a file, different for different texts: letters, digits, `-`, `.`, `_` and `~`.

    `/` becomes `_`, `:` becomes `__`, anything else its code between tildes.
    """
    return _NO_SLUG.sub(_spelt, text)


def web_address(text: str) -> str:
    """The text if it is an address of the web, else nothing: no page links anywhere else."""
    return text if re.fullmatch(r"https?://[^\s\"'<>|`\\]+", text) else ""


def _escaped(text: str) -> str:
    made = "".join(_MARKDOWN.get(char, char) for char in text)
    made = _ADDRESS.sub(lambda found: f"{found[1]}&#{ord(found[2])};", made)
    # The entities above hold `#` as well, always behind `&`.
    made = re.sub(r"(?<!&)" + _CALL.pattern, r"\1&#8203;", made)
    return _LINE_START.sub(_disarmed, made)


def _disarmed(found: re.Match[str]) -> str:
    # `- ` and `# ` begin a list or a heading, `1.` a numbered list.
    sign = found[2]
    return f"{found[1]}{sign}&#8203;" if sign.isdigit() else f"{found[1]}\\{sign}"


def _spelt(found: re.Match[str]) -> str:
    char = found[0]
    return "." if char == "." and found.start() else _SHORT.get(char) or f"~{ord(char):x}~"


def _is_unseen(char: str) -> bool:
    if char in _WANTED or char == "\n":
        return False
    return unicodedata.category(char) in _UNSEEN or ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF


def _assert_printable(value: object) -> None:
    if isinstance(value, Undefined):
        str(value)  # raises what tells the name and the line
    if not isinstance(value, (str, int)):
        raise TypeError(f"it prints a {type(value).__name__}, which is neither a text nor a number")


def line_of_bytes(text: str) -> int:
    """The line of the first byte that was no UTF-8, which stands in the text as a lone surrogate; 0: there is none."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return text.count("\n", 0, error.start) + 1
    return 0
