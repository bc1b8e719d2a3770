"""BLAKE3 (plain hash, 32 bytes) from its paper alone.

All whole chunks of a message are compressed at once: each of the sixteen state words is one long integer with a lane of
64 bits for every chunk, of which a word uses the lower 32. That makes pure Python fast enough for megabytes.
"""
import struct

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15))
DIAGONALS = ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
CHUNK, BLOCK = 1024, 64


def pack_lanes(words):
    return int.from_bytes(struct.pack('<%dQ' % len(words), *words), 'little')


def unpack_lanes(packed, lanes):
    return struct.unpack('<%dQ' % lanes, packed.to_bytes(8 * lanes, 'little'))


class Lanes:
    def __init__(self, count):
        self.count = count
        self.ones = pack_lanes([1] * count)
        self.mask = self.ones * 0xFFFFFFFF

    def compress(self, chain, message, counter, length, flags):
        """The next chaining words. chain, message: packed words; counter: packed, below 2^32 in each lane."""
        mask = self.mask
        v = list(chain) + [self.ones * IV[i] for i in range(4)] + [counter, 0, self.ones * length, self.ones * flags]
        m = list(message)
        for _ in range(7):
            for i, (a, b, c, d) in enumerate(COLUMNS + DIAGONALS):
                for word, first, second in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                    v[a] = (v[a] + v[b] + word) & mask
                    x = v[d] ^ v[a]
                    v[d] = (x >> first | x << (32 - first)) & mask
                    v[c] = (v[c] + v[d]) & mask
                    x = v[b] ^ v[c]
                    v[b] = (x >> second | x << (32 - second)) & mask
            m = [m[i] for i in PERMUTATION]
        return [v[i] ^ v[i + 8] for i in range(8)]


def chunk_chains(data, first_counter, root):
    """The chaining values of chunks of equal length, one tuple of eight words each."""
    count = max(1, -(-len(data) // CHUNK))
    lanes = Lanes(count)
    size = len(data) // count
    blocks = max(1, -(-size // BLOCK))
    padded = b''.join(data[i * size:(i + 1) * size].ljust(blocks * BLOCK, b'\0') for i in range(count))
    words = struct.unpack('<%dI' % (len(padded) // 4), padded)
    counter = pack_lanes(range(first_counter, first_counter + count))
    chain = [lanes.ones * word for word in IV]
    for block in range(blocks):
        last = block == blocks - 1
        flags = (CHUNK_START if block == 0 else 0) | ((CHUNK_END | root) if last else 0)
        message = [pack_lanes(words[block * 16 + i::blocks * 16]) for i in range(16)]
        chain = lanes.compress(chain, message, counter, size - block * BLOCK if last else BLOCK, flags)
    return list(zip(*(unpack_lanes(word, count) for word in chain)))


def blake3(data):
    data = bytes(data)
    whole = max(0, (len(data) - 1) // CHUNK)
    nodes = chunk_chains(data[:whole * CHUNK], 0, 0) if whole else []
    nodes += chunk_chains(data[whole * CHUNK:], whole, 0 if whole else ROOT)
    while len(nodes) > 1:
        pairs = [nodes[i] + nodes[i + 1] for i in range(0, len(nodes) - 1, 2)]
        lanes = Lanes(len(pairs))
        message = [pack_lanes([pair[i] for pair in pairs]) for i in range(16)]
        flags = PARENT | (ROOT if len(nodes) == 2 else 0)
        chain = lanes.compress([lanes.ones * word for word in IV], message, 0, BLOCK, flags)
        odd = nodes[-1:] if len(nodes) % 2 else []
        nodes = list(zip(*(unpack_lanes(word, len(pairs)) for word in chain))) + odd
    return struct.pack('<8I', *nodes[0])


BLOCK_BYTES = 1 << 20


def file_digest(size, block_digests):
    """PROTOCOL.md section 5: what receipts name."""
    if size <= BLOCK_BYTES:
        return block_digests[0] if block_digests else blake3(b'')
    return blake3(b'holdfast file 1' + struct.pack('>Q', size) + b''.join(block_digests))


def split_blocks(data):
    return [data[i:i + BLOCK_BYTES] for i in range(0, len(data), BLOCK_BYTES)]


def content_digest(data):
    return file_digest(len(data), [blake3(block) for block in split_blocks(data)])
