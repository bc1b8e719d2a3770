"""The CBOR (RFC 8949) of PROTOCOL.md section 4: canonical when written, strict when read."""
import struct

DEPTH = 8


class CborError(Exception):
    pass


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for code, form in ((24, '>BB'), (25, '>BH'), (26, '>BI'), (27, '>BQ')):
        if value < 1 << 8 * (1 << code - 24):
            return struct.pack(form, major << 5 | code, value)
    raise CborError('a number is too large')


def encode(value):
    if value is None:
        return b'\xf6'
    if isinstance(value, bool):
        return b'\xf5' if value else b'\xf4'
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(3, len(text)) + text
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b''.join(map(encode, value))
    pairs = sorted((encode(key), encode(item)) for key, item in value.items())
    pairs.sort(key=lambda pair: len(pair[0]))
    return head(5, len(pairs)) + b''.join(key + item for key, item in pairs)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise CborError('it ends too early')
        self.at += count
        return self.data[self.at - count:self.at]

    def value(self, depth):
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            if info not in (20, 21, 22):
                raise CborError('a float, undefined or other simple value')
            return {20: False, 21: True, 22: None}[info]
        if info > 27:
            raise CborError('an indefinite length')
        count = info if info < 24 else int.from_bytes(self.take(1 << info - 24), 'big')
        if head(major, count)[0] != first:
            raise CborError('not the shortest form')
        if major == 0:
            return count
        if major == 1:
            return -1 - count
        if major == 2:
            return bytes(self.take(count))
        if major == 3:
            try:
                return bytes(self.take(count)).decode()
            except UnicodeDecodeError:
                raise CborError('text that is not UTF-8') from None
        if major == 6:
            raise CborError('a tag')
        if depth >= DEPTH:
            raise CborError('too deep')
        if major == 4:
            return [self.value(depth + 1) for _ in range(self.bounded(count))]
        result = {}
        for _ in range(self.bounded(count)):
            key = self.value(depth + 1)
            if not isinstance(key, str) or key in result:
                raise CborError('a key that is no text, or comes twice')
            result[key] = self.value(depth + 1)
        return result

    def bounded(self, count):
        if count > len(self.data) - self.at:
            raise CborError('it ends too early')
        return count


def decode(data):
    reader = Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise CborError('something follows')
    if not isinstance(value, dict):
        raise CborError('no map')
    return value
