// What the server delivers is judged by those who judge Replicate's own deliveries: each accepts it as it came, and
// refuses it when anything of it has been altered.
import {webcrypto} from 'node:crypto';
import assert from 'node:assert/strict';
import {createServer} from 'node:http';

import Replicate, {validateWebhook} from 'replicate';
import * as standard from 'standardwebhooks';
import * as svix from 'svix';

import {run, serve} from './server.mjs';

globalThis.crypto ??= webcrypto; // node 18 keeps it to itself, and the client asks for it there

const VERSION = '795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477';
const SECRETS = [
    [], // the default
    ['--webhook-secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], // 24 bytes, as Replicate's
    ['--webhook-secret', 'whsec_' + Buffer.alloc(64, '?>').toString('base64')], // the longest, with + and / in it
    ['--webhook-secret', 'whsec_' + Buffer.alloc(25, 0xff).toString('base64')], // padded
];

/** Each takes headers, body and secret, and answers whether it accepts them. */
const judges = {
    standardwebhooks: async (headers, body, secret) => accepts(new standard.Webhook(secret), headers, body),
    svix: async (headers, body, secret) => accepts(new svix.Webhook(secret), headers, body),
    'replicate, by parts': (headers, body, secret) => validateWebhook({
        id: headers['webhook-id'], timestamp: headers['webhook-timestamp'],
        signature: headers['webhook-signature'], body, secret,
    }),
    'replicate, by Request': (headers, body, secret) =>
        validateWebhook(new Request('http://localhost/', {method: 'POST', headers, body}), secret),
    'replicate, by object': (headers, body, secret) => validateWebhook({headers, body}, secret),
};

function accepts(webhook, headers, body) {
    try {
        assert.deepEqual(webhook.verify(body, headers), JSON.parse(body));
        return true;
    } catch (error) {
        assert.equal(error.message, 'No matching signature found');
        return false;
    }
}

/** Receives `count` requests, and answers 500 to the first. */
function receive(count) {
    const got = [];
    const server = createServer((request, response) => {
        const parts = [];
        request.on('data', part => parts.push(part));
        request.on('end', () => {
            got.push({headers: request.headers, body: Buffer.concat(parts).toString()});
            response.statusCode = got.length === 1 ? 500 : 200;
            response.end();
            if (got.length === count)
                done(got);
        });
    });
    let done;
    const all = new Promise(resolve => { done = resolve; });
    return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve({
        url: `http://127.0.0.1:${server.address().port}/hook`, all, close: () => server.close(),
    })));
}

/** The delivery with one thing changed; `what` says which. */
function altered({headers, body}, what) {
    const change = text => text.replace(/[0-9a-z](?=[^0-9a-z]*$)/, digit => digit === '7' ? '8' : '7');
    if (what === 'body')
        return {headers, body: body.replace('"succeeded"', '"failed"')};
    if (what === 'space')
        return {headers, body: body + ' '};
    return {headers: {...headers, [what]: change(headers[what])}, body};
}

async function test(binary, options) {
    const server = await serve(binary, '--speed', '100', ...options);
    const receiver = await receive(3);
    const replicate = new Replicate({auth: 'r8_clients', baseUrl: `${server.url}/v1`});
    const {key: secret} = await replicate.webhooks.default.secret.get();
    assert.equal(secret, options[1] ?? secret);

    for (const prompt of ['a turtle', 'eine Schildkröte 🐢 <b>&"quoted"</b> \u2028 \\ \t'])
        await replicate.predictions.create({
            version: VERSION, input: {prompt, image: 'https://example.com/a.png', structure: 'canny'},
            webhook: receiver.url, webhook_events_filter: ['completed'],
        });
    for (const delivery of await receiver.all) {
        for (const [name, judge] of Object.entries(judges)) {
            assert.equal(await judge(delivery.headers, delivery.body, secret), true,
                `${name} refuses ${delivery.body}`);
            for (const what of ['body', 'space', 'webhook-id', 'webhook-timestamp', 'webhook-signature']) {
                const {headers, body} = altered(delivery, what);
                assert.notDeepEqual({headers, body}, delivery);
                assert.equal(await judge(headers, body, secret), false, `${name} accepts another ${what}`);
            }
            const other = secret.replace(/_./, '_Z');
            assert.notEqual(other, secret);
            assert.equal(await judge(delivery.headers, delivery.body, other), false, `${name} accepts another secret`);
        }
    }
    receiver.close();
    await server.stop();
}

run(async binary => {
    for (const options of SECRETS)
        await test(binary, options);
});
