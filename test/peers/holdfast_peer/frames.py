"""Frames: PROTOCOL.md section 2."""
import struct
from errors import ProtocolError
from messages import MAX_BODY, body_limit

HEADER = struct.Struct('>BQQ')
MAX_ID = 2 ** 53 - 1
GOODBYE = struct.pack('>I', 0)


def encode_frame(kind, number, ack, body):
    return struct.pack('>I', HEADER.size + len(body)) + HEADER.pack(kind, number, ack) + body


class FrameReader:
    """Whatever TCP split and joined, frame by frame: `next` is None until one is complete, and `b''` for a goodbye."""

    def __init__(self):
        self.buffer = bytearray()
        self.before_hello = True

    @property
    def inside(self):
        return len(self.buffer) > 0

    def feed(self, data):
        self.buffer += data

    def next(self):
        if len(self.buffer) < 4:
            return None
        length = int.from_bytes(self.buffer[:4], 'big')
        if length == 0:
            if len(self.buffer) > 4:
                raise ProtocolError('something follows the goodbye')
            return b''
        if length < HEADER.size or length > HEADER.size + MAX_BODY:
            raise ProtocolError('a frame of %d bytes' % length)
        if len(self.buffer) > 4 and length - HEADER.size > body_limit(self.buffer[4], self.before_hello):
            raise ProtocolError('a body over the limit of type %d' % self.buffer[4])
        if len(self.buffer) < 4 + length:
            return None
        kind, number, ack = HEADER.unpack_from(self.buffer, 4)
        body = bytes(self.buffer[4 + HEADER.size:4 + length])
        del self.buffer[:4 + length]
        if number > MAX_ID or ack > MAX_ID:
            raise ProtocolError('an id or ack over 2^53-1')
        return kind, number, ack, body
