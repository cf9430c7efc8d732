"""Sentences as templates and arguments, in English and translated."""

import ast
import re
from pathlib import Path

import msgspec

from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.design.message import Message, joined, message
from rnnstudio.design.network import LinkFault
from rnnstudio.design.problems import CODES
from tools.extract_messages import PACKAGE, calls, template, templates

CHECKED = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "message.py"]


def test_a_message_is_its_template_filled() -> None:
    assert str(message("There is no file “{path}”.", path=Path("a.rnnd"))) == "There is no file “a.rnnd”."
    assert str(message("{count:,} steps", count=12_000)) == "12,000 steps"


def test_a_template_without_arguments_may_have_braces() -> None:
    assert str(Message("{x} is a set")) == "{x} is a set"


def test_messages_inside_a_message_are_translated_too() -> None:
    said = joined((message("Give {what}.", what=message("a number")), "2 {x}"))
    assert said.text(lambda text: text.upper().replace("{WHAT}", "{what}")) != str(said)
    german = {"Give {what}.": "{what} angeben.", "a number": "eine Zahl"}
    assert said.text(lambda text: german.get(text, text)) == "eine Zahl angeben. 2 {x}"


def test_a_translation_with_an_unknown_field_is_not_used() -> None:
    assert message("At {place}.", place=1).text(lambda _text: "{nowhere}") == "At 1."


def test_a_message_travels() -> None:
    said = message("{one} of {other}", one=message("a part"), other=2.5)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(said), type=Message) == said


def test_an_error_takes_a_plain_sentence_as_a_plug_in_gives_it() -> None:
    error = FileError("The file {x} is empty.", details="0 bytes")
    assert (error.sentence, str(error), error.code) == ("The file {x} is empty.",) * 2 + ("file",)
    assert StudioError("It failed.", code="failed").code == "failed"


def test_every_template_is_a_literal_that_its_arguments_fill() -> None:
    for path in CHECKED:
        for call in calls(path):
            text = template(call)
            given = {keyword.arg for keyword in call.keywords}
            fields = set(re.findall(r"\{(\w+)[^{}]*\}", text))
            assert not given or given == fields, (path.name, call.lineno, text)


def test_no_sentence_below_the_window_is_made_where_it_cannot_be_translated() -> None:
    kinds = {"Problem": 1, "Fix": 0, "Mistake": 0, "ShapeProblem": 1, "ParamProblem": 1}
    kinds |= dict.fromkeys(("StudioError", "FileError", "DesignError", "DataError", "EquationError"), 0)
    found = []
    for path in CHECKED:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in kinds:
                said = call.args[kinds[call.func.id] :][:1]
                made = said and isinstance(said[0], ast.JoinedStr | ast.Constant)
                if made and "ui" not in path.parts:
                    found.append((path.name, call.lineno))
    assert found == []


def test_every_problem_has_a_known_code() -> None:
    used = {fault.value for fault in LinkFault} | {
        f"unknown-{what}" for what in ("task", "optimizer", "schedule")
    }
    for path in CHECKED:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Problem":
                codes = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "code")]
                used |= {code.value for code in codes if isinstance(code, ast.Constant)}
    assert used == CODES


def test_what_is_to_be_translated_is_found() -> None:
    assert "Remove the link" in templates() and len(templates()) > 300
