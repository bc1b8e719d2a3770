class ProtocolError(Exception):
    """The peer broke a rule of PROTOCOL.md."""


class PeerClosed(Exception):
    """The peer said `close`: its code and message."""

    def __init__(self, code, message):
        super().__init__('%s: %s' % (code, message))
        self.code = code


class Goodbye(Exception):
    """The peer will send nothing more on this socket."""


class Cut(Exception):
    """The socket ended without a goodbye."""
