// Serves PostgreSQL with pgvector on a free port of the loopback interface, which it prints, until its standard input ends.
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import net from 'node:net'

const port = await new Promise(resolve => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})
const db = await PGlite.create({ extensions: { vector } })
const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 16 })
await server.start()
console.log(port)
process.stdin.on('end', () => process.exit(0)).resume()
