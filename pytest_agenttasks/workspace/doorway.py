"""The program that opens a door in a private network and then becomes the command.

Run inside as `python -I -S -c SOURCE PORT COMMAND…`, its text and not its file: the project may not be visible there.
stdin is a socket to the caller. Sends over it `L` with the listening socket (SCM_RIGHTS), or `E` and what went wrong.
"""

import os
import signal
import socket
import sys

BACKLOG = 128


def main(port: int, command: list[str]) -> None:
    """Listen, hand the listening socket out, and become the command, with stdin empty and default signals."""
    with socket.socket(fileno=os.dup(0)) as caller:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        try:
            with socket.create_server(("127.0.0.1", port), backlog=BACKLOG) as listening:
                socket.send_fds(caller, [b"L"], [listening.fileno()])
        except OSError as error:
            caller.sendall(b"E" + str(error).encode())
            sys.exit(1)
    # Python ignores them, and the ignoring would be inherited.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
