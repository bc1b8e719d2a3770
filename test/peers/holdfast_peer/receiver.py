"""The receiving side of a transfer: PROTOCOL.md section 6."""
import os
import socket
import ssl
from blake3 import BLOCK_BYTES, blake3, content_digest, file_digest
from errors import Cut, Goodbye, PeerClosed, ProtocolError
from identity import peer_id, secure
from messages import PACK_FILE_BYTES
from session import Link


def checked_path(path):
    parts = path.split('/')
    reserved = any(part in ('', '.', '..') or part.lower().startswith('.holdfast') for part in parts)
    if reserved or any(ord(char) < 32 or 127 <= ord(char) < 160 for char in path):
        raise ProtocolError('a forbidden path: %r' % path)
    return os.path.join(*parts)


class Incoming:
    """One entry that is on its way. A pack's file comes at once; a larger one block by block, in order."""

    def __init__(self, number, flags, path, size, mtime_ms):
        self.number, self.path, self.size, self.mtime_ms = number, path, size, mtime_ms
        self.executable = flags & 2 != 0
        self.attempt = self.offset = 0
        self.digests = []
        self.digest = None
        self.failed = None


class Receiver:
    """`options` are the faults of this run: see `__main__.py`."""

    def __init__(self, options):
        self.options = options
        self.staging = os.path.join(options.dir, '.staging')
        self.session = None
        self.transfer = None
        self.offer = None
        self.pages = []
        self.files = {}
        self.links, self.ends = [], []
        self.data_messages = self.data_bytes = 0
        self.drop = {'pack', 'block'} if options.ask_again else set()
        self.done_sent = self.closed = False

    def listen(self, say):
        os.makedirs(self.staging)
        with socket.create_server(('127.0.0.1', 0)) as listener:
            say(listener.getsockname()[1])
            while not self.closed:
                try:
                    self.converse(self.accept(listener))
                except Cut:
                    pass
        os.rmdir(self.staging)

    def accept(self, listener):
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            secured = secure(ssl.PROTOCOL_TLS_SERVER, sock, self.options.identity, self.options.authority)
        except OSError as error:
            raise Cut(str(error)) from None
        if peer_id(secured) != self.options.peer:
            raise ProtocolError('another device dials: %s' % peer_id(secured))
        link = Link(secured, 'Python receiver')
        link.accept(self.session)
        self.session = link.session
        self.links.append('resumed' if link.resumed else 'new')
        return link

    def converse(self, link):
        try:
            while True:
                name, message = link.receive()
                self.take(link, name, message)
                if 0 < self.options.cut_after <= self.data_messages:
                    self.options.cut_after = 0
                    if self.options.lose_session:
                        self.session = None
                    link.cut()
                    raise Cut('as told')
        except Goodbye:
            link.end()
        except PeerClosed as closed:
            link.end()
            self.ends.append(closed.code)

    def take(self, link, name, message):
        if name == 'offer':
            return self.on_offer(link, message)
        if message.get('transfer') != self.transfer:
            return link.send('unknown', transfer=message['transfer'])
        handler = getattr(self, 'on_' + name.replace('-', '_'), None)
        if handler is None:
            raise ProtocolError('%s to a receiver' % name)
        handler(link, message)
        self.say_done(link)

    def on_offer(self, link, message):
        if self.transfer not in (None, message['transfer']):
            return self.reply(link, message['transfer'], kind='refuse', reason='limit', message='one transfer at a time')
        if self.offer and {**message, 'transfer': None} != {**self.offer, 'transfer': None}:
            raise ProtocolError('another offer under the same id')
        self.transfer, self.offer = message['transfer'], message
        if not self.pages:
            self.reply(link, self.transfer, kind='pending')
        self.reply(link, self.transfer, kind='accept', pages=len(self.pages))
        for page in range(len(self.pages)):
            self.want(link, page)
        self.done_sent = False
        self.say_done(link)

    def reply(self, link, transfer, **answer):
        link.send('offer-reply', transfer=transfer, answer=answer)

    def on_manifest(self, link, message):
        if message['page'] != len(self.pages) or message['page'] >= self.offer['pages']:
            raise ProtocolError('page %d after %d of %d' % (message['page'], len(self.pages), self.offer['pages']))
        numbers = []
        for place, (flags, path, size, mtime_ms) in enumerate(message['entries']):
            target = os.path.join(self.options.dir, checked_path(path))
            if flags & 1:
                os.mkdir(target)
                continue
            number = message['page'] * 1024 + place
            self.files[number] = Incoming(number, flags, path, size, mtime_ms)
            numbers.append(number)
        self.pages.append(numbers)
        self.want(link, message['page'])

    def want(self, link, page):
        items = []
        for number in self.pages[page]:
            file = self.files[number]
            if file.digest:
                items.append([number, 0, file.digest])
            elif file.offset or file.attempt:
                items.append([number, 1, file.attempt, file.offset])
        link.send('want', transfer=self.transfer, page=page, items=items)

    def on_pack(self, link, message):
        self.data_messages += 1
        delivered = []
        for part in message['files']:
            file = self.files[part['file']]
            self.data_bytes += len(part['data'])
            if file.digest or part['attempt'] != file.attempt:
                continue
            if len(part['data']) != file.size or file.size > PACK_FILE_BYTES:
                raise ProtocolError('a pack with a wrong length of %s' % file.path)
            if blake3(part['data']) != part['digest'] or self.dropped('pack'):
                link.send('block-request', transfer=self.transfer, file=file.number, attempt=file.attempt, offset=0)
                continue
            self.append(file, part['data'])
            delivered.append(self.finish(file, part['digest']))
        if delivered:
            link.send('receipt', transfer=self.transfer, items=delivered)

    def on_block(self, link, message):
        self.data_messages += 1
        file = self.files[message['file']]
        self.data_bytes += len(message['data'])
        if file.digest or message['attempt'] != file.attempt or message['offset'] != file.offset:
            return
        if len(message['data']) != min(BLOCK_BYTES, file.size - file.offset):
            raise ProtocolError('a block with a wrong length of %s' % file.path)
        if blake3(message['data']) != message['digest'] or self.dropped('block'):
            self.request_from(link, file)
            return
        self.append(file, message['data'])
        file.digests.append(message['digest'])
        file.offset += len(message['data'])
        link.send('durable', transfer=self.transfer, file=file.number, attempt=file.attempt, offset=file.offset)
        if file.offset == file.size:
            link.send('receipt', transfer=self.transfer, items=[self.finish(file, file_digest(file.size, file.digests))])

    def request_from(self, link, file):
        """This receiver keeps files in order: it ignores the blocks after a missing one, and asks for all of them."""
        for offset in range(file.offset, file.size, BLOCK_BYTES):
            link.send('block-request', transfer=self.transfer, file=file.number, attempt=file.attempt, offset=offset)

    def dropped(self, kind):
        if kind not in self.drop:
            return False
        self.drop.remove(kind)
        return True

    def staged(self, file):
        return os.path.join(self.staging, str(file.number))

    def append(self, file, data):
        with open(self.staged(file), 'ab') as staged:
            staged.write(data)
            staged.flush()
            os.fsync(staged.fileno())

    def finish(self, file, digest):
        """Under its final name, read again and compared; the item of a receipt."""
        target = os.path.join(self.options.dir, checked_path(file.path))
        os.utime(self.staged(file), ns=(file.mtime_ms * 1_000_000,) * 2)
        os.chmod(self.staged(file), 0o755 if file.executable else 0o644)
        os.rename(self.staged(file), target)
        with open(target, 'rb') as written:
            if content_digest(written.read()) != digest:
                raise ProtocolError('%s differs on disk' % file.path)
        file.digest = digest
        return [file.number, 0, digest]

    def on_file_restart(self, _, message):
        file = self.files[message['file']]
        if os.path.exists(self.staged(file)):
            os.unlink(self.staged(file))
        file.attempt, file.size, file.mtime_ms = message['attempt'], message['size'], message['mtimeMs']
        file.executable, file.offset, file.digests = message['executable'], 0, []

    def on_file_failed(self, _, message):
        self.files[message['file']].failed = message['code']

    def say_done(self, link):
        settled = all(file.digest or file.failed for file in self.files.values())
        if self.offer and len(self.pages) == self.offer['pages'] and settled and not self.done_sent:
            self.done_sent = True
            link.send('done', transfer=self.transfer)

    def on_closed(self, *_):
        self.closed = True

    def summary(self):
        return {
            'files': {file.path: file.digest.hex() if file.digest else file.failed for file in self.files.values()},
            'links': self.links, 'ends': self.ends, 'duplicates': self.session.duplicates, 'bytes': self.data_bytes,
            'offer': {key: self.offer[key] for key in ('roots', 'files', 'entries', 'pages', 'bytes')},
        }
