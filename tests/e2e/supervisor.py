#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plays the service manager: listens for a daemon, hands it the socket, and starts it again when it ends.

    supervisor.py ADDRESS PORT PIDFILE COMMAND...

The process that runs is in PIDFILE. SIGTERM ends both.
"""
import os
import signal
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen(128)
child = 0
STARTS_MAX = 20  # one that cannot start is not started for ever


def stop(_number, _frame):
    if child:
        os.kill(child, signal.SIGTERM)
    os._exit(0)


signal.signal(signal.SIGTERM, stop)
for _ in range(STARTS_MAX):
    child = os.fork()
    if child == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)  # dup2 does so only where it was another one
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        os.execvp(sys.argv[4], sys.argv[4:])
    with open(sys.argv[3] + ".new", "w", encoding="ascii") as file:
        file.write(str(child))
    os.rename(sys.argv[3] + ".new", sys.argv[3])
    os.waitpid(child, 0)
