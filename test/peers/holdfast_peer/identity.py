"""Device ids and TLS: PROTOCOL.md section 1."""
import base64
import hashlib
import os
import ssl

ALPN = 'holdfast/1'


def element(data, at):
    """One DER element: its tag, where its content begins, and where it ends."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[at + 2:start], 'big')
    return tag, start, start + length


def spki_of(certificate):
    """The SubjectPublicKeyInfo of a certificate in DER."""
    at = element(certificate, element(certificate, 0)[1])[1]
    if certificate[at] == 0xA0:
        at = element(certificate, at)[2]
    for _ in ('serial', 'algorithm', 'issuer', 'validity', 'subject'):
        at = element(certificate, at)[2]
    return certificate[at:element(certificate, at)[2]]


def device_id(spki):
    plain = base64.b32encode(hashlib.sha256(spki).digest()).decode().rstrip('=')
    return '-'.join(plain[at:at + 4] for at in range(0, 52, 4))


def context(side, identity, authority=None):
    """`authority`: the one certificate a server accepts, for Python cannot ask for a client's without verifying it."""
    tls = ssl.SSLContext(side)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.set_alpn_protocols([ALPN])
    tls.load_cert_chain(os.path.join(identity, 'cert.pem'), os.path.join(identity, 'key.pem'))
    if side == ssl.PROTOCOL_TLS_SERVER:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(authority)
        tls.num_tickets = 0
    else:
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    return tls


def secure(side, sock, identity, authority=None):
    wrapped = context(side, identity, authority).wrap_socket(sock, server_side=side == ssl.PROTOCOL_TLS_SERVER)
    if wrapped.selected_alpn_protocol() != ALPN:
        raise ssl.SSLError('the peer does not speak %s' % ALPN)
    return wrapped


def peer_id(sock):
    return device_id(spki_of(sock.getpeercert(binary_form=True)))
