// In a client's process (node --require): connections to port 443 of the names in BENT_NAMES go to BENT_PORT here. What
// the client says to the server, the certificate's name among it, stays as it is.
const net = require('node:net');

const names = process.env.BENT_NAMES.split(' '), port = Number(process.env.BENT_PORT);
const {connect} = net.Socket.prototype;

const bend = options => names.includes(options?.host) && Number(options.port) === 443
    ? {...options, host: '127.0.0.1', port} : options;

net.Socket.prototype.connect = function (first, ...rest) {
    // net.connect() hands on [options, callback] as one marked array, and tls.connect() the options themselves.
    if (Array.isArray(first))
        first[0] = bend(first[0]);
    return connect.call(this, Array.isArray(first) ? first : bend(first), ...rest);
};
