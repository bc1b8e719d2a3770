/** For `--help`: the shortest way to talk to the other side in each framing. EXAMPLES.md in electron/engine/plain has all of them whole. */
export const RECEIVE_EXAMPLES = [
  'What to type on the other side (s is a connected Python socket, m the bytes of a message):',
  '  eof             nc -N 127.0.0.1 1060 < FILE               s.sendall(m); s.shutdown(socket.SHUT_WR)',
  '  fixed:16        printf %-16s hello | nc -N 127.0.0.1 1060 s.sendall(m.ljust(16))',
  "  delimiter:\\n    echo hello | nc -N 127.0.0.1 1060         s.sendall(m + b'\\n')",
  "  length32        printf '\\0\\0\\0\\5hello' | nc …             s.sendall(struct.pack('!I', len(m)) + m)",
  "  decimal:5       printf '00005hello' | nc …                s.sendall(b'%05d' % len(m) + m)",
  "  netstring       printf '5:hello,' | nc …                  s.sendall(b'%d:%s,' % (len(m), m))",
  "  blocks          printf '\\0\\0\\0\\5hello\\0\\0\\0\\0' | nc …     length32 for each block, then struct.pack('!I', 0)",
  "  typed:01=fixed:5,02=length32   printf '\\001hello' | nc …  the type byte, then as its rule says",
  "  with --ids      every message begins with struct.pack('!Q', id)",
].join('\n')
