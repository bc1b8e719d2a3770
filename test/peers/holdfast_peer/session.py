"""A session and the sockets that carry it: PROTOCOL.md section 3."""
import collections
import os
import select
import time
from errors import Cut, Goodbye, PeerClosed, ProtocolError
from frames import GOODBYE, FrameReader, encode_frame
from messages import CODES, TYPES, decode_body, encode_body

ACK_BYTES = 256 * 1024
SILENCE_SECONDS = 15
WINDOW_BYTES = 4 << 20


class Session:
    """What outlives a socket."""

    def __init__(self, session_id=None):
        self.id = session_id
        self.sent = 0
        self.acknowledged = 0
        self.received = 0
        self.unacknowledged = collections.deque()
        self.duplicates = 0
        self.resent = 0

    def acknowledge(self, number):
        self.acknowledged = max(self.acknowledged, number)
        while self.unacknowledged and self.unacknowledged[0][0] <= number:
            self.unacknowledged.popleft()

    @property
    def full(self):
        return sum(len(body) for _, _, body in self.unacknowledged) >= WINDOW_BYTES


class Link:
    """A TLS socket that has said hello; `resumed` tells whether the session goes on."""

    def __init__(self, sock, name):
        self.sock = sock
        self.name = name
        self.reader = FrameReader()
        self.session = Session()
        self.resumed = False
        self.owed_bytes = 0
        self.ack_owed = False
        self.ended = False
        self.pongs = 0
        self.last_sent = time.monotonic()

    # Hello

    def dial(self, session):
        """Says hello as the dialer; `session.id` is None for a session that is to be made."""
        self.session = session
        known = {} if session.id is None else {'session': session.id}
        self.say_hello(**known)
        answer = self.read_hello()
        if answer['version'] != 1:
            self.refuse('this peer speaks version 1', 'version')
        if 'session' not in answer:
            raise ProtocolError('the acceptor names no session')
        self.resumed = answer['session'] == session.id
        if not self.resumed:
            self.session = Session(answer['session'])
            if answer['received'] != 0:
                raise ProtocolError('a new session that has received something')
        elif not session.acknowledged <= answer['received'] <= session.sent:
            self.refuse('a received that cannot be')
        self.resend(answer['received'])

    def accept(self, known):
        """Answers hello as the acceptor; `known` is the session this peer had, or None."""
        asked = self.read_hello()
        if asked['version'] != 1:
            self.say_hello()
            self.refuse('this peer speaks version 1', 'version')
        same = known is not None and asked.get('session') == known.id
        self.resumed = same and known.acknowledged <= asked['received'] <= known.sent
        self.session = known if self.resumed else Session(os.urandom(16))
        self.say_hello(session=self.session.id)
        self.resend(asked['received'] if self.resumed else 0)

    def say_hello(self, **session):
        body = encode_body('hello', {
            'version': 1, 'received': self.session.received, 'name': self.name, 'app': 'holdfast_peer.py', 'port': 0, **session})
        self.write(encode_frame(CODES['hello'], 0, 0, body))

    def read_hello(self):
        name, message = self.receive()
        if name != 'hello':
            raise ProtocolError('%s before hello' % name)
        return message

    def resend(self, received):
        self.session.acknowledge(received)
        for number, kind, body in self.session.unacknowledged:
            self.session.resent += 1
            self.write(encode_frame(kind, number, self.session.received, body))

    def speak_later(self):
        """What only a later version would say; and a ping, which is answered after it."""
        self.write(encode_frame(0x7F, 0, self.session.received, b'not CBOR'))
        self.session.sent += 1
        self.session.unacknowledged.append((self.session.sent, 0x7E, b'nor this'))
        self.write(encode_frame(0x7E, self.session.sent, self.session.received, b'nor this'))
        self.send('ping', nonce=2 ** 64 - 1)

    # Writing

    def send(self, name, **message):
        code = CODES[name]
        body = encode_body(name, message)
        number = 0
        if TYPES[code].sequenced:
            self.session.sent += 1
            number = self.session.sent
            self.session.unacknowledged.append((number, code, body))
        self.write(encode_frame(code, number, self.session.received, body))
        self.ack_owed = False
        self.owed_bytes = 0

    def repeat_oldest(self):
        """As after silence: the same message with the same id once more."""
        number, kind, body = self.session.unacknowledged[0]
        self.session.resent += 1
        self.write(encode_frame(kind, number, self.session.received, body))

    def write(self, data):
        if self.ended:
            return
        self.last_sent = time.monotonic()
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Cut(str(error)) from None

    def cut(self, half_of=None):
        """Ends the socket as a pulled cable would, with half a frame of one more message under way."""
        if half_of:
            name, message = half_of
            code, body = CODES[name], encode_body(name, message)
            self.session.sent += 1
            self.session.unacknowledged.append((self.session.sent, code, body))
            frame = encode_frame(code, self.session.sent, self.session.received, body)
            self.write(frame[:len(frame) // 2])
        self.sock.close()

    def end(self):
        """The other side has ended its direction; this one ends too."""
        self.write(GOODBYE)
        self.sock.close()

    def goodbye(self):
        """Ends this direction and waits for the other's end."""
        self.write(GOODBYE)
        self.ended = True
        try:
            while True:
                self.receive()
        except (Goodbye, Cut):
            self.sock.close()

    def refuse(self, why, code='protocol'):
        self.send('close', code=code, message=why)
        self.write(GOODBYE)
        self.sock.close()
        raise ProtocolError(why)

    # Reading

    def receive(self):
        """The next message, as (name, fields)."""
        while True:
            message = self.step(wait=True)
            if message:
                return message

    def step(self, wait):
        """Takes one frame, or what has come (awaited if `wait`): a message, or None when there is none yet."""
        frame = self.reader.next()
        if frame == b'':
            raise Goodbye()
        if frame:
            return self.take(*frame)
        if self.ack_owed and not self.readable(0):
            self.send('ack')
        self.fill(wait)
        return None

    def take(self, code, number, ack, body):
        session, known = self.session, TYPES.get(code)
        before_hello = self.reader.before_hello
        if before_hello and (number != 0 or known and known.name not in ('hello', 'close')):
            raise ProtocolError('type %d before hello' % code)
        if not before_hello and known and known.name == 'hello':
            self.refuse('a second hello')
        if not before_hello:
            if ack > session.sent:
                self.refuse('an ack of what was never sent')
            session.acknowledge(ack)
        if known and known.sequenced != (number != 0):
            self.refuse('type %d with id %d' % (code, number))
        if number != 0:
            self.ack_owed = True
            self.owed_bytes += len(body)
            if number <= session.received:
                session.duplicates += 1
                self.send('ack')
                return None
            if number != session.received + 1:
                self.refuse('a gap: %d after %d' % (number, session.received))
            session.received = number
            if self.owed_bytes >= ACK_BYTES:
                self.send('ack')
        if not known:
            return None
        message = decode_body(code, body)
        if known.name == 'close':
            raise PeerClosed(message['code'], message['message'])
        if known.name == 'ping':
            self.send('pong', nonce=message['nonce'])
        if known.name == 'pong' and message['nonce'] != 0:
            self.pongs += 1
        if known.name in ('ping', 'pong', 'ack'):
            return None
        self.reader.before_hello = False
        return known.name, message

    def readable(self, seconds):
        return self.sock.pending() > 0 or bool(select.select([self.sock], [], [], seconds)[0])

    def fill(self, wait):
        if not self.readable(SILENCE_SECONDS if wait else 0):
            if not wait:
                return
            if self.reader.before_hello:
                raise ProtocolError('no hello')
            self.send('ping', nonce=int.from_bytes(os.urandom(8), 'big'))
            if not self.readable(SILENCE_SECONDS):
                raise Cut('silence')
        try:
            data = self.sock.recv(1 << 18)
        except OSError as error:
            raise Cut(str(error)) from None
        if not data:
            raise Cut('the end of the stream')
        self.reader.feed(data)
        if self.reader.inside and not self.reader.before_hello and time.monotonic() - self.last_sent >= 1:
            self.send('ack')
