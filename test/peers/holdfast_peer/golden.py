"""The golden vectors against this codec: what a message is in JSON, and back to bytes."""
import json
import os
from blake3 import blake3, content_digest, file_digest
from frames import FrameReader, encode_frame
from messages import CODES, decode_body, encode_body

OUTCOMES = ('delivered', 'identical', 'failed')


def plain(value):
    """{"hex"} and {"u64"} as bytes and integers."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        if list(value) == ['hex']:
            return bytes.fromhex(value['hex'])
        if list(value) == ['u64']:
            return int(value['u64'])
        return {key: plain(item) for key, item in value.items()}
    return value


def entry(item):
    flags = (1 if item['kind'] == 'folder' else 0) | (2 if item['executable'] else 0)
    return [flags, item['path'], item['size'], item['mtimeMs']]


def want_item(item):
    rest = {
        'done': lambda: [0, item['digest'], *([item['finalPath']] if 'finalPath' in item else [])],
        'resume': lambda: [1, item['attempt'], item['offset']],
        'compare': lambda: [2, item['digests']],
        'refuse': lambda: [3, item['code'], item['message']],
        'later': lambda: [4],
    }
    return [item['file'], *rest[item['kind']]()]


def receipt_item(item):
    result = [item['file'], OUTCOMES.index(item['outcome']), item['digest']]
    if 'finalPath' in item or 'message' in item:
        result.append(item.get('finalPath'))
    return result + ([item['message']] if 'message' in item else [])


def expect(what, actual, wanted):
    if actual != wanted:
        raise SystemExit('%s: %r instead of %r' % (what, actual, wanted))


def check(folder):
    def load(name):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            return plain(json.load(file))

    count = 0
    for vector in load('frames.json'):
        frame, body, data = vector['frame'], bytes.fromhex(vector['body']), bytes.fromhex(vector['bytes'])
        expect('frame', encode_frame(frame['type'], frame['id'], frame['ack'], body), data)
        reader = FrameReader()
        reader.before_hello = False
        for at in range(len(data)):
            expect('early frame', reader.next(), None)
            reader.feed(data[at:at + 1])
        expect('frame', reader.next(), (frame['type'], frame['id'], frame['ack'], body))
        count += 1
    for vector in load('control.json'):
        # Shared folders: this peer has none, and skips what it does not know (PROTOCOL.md, section 2).
        if 0x40 <= vector['type'] < 0x50:
            continue
        message = dict(vector['message'])
        name = message.pop('type')
        for name_of_list, convert in (('entries', entry), ('items', receipt_item if name == 'receipt' else want_item)):
            if isinstance(message.get(name_of_list), list):
                message[name_of_list] = [convert(item) for item in message[name_of_list]]
        body = bytes.fromhex(vector['body'])
        expect('code of %s' % name, CODES[name], vector['type'])
        expect('body of %s' % name, encode_body(name, message).hex(), body.hex())
        expect('message %s' % name, decode_body(vector['type'], body), message)
        count += 1
    bulk = load('bulk.json')
    payload = bytes.fromhex(bulk['block']['payload'])
    block = {**bulk['block']['header'], 'data': payload}
    files = [{'file': file['file'], 'attempt': file['attempt'], 'data': file['content'].encode()}
             for file in bulk['pack']['files']]
    pack = {'transfer': bulk['pack']['transfer'], 'files': [{**file, 'digest': blake3(file['data'])} for file in files]}
    expect('digest of a block', block['digest'], blake3(payload))
    for name, message in (('block', block), ('pack', pack)):
        body = bytes.fromhex(bulk[name]['body'])
        expect(name, encode_body(name, message).hex(), body.hex())
        expect(name, decode_body(CODES[name], body), message)
        count += 1
    for vector in load('digests.json'):
        blocks = bytes.fromhex(vector['blocks'])
        digests = [blocks[at:at + 32] for at in range(0, len(blocks), 32)]
        expect('digest of %d bytes' % vector['size'], file_digest(vector['size'], digests).hex(), vector['digest'])
        count += 1
    expect('digest of hello', content_digest(b'hello').hex(), 'ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f')
    return count
