#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Slow, broken and hostile HTTP clients, many at once, for the time that a test needs them.

    clients.py HOST PORT COUNT SECONDS

Each of the COUNT clients connects, does what its kind does, and when the server has ended the connection connects again,
until SECONDS are over. Prints "ready" when all have connected once, and at the end how many connections were made and how
many the server ended. It stays on the address given, which is loopback in every test.
"""
import resource
import select
import socket
import sys
import time

DRIP = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Drip: " + b"a" * 4000


class Client:
    """One client; `step` is called ten times a second and whenever there is something to read."""

    def __init__(self, kind, address):
        self.kind, self.address = kind, address
        self.socket, self.sent = None, 0

    def connect(self):
        self.sent = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        if self.kind == "deaf":  # a page does not fit into its buffer, and it never reads
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.socket.connect_ex(self.address)

    def send(self, data):
        try:
            self.sent += self.socket.send(data)
        except (BlockingIOError, BrokenPipeError, ConnectionError, OSError):
            pass

    def step(self):
        kind = self.kind
        if kind == "drip":  # a byte at a time: never idle
            self.send(DRIP[self.sent % len(DRIP):][:1])
        elif kind == "deaf" and not self.sent:
            self.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        elif kind == "endless":  # a body that never ends
            self.send((b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" if not self.sent else b"") + b"b" * 4096)
        elif kind == "header":  # headers that never end
            self.send((b"GET / HTTP/1.1\r\n" if not self.sent else b"") + b"X-%d: y\r\n" % self.sent * 50)
        elif kind == "broken" and not self.sent:
            self.send(b"\x16\x03\x01\x00\xff\x00\r\n\r\nGET\0 / HTTP/9.9\r\nContent-Length: -1\r\n\r\n")
        elif kind == "pipeline" and not self.sent:
            self.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        elif kind == "chunk" and not self.sent:
            self.send(b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")
        elif kind == "password" and not self.sent:
            self.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\n\r\n")
        # "silent" connects and says nothing


KINDS = ["silent", "drip", "deaf", "endless", "header", "broken", "pipeline", "chunk", "password", "drip"]


def events_of(client):
    """A deaf client wants to hear only that the other end is gone."""
    ended = select.EPOLLRDHUP | select.EPOLLERR | select.EPOLLHUP
    return ended if client.kind == "deaf" else ended | select.EPOLLIN


class Crowd:
    def __init__(self, address, count):
        self.epoll = select.epoll()
        self.clients = [Client(KINDS[i % len(KINDS)], address) for i in range(count)]
        self.by_fd, self.made, self.ended = {}, 0, 0
        for client in self.clients:
            self.begin(client)

    def begin(self, client):
        client.connect()
        self.by_fd[client.socket.fileno()] = client
        self.epoll.register(client.socket, events_of(client))
        self.made += 1

    def end(self, client):
        self.epoll.unregister(client.socket)
        del self.by_fd[client.socket.fileno()]
        client.socket.close()
        self.ended += 1

    def hear(self, client, events):
        """Reads what came; a connection that is over is made anew."""
        over = bool(events & (select.EPOLLERR | select.EPOLLHUP))
        if not over and client.kind == "deaf":
            over = bool(events & select.EPOLLRDHUP)
        elif not over:
            try:
                over = not client.socket.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                over = True
        if over:
            self.end(client)
            self.begin(client)

    def run(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            turn = time.monotonic() + 0.1
            for client in self.clients:
                client.step()
            while (left := turn - time.monotonic()) > 0:
                for fd, events in self.epoll.poll(left):
                    self.hear(self.by_fd[fd], events)


def main():
    count = int(sys.argv[3])
    files = max(count + 64, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 64, files))
    crowd = Crowd((sys.argv[1], int(sys.argv[2])), count)
    print("ready", flush=True)
    crowd.run(float(sys.argv[4]))
    print(f"made {crowd.made} ended {crowd.ended}")


main()
