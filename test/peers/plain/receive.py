"""receive.py FRAMING PORT COUNT DIR [--dial] [--ids] [--ack] [--echo] [--lose N]

Receives COUNT different messages into DIR/1, DIR/2… Says its port unless it dials. --lose: closes the connection
instead of confirming, N times.
"""
import argparse
import os
import socket
import struct

from framing import framing

parser = argparse.ArgumentParser()
parser.add_argument('framing')
parser.add_argument('port', type=int)
parser.add_argument('count', type=int)
parser.add_argument('dir')
parser.add_argument('--dial', action='store_true')
parser.add_argument('--ids', action='store_true')
parser.add_argument('--ack', action='store_true')
parser.add_argument('--echo', action='store_true')
parser.add_argument('--lose', type=int, default=0)
args = parser.parse_args()

server = None
if not args.dial:
    server = socket.create_server(('127.0.0.1', args.port))
    print(server.getsockname()[1], flush=True)


def connect():
    if server:
        return server.accept()[0]
    return socket.create_connection(('127.0.0.1', args.port))


codec = framing(args.framing)
seen = set()
kept = 0
sock = None
number = 0
while kept < args.count:
    sock = sock or connect()
    message = codec.read(sock)
    number += 1
    answer = codec.answer(number)
    fresh = True
    if args.ids:
        (key,) = struct.unpack('!Q', message[:8])
        answer = codec.answer(key)
        fresh = key not in seen
        seen.add(key)
    if args.echo:
        answer = message
    if fresh:
        kept += 1
        with open(os.path.join(args.dir, str(kept)), 'wb') as file:
            file.write(message[8:] if args.ids else message)
    if args.lose:
        args.lose -= 1
        sock.close()
        sock, number = None, 0
        # What was lost with its confirmation comes again, and is no new message.
        if fresh and not args.ids:
            kept -= 1
        continue
    if args.ack or args.echo:
        sock.sendall(codec.write(answer))
    if args.framing == 'eof':
        sock.close()
        sock, number = None, 0
if sock:
    if not args.ids:
        assert sock.recv(1) == b''
    sock.close()
