// The server under test as a child process.
import {spawn} from 'node:child_process';

const LONG = 500_000; // milliseconds: ends what hangs, also on a machine that has other work to do
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('REPLICATE_MOCK_')));

/** Starts the binary with these options; resolves with its URL and `stop`, which rejects if it does not end well. */
export async function serve(binary, ...options) {
    const child = spawn(binary, ['--port', '0', '--log-level', 'warn', ...options],
        {stdio: ['ignore', 'pipe', 'inherit'], env: clean});
    process.on('exit', () => child.kill('SIGKILL')); // where the test fails
    const ended = new Promise(resolve => child.on('exit', (code, signal) => resolve(code ?? signal)));
    const url = await new Promise((resolve, reject) => {
        let text = '';
        child.stdout.on('data', data => {
            text += data;
            const ready = /^replicate-mock listening on (\S+)\n/.exec(text);
            if (ready)
                resolve(ready[1]);
        });
        child.on('error', reject);
        ended.then(code => reject(new Error(`the server ends with ${code} before it is ready`)));
    });
    return {
        url,
        async stop() {
            child.kill('SIGTERM');
            const code = await ended;
            if (code !== 0)
                throw new Error(`the server ends with ${code}`);
        },
    };
}

/** Runs the test; whatever happens, this process ends, and its exit code says how. */
export function run(test) {
    setTimeout(() => {
        console.error(`not done within ${LONG / 1000} s`);
        process.exit(1);
    }, LONG).unref();
    test(process.argv[2]).then(() => process.exit(0), error => {
        console.error(error);
        process.exit(1);
    });
}
