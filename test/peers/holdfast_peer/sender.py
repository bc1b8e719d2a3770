"""The sending side of a transfer: PROTOCOL.md section 6."""
import os
import socket
import ssl
from blake3 import BLOCK_BYTES, blake3, content_digest
from errors import Cut, ProtocolError
from identity import peer_id, secure
from messages import PACK_FILE_BYTES
from session import Link, Session

PAGE_ENTRIES, PAGE_BYTES, OPEN_PAGES, PACK_BYTES = 1024, 192 * 1024, 8, 256 * 1024
OUTCOMES = ('delivered', 'identical', 'failed')


class Entry:
    def __init__(self, path, source):
        status = os.stat(source)
        self.path, self.source = path, source
        self.folder = os.path.isdir(source)
        self.size = 0 if self.folder else status.st_size
        self.mtime_ms = status.st_mtime_ns // 1_000_000
        self.executable = not self.folder and status.st_mode & 0o100 != 0
        self.number = self.result = None
        self.sent_bytes = self.attempt = 0

    @property
    def row(self):
        return [(1 if self.folder else 0) | (2 if self.executable else 0), self.path, self.size, self.mtime_ms]

    def read(self):
        with open(self.source, 'rb') as file:
            return file.read()


def entries_of(sources):
    for source in sources:
        name = os.path.basename(os.path.abspath(source))
        yield Entry(name, source)
        for folder, folders, files in os.walk(source):
            folders.sort()
            for child in [*folders, *sorted(files)]:
                full = os.path.join(folder, child)
                yield Entry('/'.join([name, *os.path.relpath(full, source).split(os.sep)]), full)


def pages_of(entries, page_entries):
    pages = [[]]
    for entry in entries:
        length = sum(len(other.path.encode()) for other in pages[-1]) + len(entry.path.encode())
        if pages[-1] and (len(pages[-1]) == page_entries or length > PAGE_BYTES):
            pages.append([])
        entry.number = (len(pages) - 1) * 1024 + len(pages[-1])
        pages[-1].append(entry)
    return pages


