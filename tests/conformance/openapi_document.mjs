// openapi_document.mjs FILE...: are these documents of OpenAPI? Judged by the specification's own schemas.
import {Validator} from '@seriousme/openapi-schema-validator';

let bad = 0;
for (const file of process.argv.slice(2)) {
    const validator = new Validator();
    const {valid, errors} = await validator.validate(file);
    console.error(`${file}: ${valid ? `OpenAPI ${validator.version}` : JSON.stringify(errors, null, 1)}`);
    bad += !valid || validator.version !== '3.1';
}
process.exit(bad ? 1 : 0);
