"""Every framing once more, in Python, written from its description alone."""
import struct


def recvall(sock, count):
    data = b''
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise EOFError('closed %d bytes into %d' % (len(data), count))
        data += more
    return data


def until(sock, end):
    data = b''
    while not data.endswith(end):
        data += recvall(sock, 1)
    return data[:-len(end)]


def rest(sock):
    return b''.join(iter(lambda: sock.recv(65536), b''))


class Framing:
    def answer(self, number):
        return str(number).encode()


class Eof(Framing):
    def write(self, message):
        return message

    def read(self, sock):
        return rest(sock)


class Fixed(Framing):
    def __init__(self, size):
        self.size = int(size)

    def answer(self, number):
        return str(number).zfill(self.size).encode()

    def write(self, message):
        assert len(message) == self.size
        return message

    def read(self, sock):
        return recvall(sock, self.size)


class Delimiter(Framing):
    def __init__(self, end):
        self.end = end.encode().decode('unicode_escape').encode('latin-1')

    def write(self, message):
        return message + self.end

    def read(self, sock):
        return until(sock, self.end)


class Length32(Framing):
    def write(self, message):
        return struct.pack('!I', len(message)) + message

    def read(self, sock):
        return recvall(sock, struct.unpack('!I', recvall(sock, 4))[0])


class Decimal(Framing):
    def __init__(self, width):
        self.width = int(width)

    def write(self, message):
        # Three ways to pad, one for each kind of message length: zeros, spaces before, spaces behind.
        size = str(len(message))
        pads = [size.zfill(self.width), size.rjust(self.width), size.ljust(self.width)]
        return pads[len(message) % 3].encode() + message

    def read(self, sock):
        return recvall(sock, int(recvall(sock, self.width)))


class Netstring(Framing):
    def write(self, message):
        return b'%d:%s,' % (len(message), message)

    def read(self, sock):
        message = recvall(sock, int(until(sock, b':')))
        assert recvall(sock, 1) == b','
        return message


class Blocks(Framing):
    def write(self, message):
        blocks = [message[at:at + 1000] for at in range(0, len(message), 1000)]
        return b''.join(struct.pack('!I', len(block)) + block for block in blocks + [b''])

    def read(self, sock):
        block = Length32()
        return b''.join(iter(lambda: block.read(sock), b''))


class Typed(Framing):
    def __init__(self, rules):
        self.rules = {int(key, 16): framing(rule) for key, rule in (entry.split('=', 1) for entry in rules.split(','))}
        self.type = None

    def answer(self, number):
        return self.rules[self.type].answer(number)

    def write(self, message):
        kind = self.type if self.type is not None else list(self.rules)[len(message) % len(self.rules)]
        return bytes([kind]) + self.rules[kind].write(message)

    def read(self, sock):
        self.type = recvall(sock, 1)[0]
        return self.rules[self.type].read(sock)


def framing(text):
    name, _, argument = text.partition(':')
    kinds = {'eof': Eof, 'fixed': Fixed, 'delimiter': Delimiter, 'length32': Length32, 'decimal': Decimal,
             'netstring': Netstring, 'blocks': Blocks, 'typed': Typed}
    return kinds[name](argument) if argument else kinds[name]()