class Sender:
    """`options` are the faults of this run: see `__main__.py`."""

    def __init__(self, options):
        self.options = options
        self.transfer = os.urandom(16)
        self.pages = pages_of(entries_of(options.paths), options.page_entries)
        self.entries = {entry.number: entry for page in self.pages for entry in page}
        self.session = Session()
        self.links = []
        self.durable = {}
        self.asked_again = 0
        self.corrupt = {'pack', 'block'} if options.corrupt else set()
        self.pending = False
        self.data_messages = 0
        self.forget_work()

    def forget_work(self):
        self.accepted = self.held = self.done = False
        self.next_page = 0
        self.answered = set()
        self.packs, self.blocks, self.work_offsets = [], [], []

    # Connection

    def connect(self):
        sock = socket.create_connection(('127.0.0.1', self.options.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        secured = secure(ssl.PROTOCOL_TLS_CLIENT, sock, self.options.identity)
        if peer_id(secured) != self.options.peer:
            raise ProtocolError('another device answers: %s' % peer_id(secured))
        link = Link(secured, 'Python sender')
        link.dial(self.session)
        self.link = link
        self.links.append('resumed' if link.resumed else 'new')
        if self.options.later:
            link.speak_later()
        if not link.resumed:
            self.session = link.session
            self.forget_work()
            self.offer(link)
        return link

    def offer(self, link):
        files = [entry for entry in self.entries.values() if not entry.folder]
        roots = [os.path.basename(path)[:64] for path in self.options.paths[:20]]
        unknown = {'later': [None]} if self.options.later else {}
        link.send('offer', transfer=self.transfer, roots=roots, files=len(files), entries=len(self.entries),
                  pages=len(self.pages), bytes=sum(entry.size for entry in files), **unknown)

    def run(self):
        link = self.connect()
        while True:
            try:
                self.converse(link)
                return
            except Cut:
                link.cut()
                link = self.connect()

    def converse(self, link):
        while not self.done:
            message = link.step(wait=not self.can_send())
            if message:
                self.take(link, *message)
            elif self.can_send():
                self.send_next(link)
        link.send('closed', transfer=self.transfer)
        while self.session.unacknowledged:
            link.step(wait=True)
        link.goodbye()

    # What comes

    def take(self, link, name, message):
        if message.get('transfer') != self.transfer:
            raise ProtocolError('%s about another transfer' % name)
        handler = getattr(self, 'on_' + name.replace('-', '_'), None)
        if handler is None:
            raise ProtocolError('%s to a sender' % name)
        handler(message)

    def on_offer_reply(self, message):
        answer = message['answer']
        if answer['kind'] == 'accept':
            self.accepted, self.next_page = True, answer['pages']
        elif answer['kind'] == 'pending':
            self.pending = True
        elif answer['kind'] == 'done':
            self.done = True
        else:
            raise ProtocolError('refused: %s, %s' % (answer['reason'], answer['message']))

    def on_want(self, message):
        items = {item[0]: item[1:] for item in message['items']}
        page = self.pages[message['page']]
        if not set(items) <= {entry.number for entry in page}:
            raise ProtocolError('a want for entries of another page')
        first = message['page'] not in self.answered
        self.answered.add(message['page'])
        for entry in page:
            if entry.number in items or first:
                self.on_want_item(entry, *items.get(entry.number, (1, 0, 0)))

    def on_want_item(self, entry, kind, *rest):
        if entry.folder and kind != 3:
            self.settle(entry, {'outcome': 'folder'})
        elif kind == 0:
            self.settle_with(entry, 'delivered', *rest)
        elif entry.path == self.options.fail:
            self.link.send('file-failed', transfer=self.transfer, file=entry.number, code='vanished', message='gone')
            self.settle(entry, {'outcome': 'vanished'})
        elif kind == 1:
            self.queue(entry, *rest)
        elif kind == 2:
            raise ProtocolError('compare, though not paired')
        elif kind == 3:
            self.settle(entry, {'outcome': 'refused', 'code': rest[0]})

    def queue(self, entry, attempt, offset):
        if attempt != entry.attempt:
            raise ProtocolError('attempt %d instead of %d' % (attempt, entry.attempt))
        if entry.size > PACK_FILE_BYTES:
            self.blocks += [(entry, at) for at in range(offset, entry.size, BLOCK_BYTES)]
        elif offset < entry.size or entry.size == 0:
            self.packs.append(entry)
        self.work_offsets.append([entry.path, offset])

    def on_block_request(self, message):
        entry = self.entries[message['file']]
        self.asked_again += 1
        if entry.size <= PACK_FILE_BYTES:
            self.packs.append(entry)
        else:
            self.blocks.insert(0, (entry, message['offset']))

    def on_durable(self, message):
        self.durable[message['file']] = message['offset']

    def on_receipt(self, message):
        for number, outcome, digest, *rest in message['items']:
            self.settle_with(self.entries[number], OUTCOMES[outcome], digest, *rest)

    def settle_with(self, entry, outcome, digest, final_path=None, message=None):
        if outcome != 'failed' and digest != content_digest(entry.read()):
            raise ProtocolError('a receipt with another digest for %s' % entry.path)
        self.settle(entry, {
            'outcome': outcome, 'digest': digest.hex(), 'finalPath': final_path or entry.path, 'message': message})

    def settle(self, entry, result):
        entry.result = {**result, 'sentBytes': entry.sent_bytes}

    def on_done(self, _):
        unsettled = [entry.path for entry in self.entries.values() if entry.result is None]
        if unsettled:
            raise ProtocolError('done, without a word about %s' % unsettled)
        self.done = True

    def on_hold(self, _):
        self.held = True

    def on_go(self, _):
        self.held = False

    # What goes

    @property
    def settled_pages(self):
        settled = 0
        while settled < len(self.pages) and settled in self.answered and all(entry.result for entry in self.pages[settled]):
            settled += 1
        return settled

    def can_send(self):
        if not self.accepted or self.done or self.session.full:
            return False
        data = not self.held and not self.awaiting_durable() and (self.packs or self.blocks)
        return bool(data or self.page_is_due() or self.cut_is_due())

    def page_is_due(self):
        return self.next_page < len(self.pages) and self.next_page < self.settled_pages + OPEN_PAGES

    def awaiting_durable(self):
        """Before the cut that is to be resumed from what `want` says, some of a file must be durable and all others delivered."""
        return self.options.lose_session and 0 < self.options.cut_after <= self.data_messages and not self.something_kept()

    def something_kept(self):
        to_come = {entry.number for entry, _ in self.blocks} | {entry.number for entry in self.packs}
        others_delivered = all(entry.result for file, entry in self.entries.items() if file not in to_come)
        return others_delivered and any(file in to_come for file in self.durable)

    def cut_is_due(self):
        options = self.options
        due = options.cut_after and self.data_messages >= options.cut_after and (self.packs or self.blocks)
        return due and (not options.lose_session or self.something_kept())

    def send_next(self, link):
        if self.page_is_due():
            rows = [entry.row for entry in self.pages[self.next_page]]
            link.send('manifest', transfer=self.transfer, page=self.next_page, entries=rows)
            self.next_page += 1
        elif self.cut_is_due():
            self.options.cut_after = 0
            if self.options.lose_session:
                self.session = Session(os.urandom(16))
            link.cut(half_of=self.next_data())
            raise Cut('as told')
        else:
            name, message = self.next_data()
            link.send(name, **message)
            # Of a file that this block does not complete: that would be delivered before it could change.
            if self.options.restart and name == 'block' and any(entry.number == message['file'] for entry, _ in self.blocks):
                self.restart(link, self.entries[message['file']], message)
            if self.data_messages == self.options.repeat:
                link.repeat_oldest()

    def restart(self, link, entry, stale):
        """The file begins anew; a block of the former attempt that comes after that means nothing."""
        self.options.restart = False
        self.blocks = [work for work in self.blocks if work[0] is not entry]
        entry.attempt += 1
        link.send('file-restart', transfer=self.transfer, file=entry.number, attempt=entry.attempt, size=entry.size,
                  mtimeMs=entry.mtime_ms, executable=entry.executable)
        link.send('block', **stale)
        self.queue(entry, entry.attempt, 0)

    def next_data(self):
        self.data_messages += 1
        if self.packs:
            return 'pack', {'transfer': self.transfer, 'files': self.next_pack()}
        entry, offset = self.blocks.pop(0)
        data = entry.read()[offset:offset + BLOCK_BYTES]
        entry.sent_bytes += len(data)
        return 'block', {'transfer': self.transfer, 'file': entry.number, 'attempt': entry.attempt, 'offset': offset,
                         'digest': blake3(data), 'data': self.corrupted('block', data)}

    def next_pack(self):
        files, size = [], 0
        while self.packs and size < PACK_BYTES and len(files) < 1024:
            entry = self.packs.pop(0)
            data = entry.read()
            size += len(data)
            entry.sent_bytes += len(data)
            files.append({
                'file': entry.number, 'attempt': entry.attempt, 'digest': blake3(data), 'data': self.corrupted('pack', data)})
        return files

    def corrupted(self, kind, data):
        if kind not in self.corrupt or not data:
            return data
        self.corrupt.remove(kind)
        return bytes([data[0] ^ 1]) + data[1:]

    def summary(self):
        return {
            'entries': {entry.path: entry.result for entry in self.entries.values()}, 'links': self.links,
            'resent': self.session.resent, 'duplicates': self.session.duplicates, 'askedAgain': self.asked_again,
            'wanted': self.work_offsets, 'pages': len(self.pages), 'pongs': self.link.pongs,
        }
