// Rooms on `ws`: `J<room>` comes in, `P<room> <text>` says the text to the room.
const { WebSocketServer } = require('ws');

const rooms = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false });

function members(room) {
  if (!rooms.has(room)) rooms.set(room, new Set());
  return rooms.get(room);
}

server.on('connection', (socket) => {
  const joined = [];
  socket.on('message', (data) => {
    const said = data.toString();
    if (said[0] === 'J') {
      const room = members(said.slice(1));
      room.add(socket);
      joined.push(room);
      socket.send('OK');
    } else if (said[0] === 'P') {
      const blank = said.indexOf(' ');
      const text = said.slice(blank + 1);
      for (const member of members(said.slice(1, blank))) member.send(text);
    }
  });
  socket.on('close', () => joined.forEach((room) => room.delete(socket)));
});
