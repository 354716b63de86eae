// What one writes with Node and `ws` alone: a loop over the recipients of each event, with the same
// frames and each recipient's own numbers. Events come by Redis Pub/Sub, as ours do.
//
//     node broadcast.js PORT REDIS_HOST REDIS_PORT CHANNEL
"use strict";

const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const { WebSocketServer } = require(path.join(__dirname, "../../frontend/node_modules/ws"));

const [port, redisHost, redisPort, channel] = process.argv.slice(2);
const socketsOf = new Map(); // by user

function deliver({ body, to }) {
  for (const [user, id, rev, seq, occurrences, unread, unseen] of to) {
    const sockets = socketsOf.get(user);
    if (sockets === undefined) continue;
    const frame =
      `{"rev":${rev},"unread":${unread},"unseen":${unseen},"put":[{"id":${id},"rev":${rev},` +
      `"seq":${seq},"occurrences":${occurrences},"read":false,"seen":false,"archived":false,` +
      `"deleted":false,"snoozed":false,${body}}]}`;
    for (const socket of sockets) socket.send(frame);
  }
}

function accept(socket, request) {
  const user = /user=(\w+)/.exec(request.headers.cookie)[1];
  if (!socketsOf.has(user)) socketsOf.set(user, new Set());
  socketsOf.get(user).add(socket);
  socket.on("message", () => socket.send('{"id":1,"rev":0,"unread":0,"unseen":0}'));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => socketsOf.get(user).delete(socket));
}

/** Take the messages of a subscription out of what Redis has sent; return what is left over. */
function takeMessages(buffer) {
  for (;;) {
    const parts = [];
    let at = buffer.indexOf("\r\n");
    if (at < 0) return buffer;
    const count = Number(buffer.toString("latin1", 1, at)); // *3
    at += 2;
    for (let index = 0; index < count; index += 1) {
      const end = buffer.indexOf("\r\n", at);
      if (end < 0) return buffer;
      const size = Number(buffer.toString("latin1", at + 1, end)); // $12, or :1
      if (buffer[at] === 36) {
        if (buffer.length < end + 2 + size + 2) return buffer;
        parts.push(buffer.subarray(end + 2, end + 2 + size));
        at = end + 2 + size + 2;
      } else {
        parts.push(size);
        at = end + 2;
      }
    }
    if (parts[0].toString() === "message") deliver(JSON.parse(parts[2].toString()));
    buffer = buffer.subarray(at);
  }
}

let rest = Buffer.alloc(0);
const redis = net.connect(Number(redisPort), redisHost, () => redis.write(`SUBSCRIBE ${channel}\r\n`));
redis.on("data", (data) => {
  rest = takeMessages(rest.length > 0 ? Buffer.concat([rest, data]) : data);
});

const server = http.createServer();
new WebSocketServer({ server }).on("connection", accept);
server.listen(Number(port), "127.0.0.1", 1024);
