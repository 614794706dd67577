#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which TCP segments of a capture start a message, and of which protocol.

	segments.py CAPTURE tls|turn

Works another way than voxdp, which sees one segment at a time: puts each stream together and walks its messages by
their lengths, from the first byte on. Prints rows SOURCE PROTOCOL SEGMENTS MESSAGES; `other` has the segments that start
no message, those without data too.
"""
import ipaddress
import struct
import sys
from collections import Counter, defaultdict

PCAP_MAGIC = 0xA1B2C3D4  # microseconds
ETHERNET = 1
TCP = 6
SYN = 2


def frames(path):
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[:4] == struct.pack("<I", PCAP_MAGIC) else ">"
    magic, linktype = struct.unpack_from(order + "I16xI", data)
    assert magic == PCAP_MAGIC and linktype == ETHERNET, "not an Ethernet pcap"
    offset = 24
    while offset < len(data):
        kept, length = struct.unpack_from(order + "8xII", data, offset)
        assert kept == length, "a frame was cut"
        yield data[offset + 16 : offset + 16 + kept]
        offset += 16 + kept


def tcp_of(frame):
    """Addresses and the TCP segment; the kernel sends no IPv6 extension headers here."""
    packet = frame[14:]
    if packet[0] >> 4 == 4:
        (length,) = struct.unpack_from(">2xH", packet)
        assert packet[9] == TCP
        return packet[12:16], packet[16:20], packet[4 * (packet[0] & 15) : length]
    (length,) = struct.unpack_from(">4xH", packet)
    assert packet[6] == TCP
    return packet[8:24], packet[24:40], packet[40 : 40 + length]


def directions(path):
    """(source, destination and ports) -> [(offset in the stream, data)]; the stream starts behind the SYN."""
    first = {}
    segments = defaultdict(list)
    for frame in frames(path):
        source, destination, tcp = tcp_of(frame)
        ports, sequence, offset, flags = struct.unpack_from(">4sI4xBB", tcp)
        key = (source, destination, ports)
        if flags & SYN:
            first[key] = sequence + 1
        data = b"" if flags & SYN else tcp[4 * (offset >> 4) :]
        segments[key].append(((sequence - first[key]) % 2**32, data))
    return segments


def stream_of(segments):
    stream = b""
    for offset, data in sorted(segments):
        assert not data or offset <= len(stream), "a segment is missing"
        stream += data[len(stream) - offset :] if data else b""
    return stream


def tls(stream, at):
    """RFC 8446, 5.1: type, version, length."""
    return "tls", 5 + struct.unpack_from(">3xH", stream, at)[0]


def turn(stream, at):
    """RFC 8656, 12.5 and 18.1.1: STUN has two zero bits, its length counts what follows its header; ChannelData is padded."""
    (length,) = struct.unpack_from(">2xH", stream, at)
    if stream[at] < 64:
        return "stun", 20 + length
    return "turn-channel", 4 + (length + 3) // 4 * 4


def starts_of(stream, framing):
    """Offset -> protocol of the message that starts there."""
    starts = {}
    at = 0
    while at < len(stream):
        protocol, length = framing(stream, at)
        starts[at] = protocol
        at += length
    assert at == len(stream), "a message is not whole"
    return starts


def main():
    path, framing = sys.argv[1], {"tls": tls, "turn": turn}[sys.argv[2]]
    segments, messages = Counter(), Counter()
    for (source, _, _), parts in directions(path).items():
        starts = starts_of(stream_of(parts), framing)
        source = ipaddress.ip_address(source)
        messages.update((source, protocol) for protocol in starts.values())
        segments.update((source, starts.get(offset, "other") if data else "other") for offset, data in parts)
    for source, protocol in sorted(segments | messages, key=str):
        print(source, protocol, segments[source, protocol], messages[source, protocol])


main()
