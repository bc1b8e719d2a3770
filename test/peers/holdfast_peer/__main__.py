"""A second implementation of the Holdfast protocol, version 1, written from PROTOCOL.md alone, for tests.

    python3 holdfast_peer golden FOLDER
    python3 holdfast_peer send --identity DIR --peer DEVICEID --port PORT [faults] PATH…
    python3 holdfast_peer receive --identity DIR --peer DEVICEID --authority CERT --dir DIR [faults]

DIR of --identity holds cert.pem and key.pem. A line of JSON at the end says what happened; `receive` says its port first.
"""
import argparse
import json
import sys

sys.dont_write_bytecode = True

from golden import check  # noqa: E402
from receiver import Receiver  # noqa: E402
from sender import Sender  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog='holdfast_peer')
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('golden').add_argument('folder')
    for name in ('send', 'receive'):
        command = commands.add_parser(name)
        command.add_argument('--identity', required=True)
        command.add_argument('--peer', required=True, help='the only device id it talks to')
        command.add_argument('--cut-after', type=int, default=0, metavar='N', help='cut the socket, after N blocks and packs')
        command.add_argument('--lose-session', action='store_true', help='and have forgotten the session then')
        if name == 'send':
            command.add_argument('--port', type=int, required=True)
            command.add_argument('--page-entries', type=int, default=1024)
            command.add_argument('--corrupt', action='store_true', help='spoil the bytes of one block and of one file in a pack')
            command.add_argument('--repeat', type=int, default=0, metavar='N', help='repeat a message after the Nth of data')
            command.add_argument('--restart', action='store_true', help='say that a file changed, after its first block')
            command.add_argument('--fail', metavar='PATH', help='say that this file cannot be read')
            command.add_argument('--later', action='store_true', help='as a later version: types and keys that none knows yet')
            command.add_argument('paths', nargs='+')
        else:
            command.add_argument('--authority', required=True, help="the sender's certificate: all that TLS accepts")
            command.add_argument('--dir', required=True)
            command.add_argument('--ask-again', action='store_true', help='take one block and one file of a pack for spoilt')
    return parser.parse_args()


def say(value):
    print(json.dumps(value), flush=True)


def main():
    options = arguments()
    if options.command == 'golden':
        say({'vectors': check(options.folder)})
        return
    if options.command == 'send':
        peer = Sender(options)
        peer.run()
    else:
        peer = Receiver(options)
        peer.listen(say)
    say(peer.summary())


main()
