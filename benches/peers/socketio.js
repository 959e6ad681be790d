// Rooms on `socket.io`, over WebSockets only.
const { Server } = require('socket.io');

const http = require('http').createServer();
const server = new Server(http, { transports: ['websocket'], perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.on('join', (room) => {
    socket.join(room);
    socket.emit('joined', 'ok');
  });
  socket.on('pub', (room, text) => server.to(room).emit('msg', text));
});

http.listen(Number(process.argv[2]), '127.0.0.1', 4096);
