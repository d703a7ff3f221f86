"""Documents in the language of their reader: nothing is left untranslated, and a language is data alone."""

from __future__ import annotations

import re
import string
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from msgspec.structs import replace
from program import Workspace, small
from test_render import ROOT, Page, fresh, lived, whole

from tamspec.render.language import ENGLISH, Language, language
from tamspec.render.trees import for_client, internal

sys.path.insert(0, str(ROOT / "docs"))
import generate

LANGUAGES = sorted((ROOT / "templates/languages").glob("*.po"))
OURS = pytest.mark.parametrize("path", LANGUAGES, ids=[path.stem for path in LANGUAGES])
Message = str | tuple[str, ...]


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)


def spoken(path: Path) -> Language:
    return language(path.stem, path.read_text(encoding="utf-8"))


@OURS
def test_a_language_says_everything_and_nothing_else(path: Path) -> None:
    wanted = {message if isinstance(message, str) else message[0] for message in generate.messages()}
    known = {one.id if isinstance(one.id, str) else one.id[0]: one for one in catalogue(path) if one.id}
    assert wanted - known.keys() == set(), "sentences without a translation"
    assert known.keys() - wanted == set(), "translations of what nobody says"
    for text, one in known.items():
        said = (one.string,) if isinstance(one.string, str) else one.string
        assert all(said), f"{text!r} is not translated"
        assert not one.fuzzy, f"{text!r} is only guessed"
        for form in said:
            assert fields(form) == fields(text), f"{text!r} and {form!r} speak of other things"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@OURS
def test_a_clients_tree_is_wholly_in_its_language(path: Path) -> None:
    words = spoken(path)
    english = [
        message
        for message in generate.messages()
        if isinstance(message, str)
        and len(message.split()) >= 3
        and "{" not in message
        and words.say(message) != message
    ]
    for made in (fresh(), lived()):
        clients = {name: replace(one, language=path.stem) for name, one in made.workspace.clients.items()}
        material = replace(made.material, workspace=replace(made.workspace, clients=clients))
        for client in clients:
            for name, text in whole(for_client(material, client)).items():
                if name.endswith(".html"):
                    assert f'<html lang="{path.stem}">' in text
                    shown = Page(text).text
                    assert [one for one in english if one in shown] == [], name
                    assert ".." not in shown.replace("…", ""), (
                        f"{name}: a date that ends in a full stop ends its sentence"
                    )
                    assert not re.search(r"\b\d+(wd|h|m|d)\b", shown), f"{name}: units are words of a language"
                    assert not re.search(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d", shown), (
                        f"{name}: days are words of a language"
                    )
                    assert not {"response", "acknowledged", "waiting-client"} & set(shown.split()), name
        pages = whole(internal(material))
        assert all('<html lang="en">' in text for name, text in pages.items() if name.endswith(".html"))


def test_russian_counts_in_three_ways_and_says_days_its_way() -> None:
    words = spoken(ROOT / "templates/languages/ru.po")
    told = [words.many(number, "{number} order", "{number} orders") for number in (1, 2, 5, 11, 21, 22, 112)]
    assert told == ["1 наряд", "2 наряда", "5 нарядов", "11 нарядов", "21 наряд", "22 наряда", "112 нарядов"]
    departments = [
        words.many(number, "{number} department involved", "{number} departments involved") for number in (1, 4, 5)
    ]
    assert departments == ["участвует 1 подразделение", "участвуют 4 подразделения", "участвует 5 подразделений"]
    assert words.short_day(date(2026, 11, 25)) == "ср, 25"
    assert words.day(date(2026, 11, 25)) == "ср, 25 нояб. 2026\u202fг."
    assert words.minute(datetime(2026, 11, 25, 7, 45, tzinfo=UTC)) == "ср, 25 нояб. 2026\u202fг. 07:45"
    assert words.listed(["а", "б", "в"]) == "а, б и в"


def test_english_is_said_as_it_is_written() -> None:
    assert ENGLISH.many(1, "{number} order", "{number} orders") == "1 order"
    assert ENGLISH.many(0, "{number} order", "{number} orders") == "0 orders"
    assert ENGLISH.day(date(2026, 11, 25)) == "Wed 2026-11-25"
    assert ENGLISH.short_day(date(2026, 11, 5)) == "Thu 5"
    assert ENGLISH.listed(["a", "b", "c"]) == "a, b and c"
    assert ENGLISH.listed([]) == ""


def test_words_of_specifications_are_never_taken_for_ours() -> None:
    assert ENGLISH.say("{name}", name="{number}") == "{number}"
    html = ENGLISH.for_templates["_"]("Times are in {zone}.", zone="<b>{x}</b>")
    assert html == "Times are in &lt;b&gt;{x}&lt;/b&gt;."


GERMAN = """\
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Projects"
msgstr "Projekte"
"""


