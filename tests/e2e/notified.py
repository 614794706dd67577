#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plays the service manager's end of NOTIFY_SOCKET: prints what it is told.

    notified.py SOCKET
"""
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
    receiver.bind(sys.argv[1])
    while True:
        print(receiver.recv(4096).decode(), flush=True)
