"""Workers of xdist on other machines: how they are reached, what they must have, and how their files come home."""

from pytest_agenttasks.hosts.connection import clean_up, let_go, no_connection, reason
from pytest_agenttasks.hosts.likeness import differences, project_files
from pytest_agenttasks.hosts.mail import Courier, Mailbox
from pytest_agenttasks.hosts.needs import unfit
from pytest_agenttasks.hosts.specs import Host, hosts_in, named_hosts, number_of, refusal, tunnelled

__all__ = [
    "Courier",
    "Host",
    "Mailbox",
    "clean_up",
    "differences",
    "hosts_in",
    "let_go",
    "named_hosts",
    "no_connection",
    "number_of",
    "project_files",
    "reason",
    "refusal",
    "tunnelled",
    "unfit",
]