@pytest.fixture
def german(tmp_path: Path) -> Workspace:
    workspace = small(tmp_path)
    workspace.edit(
        "catalog/provider.yaml", "kind: Client\nmetadata: {name: acme", "kind: Client\nmetadata: {name: acme"
    )
    text = workspace.text("catalog/provider.yaml")
    start = text.index("kind: Client")
    spec = re.compile(r"spec: ?\{?").search(text, start)
    assert spec
    inserted = "language: de, " if spec[0].endswith("{") else "\n  language: de"
    workspace.write("catalog/provider.yaml", text[: spec.end()] + inserted + text[spec.end() :])
    return workspace


def found(workspace: Workspace) -> list[tuple[str, str]]:
    """Code and file of what is found while all documents are written."""
    answer = workspace.run("render", "--clients", "outside", "--output-format", "gitlab")
    return [(one["check_name"], one["location"]["path"]) for one in answer.data]


def test_a_language_is_added_as_data_alone(german: Workspace) -> None:
    assert found(german) == [("TAM602", "catalog/provider.yaml")]
    assert '<html lang="en">' in german.text("outside/acme/index.html")
    german.write("templates/languages/de.po", GERMAN)
    german.ok("render", "--clients", "outside")
    page = german.text("outside/acme/index.html")
    assert '<html lang="de">' in page
    assert ">Projekte</h2>" in page


HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ('msgid "Registers of {project}"\nmsgstr "Register von {projekt}"\n', 5),
        ('msgid "Registers of {project}"\nmsgstr "Register von {project"\n', 5),
        ('msgid "Registers of {project}"\nmsgstr "Register von {}"\n', 5),
        ('msgid "Registers of {project}"\nmsgstr "Register von {project.__class__}"\n', 5),
        ('msgid "Registers of {project}"\nmsgstr "Register von {project:>99999999}"\n', 5),
        ('msgid "{number} day"\nmsgid_plural "{number} days"\nmsgstr[0] "{number} Tag"\nmsgstr[1] "{zahl}"\n', 5),
    ],
)
def test_a_sentence_that_is_filled_in_with_something_else_is_a_finding(
    german: Workspace, words: str, line: int
) -> None:
    german.write("templates/languages/de.po", HEAD + words)
    answer = german.run("render", "--clients", "outside", "--output-format", "gitlab")
    [told] = answer.data
    assert (told["check_name"], told["location"]["lines"]["begin"]) == ("TAM601", line)
    assert '<html lang="en">' in german.text("outside/acme/index.html")


def test_a_sentence_may_leave_out_what_ours_says(german: Workspace) -> None:
    german.write("templates/languages/de.po", HEAD + 'msgid "Registers of {project}"\nmsgstr "Register"\n')
    german.ok("render", "--clients", "outside")
    assert "<h1>Register</h1>" in german.text("outside/acme/projects/shop/registers.html")


def test_plurals_that_divide_by_nothing_are_a_finding(german: Workspace) -> None:
    german.write("templates/languages/de.po", HEAD.replace("(n != 1)", "n%0"))
    assert found(german) == [("TAM601", "templates/languages/de.po")]


def test_words_that_are_no_utf_8_are_a_finding_at_their_line(german: Workspace) -> None:
    words = HEAD + 'msgid "Registers of {project}"\nmsgstr "Übersicht von {project}"\n'
    german.write("templates/languages/de.po", words.encode("latin-1"))
    german.write("templates/style.css", "/* Größe */\n".encode("latin-1"))
    answer = german.run("render", "--clients", "outside", "--output-format", "gitlab")
    told = {(one["check_name"], one["location"]["path"], one["location"]["lines"]["begin"]) for one in answer.data}
    assert told == {("TAM601", "templates/languages/de.po", 6), ("TAM600", "templates/style.css", 1)}
    assert len(answer.data) == 2
    assert '<html lang="en">' in german.text("outside/acme/index.html")
    assert german.text("outside/acme/style.css") == german.text("site/style.css") != ""


def test_a_line_that_gettext_does_not_know_is_told_where_it_stands(german: Workspace) -> None:
    german.write("templates/languages/de.po", HEAD + "\nwhat is this\n")
    answer = german.run("render", "--clients", "outside", "--output-format", "gitlab")
    assert [one["location"]["lines"]["begin"] for one in answer.data] == [HEAD.count("\n") + 2]
    assert not re.search(r"on \d", answer.data[0]["description"]), "lines are told once, counted from 1"


def test_a_mark_of_byte_order_is_no_part_of_a_language(german: Workspace) -> None:
    """Editors on Windows write it."""
    words = HEAD + 'msgid "Registers of {project}"\nmsgstr "Übersicht von {project}"\n'
    german.write("templates/languages/de.po", f"\ufeff{words}")
    german.ok("render", "--clients", "outside")
    assert '<html lang="de">' in german.text("outside/acme/index.html")


@pytest.mark.parametrize(
    "text", ["this is no file of gettext\n", 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(;\\n"\n']
)
def test_a_broken_language_is_a_finding_and_the_rest_is_written(german: Workspace, text: str) -> None:
    german.write("templates/languages/de.po", text)
    assert found(german) == [("TAM601", "templates/languages/de.po")]
    assert '<html lang="en">' in german.text("outside/acme/index.html")
