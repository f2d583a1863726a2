// A message centre of the npm package `smpp`: what it takes and hears is told on standard output, one JSON line each.
// Standard input says what people write: {"from": "...", "to": "...", "text": "...", "parts": 2}
const smpp = require('smpp');
const readline = require('readline');

const tell = (what) => console.log(JSON.stringify(what));
const throttled = new Set();
let receiver = null;
let number = 0;

const server = smpp.createServer((session) => {
    session.on('error', () => {});
    session.on('close', () => { if (receiver === session) receiver = null; });
    const bind = (pdu) => {
        const right = pdu.system_id === 'desk' && pdu.password === 'secret';
        if (right && pdu.command !== 'bind_transmitter') receiver = session;
        session.send(pdu.response({ command_status: right ? smpp.ESME_ROK : smpp.ESME_RINVPASWD }));
        tell({ event: 'bind', right });
        if (!right) session.close();
    };
    for (const command of ['bind_transceiver', 'bind_receiver', 'bind_transmitter']) session.on(command, bind);
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
    session.on('submit_sm', (pdu) => {
        const to = pdu.destination_addr;
        if (to.endsWith('99') && !throttled.has(to)) {
            throttled.add(to);
            session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
            return;
        }
        number += 1;
        const id = 'A' + number;
        const said = pdu.short_message;
        tell({ event: 'submit', id, to, from: pdu.source_addr, text: said.message.toString(), udh: said.udh ? Buffer.concat(said.udh.map(
            (each) => Buffer.from(each))).toString('hex') : '', coding: pdu.data_coding });
        session.send(pdu.response({ message_id: id }));
        if (pdu.registered_delivery) setTimeout(() => receipt(session, id, pdu), 50);
    });
});

function receipt(session, id, pdu) {
    const text = `id:${id} sub:001 dlvrd:001 submit date:2611221203 done date:2611221204 stat:DELIVRD err:000 text:`;
    session.deliver_sm({
        source_addr: pdu.destination_addr, source_addr_ton: 1, source_addr_npi: 1,
        destination_addr: pdu.source_addr, esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
        short_message: Buffer.from(text), receipted_message_id: id, message_state: 2,
    });
}

function write(said) {
    const base = { source_addr: said.from, source_addr_ton: 1, source_addr_npi: 1, destination_addr: said.to, data_coding: 8 };
    const octets = Buffer.from(said.text, 'utf16le').swap16();
    if (said.parts === 1) {
        receiver.deliver_sm({ ...base, short_message: octets }, (pdu) => tell({ event: 'heard', status: pdu.command_status }));
        return;
    }
    const middle = Math.ceil(octets.length / 4) * 2;
    for (const [part, piece] of [[2, octets.subarray(middle)], [1, octets.subarray(0, middle)]]) {
        const short_message = Buffer.concat([Buffer.from([5, 0, 3, 0x42, 2, part]), piece]);
        receiver.deliver_sm({ ...base, esm_class: smpp.ESM_CLASS.UDH_INDICATOR, short_message },
            (pdu) => tell({ event: 'heard', status: pdu.command_status }));
    }
}

server.listen(0, '127.0.0.1', () => tell({ event: 'listening', port: server.address().port }));
readline.createInterface({ input: process.stdin }).on('line', (line) => write(JSON.parse(line))).on('close', () => process.exit(0));
