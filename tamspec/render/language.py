"""The language of a tree of documents: its sentences, plurals, dates and numbers.

Our sentences are English, and their own names: `say("{number} of {total} built", …)`. Every other language is a file of
gettext, `templates/languages/xx.po`; a workspace adds one by putting it into its own `templates/languages/`.
"""

from __future__ import annotations

import functools
import io
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from gettext import GNUTranslations
from typing import TYPE_CHECKING

from markupsafe import Markup
from msgspec import Struct

from tamspec.model.values import DAYS, listed
from tamspec.render.escape import NO_UTF8, html, line_of_bytes

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages.catalog import Catalog

FOLDER = "languages/"
SUFFIX = ".po"


class Language(Struct, frozen=True, kw_only=True):
    """How one language says what the documents say."""

    code: str
    """As in the `lang` of HTML: `en`, `ru`, `pt-BR`."""
    one: Callable[[str], str]
    """A sentence of ours → its sentence."""
    more: Callable[[str, str, int], str]
    """Our singular and plural, and the number → its sentence."""
    day: Callable[[date], str]
    """A day with the day of the week."""
    short_day: Callable[[date], str]
    """The day of the week and of the month, for the axis of a chart."""
    minute: Callable[[datetime], str]
    """The same with hours and minutes of the day, as the clock of the instant's zone shows them."""
    listed: Callable[[Iterable[str]], str]
    """`a, b and c`."""

    def say(self, text: str, /, **values: object) -> str:
        """A sentence, with values in place of `{name}`."""
        return _ended_once(self.one(text), values).format(**values)

    def many(self, number: int, one: str, more: str, /, **values: object) -> str:
        """A sentence about a number of things, which it knows as `{number}`."""
        return _ended_once(self.more(one, more, number), values).format(number=number, **values)

    @property
    def for_templates(self) -> Mapping[str, Callable[..., Markup]]:
        """The same for templates of HTML, as `_` and `n_`. Values are escaped, our sentences may hold elements."""
        return {"_": self._said, "n_": self._counted}

    def _said(self, text: str, /, **values: object) -> Markup:
        said = _ended_once(self.one(text), values)
        return Markup(said).format(**{name: html(one) for name, one in values.items()}) if values else Markup(said)  # noqa: S704

    def _counted(self, number: int, one: str, more: str, /, **values: object) -> Markup:
        shown = {name: html(each) for name, each in values.items()}
        said = _ended_once(self.more(one, more, number), values)
        return Markup(said).format(number=number, **shown)  # noqa: S704


def _ended_once(text: str, values: Mapping[str, object]) -> str:
    """The sentence with one full stop where a value brings its own: `27 нояб. 2026 г.`"""
    for name, value in values.items():
        if isinstance(value, str) and value.endswith("."):
            text = text.replace(f"{{{name}}}.", f"{{{name}}}")
    return text


def day_text(day: date) -> str:
    """`Wed 2026-11-25`: English, and the same wherever it is read."""
    return f"{DAYS[day.weekday()]} {day.isoformat()}"


def _short_day_text(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day.day}"


def _minute_text(moment: datetime) -> str:
    return f"{day_text(moment.date())} {moment:%H:%M}"


ENGLISH = Language(
    code="en",
    one=lambda text: text,
    more=lambda one, more, number: one if number == 1 else more,
    day=day_text,
    short_day=_short_day_text,
    minute=_minute_text,
    listed=listed,
)


class BrokenCatalogueError(ValueError):
    """A file of gettext that cannot be used, and the line."""

    def __init__(self, why: str, line: int = 1) -> None:
        super().__init__(why)
        self.line = line


@functools.lru_cache(maxsize=32)
def language(code: str, catalogue: str) -> Language:
    """The language of a file of gettext. BrokenCatalogueError where that is none, the language is not known, or a
    sentence cannot be filled in."""
    # What speaks other languages takes long to import, and most workspaces have none.
    from babel.dates import format_skeleton, format_time
    from babel.lists import format_list

    catalogue = catalogue.removeprefix("\ufeff")  # which editors on Windows write
    if number := line_of_bytes(catalogue):
        raise BrokenCatalogueError(NO_UTF8, number)
    locale, read, known = _read(code, catalogue)
    for one in read:
        _check_fields(one.id, one.string, one.lineno or 1)
    try:
        for number in range(_NUMBERS):
            known.ngettext("", "", number)
    except (ArithmeticError, ValueError) as error:
        raise BrokenCatalogueError(f"`Plural-Forms` does not work for every number ({error})") from error

    def day(one: date) -> str:
        return str(format_skeleton("yMMMEd", one, locale=locale))

    def short_day(one: date) -> str:
        return str(format_skeleton("Ed", one, locale=locale))

    def minute(one: datetime) -> str:
        # The zone is told once a page; `format_time` would turn an aware time into UTC.
        return f"{day(one.date())} {format_time(one.replace(tzinfo=None), 'short', locale=locale)}"

    def listed(some: Iterable[str]) -> str:
        return str(format_list(list(some), locale=locale))

    return Language(
        code=code,
        one=known.gettext,
        more=known.ngettext,
        day=day,
        short_day=short_day,
        minute=minute,
        listed=listed,
    )


def _read(code: str, catalogue: str) -> tuple[Locale, Catalog, GNUTranslations]:
    from babel import Locale, UnknownLocaleError
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        locale = Locale.parse(code, sep="-")
        words, read = io.BytesIO(), read_po(io.StringIO(catalogue), locale=locale, abort_invalid=True)
        write_mo(words, read)
        words.seek(0)
        return locale, read, GNUTranslations(words)
    except PoFileError as error:  # it counts lines from 0, in its words too
        raise BrokenCatalogueError(str(error).removesuffix(f" on {error.lineno}"), error.lineno + 1) from error
    except (UnknownLocaleError, ValueError) as error:
        raise BrokenCatalogueError(str(error) or "nobody says why") from error


_NUMBERS = 1000
"""Numbers of which the plural is tried."""


_Text = str | Sequence[str] | None
"""A sentence, or its forms for different numbers."""


def _check_fields(ours: _Text, theirs: _Text, line: int) -> None:
    """A sentence says what ours says, filled in in the same way, or nothing."""
    known = {field for text in _forms(ours) for field in _fields(text)}
    for text in filter(None, _forms(theirs)) if any(_forms(ours)) else ():
        try:
            strange = [name for name, *how in _fields(text) if (name, *how) not in known]
        except ValueError as error:
            raise BrokenCatalogueError(f"{text!r} cannot be filled in: {error}", line) from error
        if strange:
            may = ", ".join(sorted(f"{{{name}}}" for name, *_ in known)) or "nothing"
            raise BrokenCatalogueError(f"{text!r} is filled in with {{{strange[0]}}}; it can be with {may}", line)


def _forms(text: _Text) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _fields(text: str) -> list[tuple[str, str | None, str | None]]:
    """What is filled in, and how: `{number:,}` is number, `,` and nothing."""
    return [(name, how, sort) for _, name, how, sort in string.Formatter().parse(text) if name is not None]


def catalogues(files: Mapping[str, str]) -> dict[str, str]:
    """The files of gettext among some files, by path: code of the language → text."""
    named = ((path.removeprefix(FOLDER).removesuffix(SUFFIX), path) for path in sorted(files))
    return {code: files[path] for code, path in named if path == f"{FOLDER}{code}{SUFFIX}"}


def why_not(code: str, catalogue: str) -> BrokenCatalogueError | None:
    """Why the words of a language cannot be read; None: they can."""
    try:
        language(code, catalogue)
    except BrokenCatalogueError as error:
        return error
    return None
