// Writes schemas and values made by chance, with ajv's verdict, for schema_conformance: one JSON object a line.
// Usage: ajv_cases.mjs SEED COUNT. The same two give the same cases. What was made is told on stderr.
//
// Kept apart because ajv judges otherwise than JSON Schema, or than the draft that we keep to:
//   - it divides binary fractions: divisors are such that this is exact, values beside them are modest
//   - "$ref" stands alone, as ajv knows the later rule that what is beside it counts
//   - properties have no names that every object of JavaScript has; one named "" is never required, as ajv does
//     not see that it is missing
//   - uniqueItems does not stand beside a list of items: ajv forgets it where the array is shorter than the list
//   - patterns have no back references, which our engine refuses, as Go's does
import Ajv from 'ajv';
import Ajv04 from 'ajv-draft-04';

const [seed, count] = process.argv.slice(2).map(Number);
const VALUES_PER_SCHEMA = 8;
const OPTIONS = {
  strict: false, ownProperties: true, validateFormats: false, logger: false, code: {optimize: false},
};

// ---- Chance ----

let state = seed >>> 0;

function chance() { // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

const below = (n) => Math.floor(chance() * n);
const maybe = (share) => chance() < share;
const pick = (list) => list[below(list.length)];
const times = (n, make) => Array.from({length: n}, (_, i) => make(i));
const some = (list, n) => [...list].sort(() => chance() - 0.5).slice(0, n);

// ---- Values ----

const NAMES = ['a', 'b', 'c', 'd', 'e', 'x y', 'a/b', 'a~b', 'a.b', 'é', '😀', '', '0', '"', '%25', '<&>'];
const CHARACTERS = [...'abcA12 -_éü日😀😎\n"\\/<'];
const PATTERNS = ['^a', 'b$', '^[a-c]*$', '^\\d+$', '\\w', '^\\W', '^.{2,3}$', '^(a|b)+$', '^\\S+$', '\\s', 'é|ü',
  '[😀-😎]', '^\\u00e9', '^(?=a)', '^(?!a)', '^(?:a|1)', 'a{2,}', '\\b1', '^$', '[^a]', '\\p{L}', '^\\D*$', '\\/', '^a.*b$',
  '^[\\w-]+$', '^.$', '\\x61', '^(?<first>a)'];
const DIVISORS = [1, 2, 3, 5, 10, 0.5, 0.25];
const LARGE = [4294967296, 9007199254740992, 1e20, 1e21, 1.5e300, 1e-7, 2.5e-9, 12345678901234567e3, 0.1 + 0.2];
const TYPES = ['null', 'boolean', 'string', 'number', 'integer', 'array', 'object'];

const text = () => times(pick([0, 1, 1, 2, 2, 3, 4, 6]), () => pick(CHARACTERS)).join('');

function integer() {
  return pick([below(6), below(21) - 10, below(2001) - 1000, (below(2000001) - 1000000) * 10]);
}

/* `modest`: such that ajv can divide it. */
function number(modest) {
  const made = pick([integer, integer, () => integer() / 4, () => integer() / 10, () => integer() / 100,
    () => modest ? integer() : pick(LARGE) * pick([1, -1])])();
  return made === 0 ? 0 : made; // -0 is no other number
}

const scalar = (modest) => pick([() => null, () => maybe(0.5), text, () => number(modest)])();

function value(modest, depth) {
  if (depth <= 0 || maybe(0.4)) return scalar(modest);
  if (maybe(0.5)) return times(below(4), () => value(modest, depth - 1));
  return Object.fromEntries(some(NAMES, below(4)).map((name) => [name, value(modest, depth - 1)]));
}

// ---- Schemas ----

/* Where a schema is made: the draft, the definitions that it may refer to, how deep it is. A reference to what
 * holds it must be about something in the value, or it would have no end: `inside` tells that it is. */
const deeper = (at, more) => ({...at, depth: at.depth - 1, ...more});
const within = (at) => deeper(at, {inside: true});

const pair = (make) => [make(), make()].sort((a, b) => a - b);

function bounds(least, most, make) {
  const [low, high] = pair(make);
  return {...(maybe(0.6) && {[least]: low}), ...(maybe(0.6) && {[most]: high})};
}

function numberRules(at) {
  const [low, high] = pair(() => number(true));
  const rules = maybe(0.3) ? {multipleOf: pick(DIVISORS)} : {};
  for (const [bound, limit] of [['inimum', low - below(3)], ['aximum', high + below(3)]]) {
    const plain = 'm' + bound;
    const exclusive = 'exclusiveM' + bound;
    if (maybe(0.5)) rules[plain] = limit;
    if (maybe(0.3) && !(at.draft4 && !(plain in rules))) rules[exclusive] = at.draft4 ? maybe(0.6) : limit;
  }
  return rules;
}

const stringRules = () => ({
  ...bounds('minLength', 'maxLength', () => below(6)),
  ...(maybe(0.4) && {pattern: pick(PATTERNS)}),
});

function arrayRules(at) {
  const rules = bounds('minItems', 'maxItems', () => below(5));
  if (maybe(0.4)) rules.items = schema(within(at));
  else if (maybe(0.6)) rules.items = times(1 + below(3), () => schema(within(at)));
  if (maybe(0.4)) rules.additionalItems = maybe(0.4) ? maybe(0.3) : schema(within(at));
  if (!Array.isArray(rules.items) && maybe(0.4)) rules.uniqueItems = maybe(0.8);
  return rules;
}

function objectRules(at) {
  const names = some(NAMES, 1 + below(4));
  const rules = bounds('minProperties', 'maxProperties', () => below(6));
  if (maybe(0.8)) rules.properties = Object.fromEntries(names.map((name) => [name, schema(within(at))]));
  const required = some(names, 1 + below(2)).filter((name) => name !== '');
  if (required.length > 0 && maybe(0.5)) rules.required = required;
  if (maybe(0.5)) rules.additionalProperties = maybe(0.5) ? maybe(0.3) : schema(within(at));
  return rules;
}

const RULES = {
  null: () => ({}),
  boolean: () => ({}),
  string: stringRules,
  number: numberRules,
  integer: numberRules,
  array: arrayRules,
  object: objectRules,
};

function unequal(values) {
  const seen = new Map(values.map((each) => [JSON.stringify(each), each]));
  return [...seen.values()];
}

function enumeration(at) {
  const allowed = unequal(times(1 + below(4), () => value(true, 2)));
  return !at.draft4 && maybe(0.4) ? {const: allowed[0]} : {enum: allowed};
}

/* A type and its rules; at times rules of another one as well, which say nothing of it. */
function plain(at) {
  const scalars = TYPES.slice(0, 5);
  const type = pick(at.depth > 2 && maybe(0.8) ? ['array', 'object'] : at.depth > 0 ? TYPES : scalars);
  const rules = {...(maybe(0.1) && RULES[pick(['string', 'number'])](at)), ...RULES[type](at)};
  if (maybe(0.7)) rules.type = maybe(0.2) ? [...new Set([type, pick(TYPES)])] : type;
  if (typeof rules.type === 'string' && type !== 'null' && maybe(0.08)) rules.nullable = maybe(0.8);
  return rules;
}

function combined(at) {
  const keyword = pick(['anyOf', 'oneOf', 'allOf', 'not']);
  const branches = times(1 + below(3), () => schema(deeper(at)));
  if (keyword === 'allOf' && maybe(0.7)) {
    const type = pick(TYPES);
    return {allOf: branches.map(() => ({type, ...RULES[type](deeper(at))}))};
  }
  const beside = maybe(0.3) ? {...plain(deeper(at)), nullable: undefined} : {};
  return {...beside, [keyword]: keyword === 'not' ? branches[0] : branches};
}

function reference(at) {
  const open = at.definitions.filter((_, i) => at.inside || i > at.index);
  if (at.inside && maybe(0.3)) return {$ref: '#'};
  if (open.length === 0) return {};
  const step = pick(open).replaceAll('~', '~0').replaceAll('/', '~1');
  const escaped = maybe(0.5) ? encodeURIComponent(step) : step.replace(/[%"<> ]/g, encodeURIComponent);
  return {$ref: `#/definitions/${escaped}`};
}

function schema(at) {
  if (!at.draft4 && maybe(0.04)) return maybe(0.7);
  if (maybe(at.definitions.length > 0 ? 0.3 : 0.05)) return reference(at);
  if (maybe(0.12)) return enumeration(at);
  if (at.depth > 0 && maybe(0.25)) return combined(at);
  return plain(at);
}

function wholeSchema(draft4) {
  const definitions = some(NAMES.filter((name) => name !== ''), below(4));
  const at = {draft4, definitions, index: -1, depth: 3, inside: false};
  const root = plain(at);
  for (const [index, name] of definitions.entries()) {
    root.definitions ??= {};
    root.definitions[name] = schema({...at, index, depth: 2});
  }
  if (maybe(0.4)) Object.assign(root, combined(at));
  if (root.anyOf || root.oneOf || root.allOf || root.not) delete root.nullable;
  return JSON.parse(JSON.stringify(root));
}

// ---- Values that may fit a schema ----

function definition(root, pointer) {
  return pointer.slice(1).split('/').slice(1).reduce(
    (node, step) => node[decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')], root);
}

function fittingNumber(rules, modest) {
  const near = [rules.minimum, rules.maximum, rules.exclusiveMinimum, rules.exclusiveMaximum]
    .filter((bound) => typeof bound === 'number');
  const made = near.length > 0 && maybe(0.8) ? pick(near) + pick([0, 0, 1, -1, 0.5, -0.25]) : number(modest);
  const fitted = rules.multipleOf && maybe(0.8) ? Math.round(made / rules.multipleOf) * rules.multipleOf : made;
  return Number.isSafeInteger(Math.trunc(fitted)) ? Number(fitted.toFixed(2)) + 0 : fitted;
}

function fittingText(rules) {
  const made = times(8, text).filter((each) => !rules.pattern || new RegExp(rules.pattern, 'u').test(each));
  const letters = [...(made[0] ?? text())].slice(0, rules.maxLength ?? 9);
  while (letters.length < (rules.minLength ?? 0)) letters.push(pick(CHARACTERS));
  return letters.join('');
}

function fittingArray(rules, fit) {
  const most = rules.maxItems ?? 4;
  const length = Math.max(rules.minItems ?? 0, Math.min(below(4), most)) + (maybe(0.1) ? 1 : 0);
  const closed = Array.isArray(rules.items) && rules.additionalItems === false;
  return times(closed ? Math.min(length, rules.items.length) : length, (i) =>
    fit(Array.isArray(rules.items) ? rules.items[i] ?? rules.additionalItems ?? true : rules.items ?? true));
}

function fittingObject(rules, fit) {
  const known = Object.entries(rules.properties ?? {});
  const made = {};
  for (const [name, each] of known) if (maybe(0.7)) made[name] = fit(each);
  const add = (name) => made[name] ??= fit(rules.properties?.[name] ?? rules.additionalProperties ?? true);
  for (const name of rules.required ?? []) add(name);
  const lacking = (rules.minProperties ?? 0) - Object.keys(made).length;
  if (lacking > 0 && rules.additionalProperties !== false) some(NAMES, lacking).forEach(add);
  return made;
}

function impliedType(rules) {
  if (rules.properties || rules.required) return 'object';
  return rules.items ? 'array' : pick(TYPES);
}

function fitting(root, rules, modest, depth) {
  const fit = (each) => fitting(root, each, modest, depth - 1);
  if (typeof rules === 'boolean' || depth <= 0) return value(modest, Math.min(depth, 1));
  if (rules.$ref) return fitting(root, definition(root, rules.$ref), modest, depth - 1);
  if ('const' in rules) return rules.const;
  if (rules.enum) return pick(rules.enum);
  const branches = rules.anyOf ?? rules.oneOf ?? rules.allOf;
  if (branches && (!rules.type || maybe(0.6))) return fit(pick(branches));
  if (rules.nullable && maybe(0.2)) return null;
  switch (pick([rules.type ?? impliedType(rules)].flat())) {
  case 'null': return null;
  case 'boolean': return maybe(0.5);
  case 'string': return fittingText(rules);
  case 'integer': return Math.round(fittingNumber(rules, modest)) + 0;
  case 'number': return fittingNumber(rules, modest);
  case 'array': return fittingArray(rules, fit);
  default: return fittingObject(rules, fit);
  }
}

/* The same with one thing in it changed. */
function changed(old, modest) {
  const keys = old && typeof old === 'object' ? Object.keys(old) : [];
  if (keys.length === 0 || maybe(0.2)) return value(modest, 1);
  const copy = Array.isArray(old) ? [...old] : {...old};
  const key = pick(keys);
  if (maybe(0.6)) copy[key] = changed(old[key], modest);
  else if (Array.isArray(copy)) copy.push(maybe(0.5) ? old[key] : value(modest, 1));
  else if (maybe(0.5)) delete copy[key];
  else copy[pick(NAMES)] = value(modest, 1);
  return copy;
}

function candidate(root, fits, modest) {
  let made;
  for (let tries = 0; tries < 4; tries++) {
    made = fitting(root, root, modest, 6);
    if (fits(made)) break;
  }
  return maybe(0.3) ? changed(made, modest) : made;
}

// ---- Writing: one number and one string have many spellings ----

function writtenNumber(n) {
  if (maybe(0.75)) return JSON.stringify(n);
  if (n === 0 || !Number.isInteger(n) || Math.abs(n) > 1e6) return n.toExponential();
  return pick([`${n}.0`, `${n}.00e+0`, `${n}e0`, `${n}0E-1`, `${n / 10}e1`, n.toExponential()]);
}

function writtenText(s) {
  const plainly = JSON.stringify(s);
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return maybe(0.8) ? plainly : plainly.replace(/[^\x00-\x7f]/g, escaped);
}

function written(each) {
  if (typeof each === 'number') return writtenNumber(each);
  if (typeof each === 'string') return writtenText(each);
  if (Array.isArray(each)) return `[${each.map(written).join(',')}]`;
  if (each && typeof each === 'object') {
    return `{${Object.entries(each).map(([key, member]) => `${writtenText(key)}:${written(member)}`).join(',')}}`;
  }
  return JSON.stringify(each);
}

// ---- All of it ----

const tally = {schemas: 0, cases: 0, valid: 0};
let judges;

function writeCase(root, data, valid) {
  const name = `ajv/seed ${seed}, case ${tally.cases}`;
  process.stdout.write(
    `{"name":"${name}","schema":${written(root)},"data":${written(data)},"valid":${valid}}\n`);
  tally.cases++;
  tally.valid += valid;
}

function writeCasesOf(root, fits) {
  const modest = JSON.stringify(root).includes('multipleOf');
  const values = [value(modest, 2), ...times(VALUES_PER_SCHEMA, () => candidate(root, fits, modest))];
  for (const data of unequal(values)) writeCase(root, data, fits(data));
}

for (; tally.cases < count; tally.schemas++) {
  // They keep all that they compile.
  if (tally.schemas % 200 === 0) judges = [new Ajv(OPTIONS), new Ajv04(OPTIONS)];
  const draft4 = maybe(0.2);
  const root = wholeSchema(draft4);
  writeCasesOf(root, judges[Number(draft4)].compile(root));
}
console.error(`seed ${seed}: ${tally.cases} cases, ${Math.round(100 * tally.valid / tally.cases)} % of them valid, ` +
  `${tally.schemas} schemas`);
