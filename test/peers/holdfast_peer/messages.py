"""Types, their limits and the schemas of their bodies: PROTOCOL.md section 4, and the bulk bodies of section 5."""
import struct
import cbor
from errors import ProtocolError

KIB = 1024
MAX_BODY = 64 + (1 << 20)
U32, U53, U64 = 2 ** 32 - 1, 2 ** 53 - 1, 2 ** 64 - 1


def integer(high=U53, low=0):
    return lambda value: type(value) is int and low <= value <= high


def text(high, low=0):
    return lambda value: isinstance(value, str) and low <= len(value.encode()) <= high


def octets(*lengths):
    return lambda value: isinstance(value, bytes) and len(value) in lengths


def one_of(*values):
    return lambda value: value in values


def boolean(value):
    return isinstance(value, bool)


def array(item, low, high):
    return lambda value: isinstance(value, list) and low <= len(value) <= high and all(map(item, value))


def row(*checks):
    return lambda value: len(value) == len(checks) and all(check(item) for check, item in zip(checks, value))


def path_shape(value):
    return text(4096, 1)(value) and value.count('/') < 128


def joined_digests(value):
    return isinstance(value, bytes) and 0 < len(value) <= 8192 * 32 and len(value) % 32 == 0


FILE = ATTEMPT = integer(U32)
SIZE = integer(2 ** 50)
TIME = integer(8_640_000_000_000_000, -8_640_000_000_000_000)
NAME, MESSAGE, DIGEST, TRANSFER = text(256), text(1024), octets(32), octets(16)


def either(*checks):
    return lambda value: isinstance(value, list) and any(check(value) for check in checks)


ENTRY = either(row(one_of(0, 2), path_shape, SIZE, TIME), row(one_of(1), path_shape, one_of(0), TIME))
WANT_ITEM = either(
    row(FILE, one_of(0), DIGEST), row(FILE, one_of(0), DIGEST, path_shape),
    row(FILE, one_of(1), ATTEMPT, SIZE), row(FILE, one_of(2), joined_digests),
    row(FILE, one_of(3), one_of('name', 'collision', 'conflict', 'size', 'disk'), MESSAGE), row(FILE, one_of(4)))


def receipt_item(value):
    if not isinstance(value, list) or not 3 <= len(value) <= 5:
        return False
    digest = octets(0) if value[1] == 2 else DIGEST
    shapes = [(), (path_shape,), (lambda path: path is None or path_shape(path), MESSAGE)]
    return row(FILE, one_of(0, 1, 2), digest, *shapes[len(value) - 3])(value)


ANSWERS = {
    'accept': {'pages': integer(2 ** 22), 'rate?': integer()}, 'pending': {}, 'done': {},
    'refuse': {'reason': one_of('declined', 'policy', 'quota', 'limit', 'cancelled', 'unknown'), 'message': MESSAGE},
}


def answer(value):
    return isinstance(value, dict) and value.get('kind') in ANSWERS and fits(value, ANSWERS[value['kind']])


def fits(message, keys):
    for key, check in keys.items():
        if key.rstrip('?') in message:
            if not check(message[key.rstrip('?')]):
                return False
        elif not key.endswith('?'):
            return False
    return True


class Type:
    def __init__(self, name, sequenced, limit, /, **keys):
        self.name, self.sequenced, self.limit = name, sequenced, limit
        self.keys = {key.replace('_', '?'): check for key, check in keys.items()}


def transfer(name, limit=4 * KIB, /, **keys):
    return Type(name, True, limit, transfer=TRANSFER, **keys)


