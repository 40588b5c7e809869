"""Which model answers first, and which follow: from names to the chain of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_agenttasks.exceptions import ModelsConfigError
from pytest_agenttasks.models.config import Models
from pytest_agenttasks.models.presets import Preset

VARIABLES = ("AGENTTASKS_MODEL", "OPENHANDS_MODEL")
"""Variables that name the first model, the stronger one first."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line and the environment say about models.

    Attributes:
        preset: `--model-preset`; None if not given.
        fallbacks: `--model-fallbacks`; None if not given, empty to drop them.
        rotation: False with `--no-model-rotation`.
        environ: for the variables of `VARIABLES`.
    """

    preset: str | None
    fallbacks: Sequence[str] | None
    rotation: bool
    environ: Mapping[str, str]

    def pinned_to(self, preset: str) -> Wishes:
        """The same wishes for one item of a comparison: this preset and no other."""
        return Wishes(preset, None, False, self.environ)

    def named(self) -> tuple[str, str] | None:
        """The model they name and where it was named, strongest first."""
        # precedence: command line > AGENTTASKS_MODEL > OPENHANDS_MODEL
        if self.preset:
            return self.preset, "--model-preset"
        for variable in VARIABLES:
            if self.environ.get(variable):
                return self.environ[variable], variable
        return None


@dataclass(frozen=True, slots=True)
class Chain:
    """The ordered models of a task.

    Attributes:
        presets: the head, as asked for, then its fallbacks.
        by_name: whether the head was named for this run or task, not just the first of a default.
        source: where the head comes from, for people.
    """

    presets: tuple[Preset, ...]
    by_name: bool
    source: str

    @property
    def requested(self) -> str:
        """The head's name: what cassettes and reports are keyed by."""
        return self.presets[0].name

    @property
    def live(self) -> tuple[Preset, ...]:
        """Those that are really asked: retired ones are passed over, but for a head asked for by name.

        Raises:
            ModelsConfigError: all of them are retired.
        """
        head, *rest = self.presets
        asked = [head] if self.by_name or not head.retired else []
        asked += [preset for preset in rest if not preset.retired]
        if not asked:
            raise ModelsConfigError(
                f"every model of the chain ({', '.join(p.name for p in self.presets)}) is retired; "
                "name one with --model-preset or in models.yaml"
            )
        return tuple(asked)

    @property
    def pinned(self) -> bool:
        """Whether no rotation is possible."""
        return len(self.presets) == 1


def judging(models: Models, names: Sequence[str] | None) -> Chain:
    """The chain of a judge: what its check names, or `judge` of models.yaml.

    Nothing that is said of the task's models is meant for it.

    Raises:
        ModelsConfigError: a name is unknown, or nobody is named.
    """
    if names:
        return Chain(models.expand(names), True, "judge")
    presets = models.judges()
    if not presets:
        raise ModelsConfigError("no model is named to judge; give `model`, or `judge` in models.yaml")
    return Chain(presets, False, "judge of models.yaml")


def resolve(models: Models, wishes: Wishes, task_model: Sequence[str] | str | None, category: str | None) -> Chain:
    """The chain of one task.

    A single name heads the chain, and the route's or default chain follows;
    a task's list of several, or its name of a chain, is the whole chain.

    Raises:
        ModelsConfigError: a name is unknown, or no model is left.
    """
    rest = models.route(category) or models.default_chain()
    named = wishes.named()
    if named is not None:
        head, source, by_name = models.find(named[0]), named[1], True
    elif task_model:
        names = [task_model] if isinstance(task_model, str) else list(task_model)
        (head, *own), source, by_name = models.expand(names), "task", True
        rest = tuple(own) if own or len(names) > 1 else rest
    else:
        if not rest:
            raise ModelsConfigError("models.yaml has no chain, and no model was named; use --model-preset")
        head, source, by_name = (
            rest[0],
            f"route of {category}" if models.route(category) else "default chain",
            False,
        )
    if wishes.fallbacks is not None:
        rest = models.expand(wishes.fallbacks)
    if not wishes.rotation:
        rest = ()
    return Chain((head, *(preset for preset in rest if preset.name != head.name)), by_name, source)
