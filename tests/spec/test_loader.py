"""Task files as people write them, right and wrong: what is made of them, and what they are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_agenttasks.exceptions import TaskFileError
from pytest_agenttasks.items import parametrised
from pytest_agenttasks.spec import SolutionSpec, Task, load_tasks

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "work.yaml"
        file.write_text(dedent(text), "utf-8")
        return file

    return write


def mistakes(file: Path) -> list[str]:
    """What a broken file is told, without its name."""
    with pytest.raises(TaskFileError) as caught:
        load_tasks(file, "work.yaml")
    lines = str(caught.value).splitlines()
    assert all(line.startswith("work.yaml:") for line in lines)
    return [line.removeprefix("work.yaml:") for line in lines]


def one(file: Path) -> Task:
    (task,) = load_tasks(file)
    return task


MISTAKES = {
    "missing prompt, and its misspelling": (
        "promt: x\n",
        ["1:1: the key 'prompt' is missing", "1:1: unknown key 'promt'; did you mean 'prompt'?"],
    ),
    "unknown key far from all": (
        "prompt: x\nzzz: 1\n",
        ["2:1: unknown key 'zzz'; known: id, title, category, priority, tags, matrix, …"],
    ),
    "number for text": ("prompt: 12\n", ["1:9: prompt: found 12 (a number), expected text (put it in quotes)"]),
    "nothing for text": ("prompt:\n", ["1:8: prompt: found nothing, expected text (put it in quotes)"]),
    "empty text": ("prompt: ''\n", ["1:9: prompt: found '' (text), expected text that is not empty"]),
    "date for number": (
        "prompt: x\nlimits: {steps: 2026-01-01}\n",
        ["2:17: steps: found datetime.date(2026, 1, 1) (date), expected a whole number"],
    ),
    "fraction": (
        "prompt: x\nlimits: {tokens: 1.5}\n",
        ["2:18: tokens: found 1.5 (a number), expected a whole number"],
    ),
    "text for a number": (
        "prompt: x\nlimits: {seconds: '9'}\n",
        ["2:19: seconds: found '9' (text), expected a number"],
    ),
    "zero seconds": ("prompt: x\nlimits: {seconds: 0}\n", ["2:19: seconds: found 0, expected more than 0"]),
    "zero steps": ("prompt: x\nlimits: {steps: 0}\n", ["2:17: steps: found 0, expected at least 1"]),
    "misspelt limit": (
        "prompt: x\nlimits: {stesp: 1}\n",
        ["2:10: unknown key 'stesp'; did you mean 'steps'?"],
    ),
    "two sources": (
        "prompt: x\nworkspace: {from: a, git: {ref: b}}\n",
        ["2:12: workspace: give either 'from' or 'git', not both"],
    ),
    "solution that does nothing": (
        "prompt: x\nsolution: {}\n",
        ["2:11: solution: give a script, or a folder as `from`"],
    ),
    "solution that is a list": (
        "prompt: x\nsolution: [echo]\n",
        ["2:11: solution: found ['echo'], expected a shell script, or a mapping with `from`"],
    ),
    "misspelt source of a solution": (
        "prompt: x\nsolution: {form: a}\n",
        ["2:12: unknown key 'form'; did you mean 'from'?"],
    ),
    "git without ref": ("prompt: x\nworkspace:\n  git: {path: a}\n", ["3:8: the key 'ref' is missing"]),
    "network in words": (
        "prompt: x\nworkspace: {network: 'yes'}\n",
        ["2:22: network: found 'yes' (text), expected true or false"],
    ),
    "priority": (
        "prompt: x\npriority: urgent\n",
        ["2:11: priority: found 'urgent' (text), expected 'critical', 'high', 'normal' or 'low'"],
    ),
    "pytest's own marker": (
        "prompt: x\ntags: [python, skip]\n",
        ["2:16: tag 'skip' is a marker with a meaning of its own in pytest; rename it"],
    ),
    "tag of two words": (
        "prompt: x\ntags: [a b]\n",
        ["2:8: tags: found 'a b' (text), expected a word of letters, digits and _"],
    ),
    "id that pytest cannot select": (
        "prompt: x\nid: a::b\n",
        ["2:5: id 'a::b': pytest cannot select names with '::', brackets or line ends"],
    ),
    "empty list of models": (
        "prompt: x\nmodel: []\n",
        ["2:8: model: found [] (a list), expected a list that is not empty"],
    ),
    "no repeat at all": ("prompt: x\nrepeat: 0\n", ["2:9: repeat: found 0, expected at least 1"]),
    "matrix that is a list": (
        "prompt: x\nmatrix: [1]\n",
        ["2:9: matrix: found [1] (a list), expected a mapping"],
    ),
    "matrix without values": (
        "prompt: x\nmatrix: {n: []}\n",
        ["2:13: n: found [] (a list), expected a list that is not empty"],
    ),
    "matrix name of two words": (
        "prompt: x\nmatrix: {a b: [1]}\n",
        ["2:15: a b: found 'a b' (text), expected a word of letters, digits and _"],
    ),
    "matrix value that pytest cannot select": (
        "prompt: x\nmatrix: {n: [a, 'b::c']}\n",
        ["2:17: matrix: 'b::c' contains '::', which pytest cannot select"],
    ),
    "artifacts outside": (
        "prompt: x\nartifacts: [../x]\n",
        ["2:13: ../x leads out of the workspace: give a path relative to it, such as src/a.py"],
    ),
    "unknown check": ("prompt: x\nchecks:\n- fles: a\n", ["3:3: unknown key 'fles'; did you mean 'files'?"]),
    "no check": ("prompt: x\nchecks:\n- {}\n", ["3:3: give exactly one check in each entry of the list"]),
    "two checks in one": (
        "prompt: x\nchecks:\n- files: a\n  command: b\n",
        ["3:3: give exactly one check in each entry of the list"],
    ),
    "check without options": (
        "prompt: x\nchecks:\n- pytest:\n",
        ["3:3: pytest: found nothing, expected its options"],
    ),
    "check that is a text": (
        "prompt: x\nchecks: [files]\n",
        ["2:10: checks: found 'files' (text), expected a mapping of keys"],
    ),
    "two keys missing and one misspelt": (
        "prompt: x\nchecks:\n- contains:\n    fle: a\n",
        [
            "4:5: the key 'file' is missing",
            "4:5: the key 'text' is missing",
            "4:5: unknown key 'fle'; did you mean 'file'?",
        ],
    ),
    "check outside": (
        "prompt: x\nchecks:\n- files: [a, /etc/passwd]\n",
        ["3:14: /etc/passwd leads out of the workspace: give a path relative to it, such as src/a.py"],
    ),
    "quotes": (
        'prompt: x\nchecks:\n- pytest: {args: "\'"}\n',
        ["3:18: cannot be split into arguments as a shell does: No closing quotation"],
    ),
    "more than everything": (
        "prompt: x\nchecks:\n- coverage: {of: a, min: 101}\n",
        ["3:26: min: found 101, expected at most 100"],
    ),
    "empty list of files": (
        "prompt: x\nchecks:\n- files: []\n",
        ["3:10: exist: found [] (a list), expected a list that is not empty"],
    ),
    "no tools": (
        "prompt: x\nchecks:\n- trajectory: {used: {}}\n",
        ["3:22: used: found {} (a mapping), expected a mapping that is not empty"],
    ),
    "seconds without end": (
        "prompt: x\nchecks:\n- pytest: {seconds: .inf}\n",
        ["3:21: seconds: found inf (a number), expected a number with an end"],
    ),
    "limit without end": (
        "prompt: x\nlimits: {seconds: .nan}\n",
        ["2:19: seconds: found nan (a number), expected a number with an end"],
    ),
    "NUL": (
        'prompt: x\nchecks:\n- command: "a\\0"\n',
        ["3:12: found a NUL character, which no command and no path can hold; take it out"],
    ),
    "option for a check": (
        "prompt: x\nchecks:\n- exists: a.py\n",
        ["3:3: unknown key 'exists'; did you mean 'files', of which 'exist' is an option?"],
    ),
    "a fraction for per cent": (
        "prompt: x\nchecks:\n- coverage: {of: a, min: 0.8, min_branches: 1}\n- mutation: {of: a.py, min: 0.55}\n",
        [
            "3:26: min: 0.8 is 0.8 per cent; write 80",
            "3:45: min_branches: 1 is 1 per cent; write 100",
            "4:29: min: 0.55 is 0.55 per cent; write 55",
        ],
    ),
    "key that is no text": ("prompt: x\n1: y\n", ["2:4: the file: Keys should be strings; found 1 (a number)"]),
    "list at the top": (
        "- prompt: x\n",
        ["1:1: a task file is a mapping: the keys of one task, or `tasks:` with a list of them"],
    ),
    "text at the top": (
        "hello\n",
        ["1:1: a task file is a mapping: the keys of one task, or `tasks:` with a list of them"],
    ),
    "no tasks": ("tasks: []\n", ["1:1: tasks: expected a list with at least one task"]),
    "defaults alone": (
        "defaults: {agent: loop}\n",
        ["1:1: tasks: expected a list with at least one task"],
    ),
    "task that is a text": (
        "tasks: [x]\n",
        ["1:9: a task is a mapping of keys such as id and prompt"],
    ),
    "key beside tasks": (
        "tasks: [{prompt: x}]\nprompt: y\n",
        ["2:1: unknown key 'prompt' beside 'tasks'; put it into a task, or into 'defaults'"],
    ),
    "defaults that are a list": (
        "defaults: []\ntasks: [{prompt: x}]\n",
        ["1:1: defaults: expected a mapping of keys"],
    ),
    "what no default can be": (
        "defaults: {prompt: x}\ntasks: [{prompt: x}]\n",
        ["1:12: 'prompt' belongs to one task and cannot be a default"],
    ),
    "key given twice": ("prompt: x\nprompt: y\n", ["2:1: the key 'prompt' is given twice (first in line 1)"]),
    "id given twice": (
        "tasks:\n- {id: a, prompt: x}\n- {id: a, prompt: y}\n",
        ["3:8: the task 'a' is there twice (first in line 2); ids are unique"],
    ),
    "no ids": (
        "tasks:\n- {prompt: x}\n- {prompt: y}\n",
        ["3:3: the task 'work' is there twice (first in line 2); ids are unique"],
    ),
    "values that look the same": (
        "prompt: x\nmatrix: {n: [1, '1']}\n",
        ["1:1: the task 'work[1]' is there twice (first in line 1); ids are unique"],
    ),
    "refers to itself": ("prompt: &a\n  b: *a\n", ["1:9: refers to itself"]),
    "empty": ("", ["1:1: the file is empty"]),
    "comments only": ("# soon\n", ["1:1: the file is empty"]),
    "not closed": ("prompt: [a\n", ["2:1: not YAML: did not find expected ',' or ']'"]),
    "unknown tag": (
        "prompt: !!python/name:os.system x\n",
        ["1:9: not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'"],
    ),
    "two documents": ("---\nprompt: a\n---\nprompt: b\n", ["3:1: not YAML: but found another document"]),
    "impossible date": ("prompt: 2026-13-45\n", ["1:1: not usable YAML: month must be in 1..12"]),
    "tab": ("prompt: x\nlimits:\n\tsteps: 1\n", ["3:1: not YAML: found character that cannot start any token"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_at_its_place(name: str, write: Write) -> None:
    text, told = MISTAKES[name]
    assert mistakes(write(text)) == told


def test_all_mistakes_of_a_file_are_told_at_once(write: Write) -> None:
    file = write("""
        defaults: {limits: {steps: -1}}
        tasks:
        - {id: a, promt: x}
        - {id: b, prompt: x, tags: [skip]}
        - 7
    """)
    assert [line.split(": ")[0] for line in mistakes(file)] == ["2:28", "4:3", "4:11", "5:29", "6:3"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "none.yaml") == ["1:1: cannot be read: No such file or directory"]


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "work.yaml"
    file.write_bytes("prompt: größer\n".encode("latin-1"))
    assert mistakes(file) == ["1:1: not UTF-8 text (byte 10); save it as UTF-8"]


def test_nesting_without_end_is_refused_and_does_not_end_the_process(write: Write) -> None:
    """Who says so depends on the version of libyaml: 0.2.6 has a limit of its own, and looks ahead."""
    (told,) = mistakes(write("prompt: " + "[" * 50_000))
    assert told in (
        "1:108: not usable YAML: nested more than 100 levels deep",
        "1:1008: not YAML: exceeded maximum nesting depth",
    )
    deep = "".join(f"{' ' * level}a:\n" for level in range(200))
    assert "nested more than 100 levels deep" in mistakes(write(deep))[0]


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "work.yaml"
    file.write_bytes(b"\xef\xbb\xbfprompt: hi\nbad: 1\n")
    assert mistakes(file)[0].startswith("2:1: unknown key 'bad'")
    file.write_bytes(b"\xef\xbb\xbfprompt: hi\n")
    assert one(file).spec.prompt == "hi"


def test_line_ends_of_windows(tmp_path: Path) -> None:
    file = tmp_path / "work.yaml"
    file.write_bytes(b"prompt: |\r\n  a\r\n  b\r\nbad: 1\r\n")
    assert mistakes(file)[0].startswith("4:1: unknown key 'bad'")
    file.write_bytes(b"id: a\r\nprompt: |\r\n  a\r\n  b\r\n")
    assert one(file).spec.prompt == "a\nb\n"


def test_one_task_may_stand_at_the_top_and_is_named_after_its_file(write: Write) -> None:
    task = one(write("prompt: x"))
    assert (task.name, task.slug, task.line, task.location) == ("work", "work", 1, ())


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".task.yaml", ".task.yml"])
def test_the_name_of_a_file_is_without_its_ending(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"fix.it{ending}"
    file.write_text("prompt: x")
    assert one(file).name == "fix.it"


def test_defaults_are_under_what_a_task_says(write: Write) -> None:
    first, second = load_tasks(
        write("""
        defaults:
          agent: nop
          tags: [a]
          limits: {steps: 5, seconds: 6}
          workspace: {files: {x: "1"}, network: true}
        tasks:
        - {id: one, prompt: x, limits: {steps: 7}, tags: [b], workspace: {files: {y: "2"}}}
        - {id: two, prompt: x, agent: loop}
    """)
    )
    assert (first.spec.agent.name, second.spec.agent.name) == ("nop", "loop")
    assert (first.spec.tags, second.spec.tags) == (["b"], ["a"])
    assert (first.spec.limits.steps, first.spec.limits.seconds) == (7, 6)
    assert first.spec.workspace.files == {"y": "2"}
    assert first.spec.workspace.network


def test_empty_defaults_are_none(write: Write) -> None:
    assert one(write("defaults:\ntasks: [{prompt: x}]")).spec.agent.name == "loop"


@pytest.mark.parametrize("templated", ["", ", category: '{{ n }}'"], ids=["plain", "with a template"])
def test_a_mistake_in_defaults_is_told_once_and_there(templated: str, write: Write) -> None:
    tasks = "".join(f"- {{id: t{n}, prompt: x, matrix: {{n: [a, b]}}}}\n" for n in range(5))
    file = write(f"defaults: {{agnt: loop{templated}}}\ntasks:\n{tasks}")
    assert mistakes(file) == ["1:12: unknown key 'agnt'; did you mean 'agent'?"]


def test_a_template_of_the_defaults_is_told_there(write: Write) -> None:
    file = write("""\
        defaults: {limits: {steps: "{{ n }}"}}
        tasks:
        - {id: a, prompt: x, matrix: {n: [1, -1]}, limits: {seconds: 5}}
        - {id: b, prompt: x}
    """)
    assert mistakes(file) == [
        "1:28: steps: found -1, expected at least 1",
        "1:28: template: 'n' is undefined; known names: none, as there is no matrix "
        "(literal braces: {% raw %}…{% endraw %})",
    ]


def test_merge_keys_and_anchors(write: Write) -> None:
    file = write("""\
        tasks:
        - &base
          id: one
          prompt: x
          limits: {steps: 3}
        - <<: *base
          id: two
    """)
    _, two = load_tasks(file)
    assert two.spec.limits.steps == 3
    assert two.at("limits", "steps") == (5, 19)
    assert two.line == 6
    file.write_text(file.read_text().replace("steps: 3", "steps: x"))
    assert mistakes(file) == ["5:19: steps: found 'x' (text), expected a whole number"]


def test_a_key_may_be_over_one_that_was_merged(write: Write) -> None:
    assert one(write("tasks: [{<<: {prompt: a, id: i}, prompt: b}]")).spec.prompt == "b"


def test_a_matrix_makes_one_task_of_each_combination_in_order(write: Write) -> None:
    tasks = load_tasks(
        write("""
        id: t
        prompt: "{{ a }} and {{ b }}"
        matrix: {a: [src/x.py, y], b: [1, 2.5]}
    """)
    )
    assert [task.name for task in tasks] == ["t[src/x.py-1]", "t[src/x.py-2.5]", "t[y-1]", "t[y-2.5]"]
    assert [task.spec.prompt for task in tasks][:2] == ["src/x.py and 1", "src/x.py and 2.5"]
    assert len({task.slug for task in tasks}) == 4


def test_a_lone_expression_keeps_its_type(write: Write) -> None:
    task = one(
        write("""
        prompt: x
        title: "{{ n }}"
        limits: {steps: "{{ n }}", seconds: "{{ n * 1.5 }}"}
        workspace: {network: "{{ net }}", files: {"{{ n }}.txt": "{{ text }}"}}
        checks: [files: "{{ several }}"]
        matrix: {n: [4], net: [true], several: [[a, b]], text: [hello]}
    """)
    )
    assert (task.spec.limits.steps, task.spec.limits.seconds) == (4, 6.0)
    assert task.spec.title == "4"
    assert task.spec.workspace.network is True
    assert task.spec.workspace.files == {"4.txt": "hello"}
    assert task.spec.checks[0].files is not None
    assert task.spec.checks[0].files.exist == ["a", "b"]


def test_values_that_cannot_be_in_a_name_get_a_number(write: Write) -> None:
    text = f"prompt: x\nmatrix: {{m: ['a[1]', [1], {{k: v}}, '{'x' * 81}', \"a\\nb\", null, ok]}}"
    names = [task.name for task in load_tasks(write(text))]
    assert names == [*(f"work[m{n}]" for n in range(6)), "work[ok]"]


def test_trials(write: Write) -> None:
    names = [task.name for task in load_tasks(write("prompt: x\nrepeat: 2\nmatrix: {n: [a]}"))]
    assert names == ["work[a-trial1]", "work[a-trial2]"]


@pytest.mark.parametrize(
    ("repeat", "names"),
    [(None, ["work[a-trial1]", "work[a-trial2]"]), (1, ["work[a]"]), (3, [f"work[a-trial{n}]" for n in (1, 2, 3)])],
)
def test_trials_that_are_asked_for_stand_over_the_file(write: Write, repeat: int | None, names: list[str]) -> None:
    tasks = load_tasks(write("prompt: x\nrepeat: 2\nmatrix: {n: [a]}"), repeat=repeat)
    assert [task.name for task in tasks] == names
    assert {task.unit for task in tasks} == {"work[a]"}
    assert [task.trial for task in tasks] == ([0] if repeat == 1 else list(range(1, len(names) + 1)))


@pytest.mark.parametrize("matrix", ["", "matrix: {n: [a]}", "matrix: {n: [b-trial2], m: [1]}"])
@pytest.mark.parametrize("parameters", ["", "x", "trial3"])
def test_a_trial_knows_the_slugs_of_the_others(write: Write, matrix: str, parameters: str) -> None:
    """Also where a parametrised fixture has given it another name."""
    file = write(f"prompt: x\n{matrix}\n")
    several = [*load_tasks(file, repeat=1), *load_tasks(file, repeat=3)]
    named = [parametrised(task, parameters) for task in several]
    slugs = [task.slug for task in named]
    assert len(set(slugs)) == 4
    assert [[task.slug_of_trial(trial) for trial in (0, 1, 2, 3)] for task in named] == [slugs] * 4


def test_what_a_shell_writes_with_braces_is_left_alone(write: Write) -> None:
    solution = "n=${#x}; echo ${x##*/} ${x%%.*} {a,b} { :; }"
    assert one(write(f"prompt: x\nsolution: '{solution}'")).spec.solution == SolutionSpec(run=solution)


def test_comment_signs_of_a_shell_beside_a_template(write: Write) -> None:
    task = one(write("prompt: x\nmatrix: {f: [a.py]}\nsolution: 'test ${#x} = 3 && touch {{ f }}'"))
    assert task.spec.solution == SolutionSpec(run="test ${#x} = 3 && touch a.py")


def test_a_solution_may_be_files_named_by_the_matrix(write: Write) -> None:
    task = one(write("prompt: x\nmatrix: {f: [a]}\nsolution: {from: '_solutions/{{ f }}', run: rm old.py}"))
    assert task.spec.solution == SolutionSpec(from_="_solutions/a", run="rm old.py")


def test_raw_blocks(write: Write) -> None:
    assert one(write("prompt: '{% raw %}{{ n }}{% endraw %} {{ n }}'\nmatrix: {n: [1]}")).spec.prompt == "{{ n }} 1"


def test_a_matrix_is_not_a_template_itself(write: Write) -> None:
    assert one(write("prompt: '{{ n }}'\nmatrix: {n: ['{{ x }}']}")).spec.prompt == "{{ x }}"


BAD_TEMPLATES = {
    "{{ x }}": "template: 'x' is undefined; known names: n",
    "a {{ x }}": "template: 'x' is undefined; known names: n",
    "{{ n.x.y }}": "template: 'str object' has no attribute 'x'; known names: n",
    "{{ ''.__class__ }}": "template: access to attribute '__class__' of 'str' object is unsafe.",
    "a {{ ''.__class__.__mro__ }}": "template: access to attribute '__class__' of 'str' object is unsafe.",
    "{{ x": "template: unexpected end of template, expected 'end of print statement'.",
    "{% if n %}": "template: Unexpected end of template.",
    "{% include 'x' %}": "template: no loader for this environment specified",
    "{{ 1 / 0 }}": "template: division by zero",
    "{{ [].pop() }}": "template: pop from empty list",
    "{{ 'a'.encode('no') }}": "template: unknown encoding: no",
    "{{ range(10 ** 9) | list }}": "template: Range too big.",
}


@pytest.mark.parametrize("template", BAD_TEMPLATES)
def test_templates_are_strict_and_sandboxed(template: str, write: Write) -> None:
    (told,) = mistakes(write(f'matrix: {{n: [a, b]}}\nprompt: "{template}"'))
    assert told.startswith(f"2:9: {BAD_TEMPLATES[template]}")
    assert told.endswith("(literal braces: {% raw %}…{% endraw %})")


def test_places_of_keys(write: Write) -> None:
    file = write("""\
        defaults:
          agent: nop
          limits: {steps: 3}
          model: [a, b]
          checks: [files: a, files: b]
        tasks:
        - id: t
          prompt: x {{ n }}
          limits: {seconds: 5}
          model: c
          matrix: {n: [1, 2]}
    """)
    for task in load_tasks(file):
        assert task.line == 7
        assert task.at() == (7, 3)
        assert task.at("id") == (7, 7)
        assert task.at("agent") == (2, 10)
        assert task.at("limits", "steps") == (3, 19)
        assert task.at("limits", "seconds") == (9, 21)
        assert task.at("model", 0) == (10, 10)
        assert task.at("title") == (7, 3)
        assert task.check_lines == [5, 5]


def test_a_thousand_tasks_in_a_file(write: Write) -> None:
    tasks = "".join(f"- {{id: t{n}, prompt: 'do {{{{ n }}}}', matrix: {{n: [a, b]}}}}\n" for n in range(500))
    assert len(load_tasks(write(f"tasks:\n{tasks}"))) == 1000


def test_several_mappings_may_be_merged_into_one(write: Write) -> None:
    file = write("defaults: {tags: [a]}\ntasks: [{<<: {prompt: x}, <<: {id: i}}, {<<: [{prompt: y}, {id: j}]}]")
    assert [(task.name, task.spec.prompt) for task in load_tasks(file)] == [("i", "x"), ("j", "y")]


def test_nested_aliases_that_stand_for_billions_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    file = tmp_path / "bomb.yaml"
    file.write_text("\n".join(lines))
    with pytest.raises(TaskFileError, match="its aliases stand for more than"):
        load_tasks(file)