FILE_ATTEMPT = {'file': FILE, 'attempt': ATTEMPT}
TYPES = {
    0x01: Type('hello', False, 4 * KIB, version=integer(65535), session_=octets(16), received=integer(U64), name=NAME, app=NAME,
               port=integer(65535)),
    0x02: Type('ping', False, 64, nonce=integer(U64)),
    0x03: Type('pong', False, 64, nonce=integer(U64)),
    0x04: Type('close', False, 4 * KIB, message=MESSAGE, code=one_of(
        'version', 'busy', 'untrusted', 'protocol', 'replaced', 'simultaneous', 'shutting-down')),
    0x05: Type('ack', False, 0),
    0x10: Type('pair-commit', True, 4 * KIB, commitment=octets(32)),
    0x11: Type('pair-nonce', True, 4 * KIB, nonce=octets(32)),
    0x12: Type('pair-reveal', True, 4 * KIB, nonce=octets(32)),
    0x13: Type('pair-confirm', True, 4 * KIB),
    0x14: Type('pair-cancel', True, 4 * KIB, reason=one_of('refused', 'busy', 'too-many', 'timeout', 'mismatch')),
    0x20: transfer('offer', 16 * KIB, roots=array(NAME, 0, 20), files=integer(2 ** 31), entries=integer(2 ** 31),
                   pages=integer(2 ** 22), bytes=integer()),
    0x21: transfer('offer-reply', answer=answer),
    0x22: transfer('manifest', 512 * KIB, page=integer(2 ** 22 - 1), entries=array(ENTRY, 0, 1024)),
    0x23: transfer('want', 512 * KIB, page=integer(2 ** 22 - 1), items=array(WANT_ITEM, 0, 1024)),
    0x24: transfer('digests', 512 * KIB, file=FILE, firstBlock=integer(2 ** 30), digests=joined_digests),
    0x25: transfer('same', firstBlock=integer(2 ** 30), count=integer(2 ** 30), **FILE_ATTEMPT),
    0x26: transfer('block-request', offset=SIZE, **FILE_ATTEMPT),
    0x27: transfer('file-restart', size=SIZE, mtimeMs=TIME, executable=boolean, **FILE_ATTEMPT),
    0x28: transfer('file-failed', file=FILE, code=one_of('unreadable', 'vanished', 'changing', 'superseded'), message=MESSAGE),
    0x29: transfer('durable', offset=SIZE, **FILE_ATTEMPT),
    0x2A: transfer('receipt', 512 * KIB, items=array(receipt_item, 1, 1024)),
    0x2B: transfer('done'),
    0x2C: transfer('closed'),
    0x2D: transfer('hold', reason=one_of('user', 'space', 'folder'), needed_=integer(), free_=integer(), message_=MESSAGE),
    0x2E: transfer('go'),
    0x2F: transfer('cancel', message_=MESSAGE),
    0x30: transfer('unknown'),
    0x80: Type('block', True, MAX_BODY),
    0x81: Type('pack', True, MAX_BODY),
}
CODES = {kind.name: code for code, kind in TYPES.items()}


def body_limit(code, before_hello):
    limit = TYPES[code].limit if code in TYPES else 512 * KIB
    return min(limit, 64 * KIB) if before_hello else limit


BLOCK_HEAD = struct.Struct('>16sIIQ32s')
PACK_HEAD = struct.Struct('>16sI')
PACK_ROW = struct.Struct('>III32s')
PACK_FILE_BYTES = 512 * KIB


def encode_block(message):
    return BLOCK_HEAD.pack(*(message[key] for key in ('transfer', 'file', 'attempt', 'offset', 'digest'))) + message['data']


def decode_block(body):
    if len(body) <= BLOCK_HEAD.size:
        raise ProtocolError('a block of nothing')
    head = dict(zip(('transfer', 'file', 'attempt', 'offset', 'digest'), BLOCK_HEAD.unpack_from(body)))
    if head['offset'] % (1 << 20):
        raise ProtocolError('a block at %d' % head['offset'])
    return {**head, 'data': body[BLOCK_HEAD.size:]}


def encode_pack(message):
    files = message['files']
    rows = b''.join(PACK_ROW.pack(file['file'], file['attempt'], len(file['data']), file['digest']) for file in files)
    return PACK_HEAD.pack(message['transfer'], len(files)) + rows + b''.join(file['data'] for file in files)


def decode_pack(body):
    if len(body) < PACK_HEAD.size:
        raise ProtocolError('a pack without a head')
    owner, count = PACK_HEAD.unpack_from(body)
    at = PACK_HEAD.size + count * PACK_ROW.size
    if not 1 <= count <= 1024 or at > len(body):
        raise ProtocolError('a pack of %d files' % count)
    files = []
    for number, attempt, length, digest in PACK_ROW.iter_unpack(body[PACK_HEAD.size:at]):
        if length > PACK_FILE_BYTES:
            raise ProtocolError('a pack with a file of %d bytes' % length)
        files.append({'file': number, 'attempt': attempt, 'digest': digest, 'data': body[at:at + length]})
        at += length
    if at != len(body):
        raise ProtocolError('a pack of another length than its files')
    return {'transfer': owner, 'files': files}


def encode_body(name, message):
    if name == 'block':
        return encode_block(message)
    if name == 'pack':
        return encode_pack(message)
    if name == 'ack':
        return b''
    if not fits(message, TYPES[CODES[name]].keys):
        raise ValueError('a wrong %s: %r' % (name, message))
    return cbor.encode(message)


def decode_body(code, body):
    kind = TYPES[code]
    if kind.name == 'block':
        return decode_block(body)
    if kind.name == 'pack':
        return decode_pack(body)
    if kind.name == 'ack':
        return {}
    try:
        message = cbor.decode(body)
    except cbor.CborError as error:
        raise ProtocolError('%s: %s' % (kind.name, error)) from None
    if not fits(message, kind.keys):
        raise ProtocolError('a wrong %s: %r' % (kind.name, message))
    return message
