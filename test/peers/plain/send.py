"""send.py FRAMING PORT [--listen] [--ids] [--ack] [--piece N] FILE...

Sends each file as a message; with --ids and --ack sends again, with the same id, what was not confirmed.
With --listen waits to be dialled (and says its port) instead of dialling. --piece: so many bytes at a time.
"""
import argparse
import socket
import struct
import sys

from framing import framing

parser = argparse.ArgumentParser()
parser.add_argument('framing')
parser.add_argument('port', type=int)
parser.add_argument('files', nargs='+')
parser.add_argument('--listen', action='store_true')
parser.add_argument('--ids', action='store_true')
parser.add_argument('--ack', action='store_true')
parser.add_argument('--twice', action='store_true', help='every message is sent twice, as if its confirmation had been lost')
parser.add_argument('--piece', type=int, default=0)
args = parser.parse_args()

server = None
if args.listen:
    server = socket.create_server(('127.0.0.1', args.port))
    print(server.getsockname()[1], flush=True)


def connect():
    if server:
        return server.accept()[0]
    return socket.create_connection(('127.0.0.1', args.port))


def put(sock, data):
    if not args.piece:
        return sock.sendall(data)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(data), args.piece):
        sock.sendall(data[at:at + args.piece])


codec = framing(args.framing)
sock = None
number = 0
for index, name in enumerate(args.files, 1):
    with open(name, 'rb') as file:
        message = file.read()
    if args.ids:
        message = struct.pack('!Q', index) + message
    for _ in range(2 if args.twice else 1):
        sock = sock or connect()
        number += 1
        put(sock, codec.write(message))
        if args.framing == 'eof':
            sock.shutdown(socket.SHUT_WR)
        if args.ack:
            answer = int(codec.read(sock))
            expected = index if args.ids else number
            if answer != expected:
                sys.exit('confirmed %d instead of %d' % (answer, expected))
        if args.framing == 'eof':
            sock.recv(1)
            sock.close()
            sock, number = None, 0
if sock:
    sock.shutdown(socket.SHUT_WR)
    if sock.recv(1):
        sys.exit('more than the confirmations came')
