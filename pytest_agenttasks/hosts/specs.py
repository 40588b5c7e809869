"""What the command line says of other machines: `--px` names them, `--tx` the workers that are started there.

The form is execnet's: `key=value//key=value`, with `N*` in front for N workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FORM = (
    '-d --px "id=b//ssh=USER@HOST//python=PYTHON//execmodel=thread//chdir=PROJECT" --tx "2*popen//via=b//python=PYTHON"'
)
"""The form that works, for messages."""

DIRECT = ("ssh", "socket", "vagrant_ssh")
"""Keys of a worker that is started on another machine without a proxy there."""


@dataclass(frozen=True)
class Host:
    """A machine that `--px` names.

    Attributes:
        id: by which `--tx` refers to it.
        ssh: arguments of ssh, the last of which is its name; empty where another way leads there.
        via: the proxy through which it is reached; empty where it is reached from here.
    """

    id: str
    ssh: str = ""
    via: str = ""

    def __str__(self) -> str:
        where = self.ssh.split()[-1:]
        return f"{self.id} ({where[0]})" if where else self.id


def hosts_in(proxies: Sequence[str]) -> list[Host]:
    """The machines of all `--px`; those without an id are left to xdist, which refuses them."""
    parsed = [_parts(one) for one in proxies]
    return [Host(one["id"], one.get("ssh", ""), one.get("via", "")) for one in parsed if one.get("id")]


def named_hosts(proxies: Sequence[str], workers: Sequence[str]) -> bool:
    """Whether any worker is to be on another machine, in whatever form."""
    return bool(proxies) or any(key in _parts(one) for one in workers for key in DIRECT)


def number_of(workers: Sequence[str]) -> int:
    """How many workers all `--tx` start."""
    counts = (one.partition("*") for one in workers)
    return sum(int(count) if star and count.isdecimal() else 1 for count, star, _ in counts)


def without_workers(proxies: Sequence[str], workers: Sequence[str]) -> list[Host]:
    """The machines on which no worker is to be started, neither there nor behind them."""
    used = {_parts(one).get("via") for one in (*proxies, *workers)}
    return [host for host in hosts_in(proxies) if host.id not in used]


def refusal(proxies: Sequence[str], workers: Sequence[str], *, rsync: bool) -> str | None:
    """Why these cannot work; None if they can.

    Args:
        proxies: of all `--px`.
        workers: of all `--tx`.
        rsync: whether folders are copied to the other machines, as xdist 3 can do.
    """
    ids = [host.id for host in hosts_in(proxies)]
    for one in proxies:
        if _parts(one).get("execmodel") != "thread":
            return f"--px {one}: add //execmodel=thread; without it a proxy can start one worker and no second"
    for id_ in ids:
        if ids.count(id_) > 1:
            return f"--px: the id {id_} is given twice; each machine needs one of its own"
    for one in workers:
        parts = _parts(one)
        if not rsync and (found := next((key for key in DIRECT if key in parts), None)):
            return _direct(one, found)
        if parts.get("via", ids[0] if ids else "") not in ids:
            return f"--tx {one}: there is no --px with id={parts['via']}; expected one of {', '.join(ids) or '(none)'}"
        if "via" in parts and "chdir" in parts:
            return f"--tx {one}: put chdir={parts['chdir']} into the --px with id={parts['via']}"
    if idle := without_workers(proxies, workers):
        return f'--px: no worker is to be started on {idle[0]}; add --tx "2*popen//via={idle[0].id}//python=PYTHON"'
    return None


def tunnelled(proxy: str, socket: str, port: int) -> str:
    """The same `--px` with a way back: what connects to a Unix socket there reaches a port on loopback here.

    ssh ends if it cannot listen there, and nobody but the user can connect (`StreamLocalBindMask` of sshd_config(5)).
    """
    back = f"-o ExitOnForwardFailure=yes -R {socket}:127.0.0.1:{port}"
    return "//".join(f"ssh={back} {one[4:]}" if one.startswith("ssh=") else one for one in proxy.split("//"))


def _direct(worker: str, key: str) -> str:
    if key != "ssh":
        return f"--tx {worker}: tasks cannot be done by workers behind {key}=; use ssh through a proxy: {FORM}"
    count, _, _ = worker.rpartition("*") if worker[: worker.find("*")].isdecimal() else ("1", "", "")
    parts = _parts(worker)
    python = parts.get("python", "PYTHON")
    more = f"//ssh_config={parts['ssh_config']}" if "ssh_config" in parts else ""
    proxy = f"id=b//ssh={parts['ssh']}{more}//python={python}//execmodel=thread//chdir={parts.get('chdir', 'PROJECT')}"
    return (
        f"--tx {worker}: xdist cannot start workers so without copying folders; put a proxy between: "
        f'-d --px "{proxy}" --tx "{count.partition("*")[0]}*popen//via=b//python={python}"'
    )


def _parts(spec: str) -> Mapping[str, str]:
    """The keys of a specification; one without a value has an empty one."""
    count, star, rest = spec.partition("*")
    plain = rest if star and count.isdecimal() else spec
    pairs = (one.partition("=") for one in plain.split("//"))
    return {key: value for key, _, value in pairs}
