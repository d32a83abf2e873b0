#!/usr/bin/env python3
"""Writes the cases of JSON-Schema-Test-Suite, drafts 4, 6 and 7, for schema_conformance: one object a line.

Usage: json_schema_test_suite.py FOLDER
FOLDER holds the sources of the package in requirements.txt, as pip downloaded them. What is left out is counted
on stderr, by reason.
"""
import collections
import hashlib
import json
import pathlib
import re
import sys
import tarfile

DRAFTS = ('draft4', 'draft6', 'draft7')

# Every file of the suite is in one of these two; one that is in neither, or that is gone, ends the program.
OURS = set('''
    additionalItems additionalProperties allOf anyOf boolean_schema const default definitions enum
    exclusiveMaximum exclusiveMinimum format infinite-loop-detection items maxItems maxLength maxProperties
    maximum minItems minLength minProperties minimum multipleOf not oneOf pattern properties ref required type
    uniqueItems
    optional/bignum optional/ecmascript-regex optional/float-overflow optional/non-bmp-regex
    '''.split())
NOT_OURS = {
    'contains': 'the keyword contains is not ours',
    'dependencies': 'the keyword dependencies is not ours',
    'if-then-else': 'the keywords if, then, else are not ours',
    'patternProperties': 'the keyword patternProperties is not ours',
    'propertyNames': 'the keyword propertyNames is not ours',
    'refRemote': 'a $ref out of the document is not ours',
    'optional/content': 'the keywords contentEncoding, contentMediaType are not ours',
    'optional/cross-draft': 'a $ref out of the document is not ours',
    'optional/id': 'the keyword $id is not ours',
    'optional/unknownKeyword': 'the keyword $id is not ours',
    'optional/zeroTerminatedFloats': '1.0 is an integer, as from draft 6 on',
}
FORMATS = 'formats are judged as gojsonschema does, see gojsonschema/'

KEYWORDS_NOT_OURS = ('$id', 'id', 'contains', 'dependencies', 'propertyNames', 'patternProperties', 'if', 'then',
                     'else', 'contentEncoding', 'contentMediaType')
SCHEMAS = ('items', 'additionalItems', 'additionalProperties', 'not', 'anyOf', 'oneOf', 'allOf')
MAPS_OF_SCHEMAS = ('properties', 'definitions')


class Number(str):
    """A number by its text: a float of Python would lose digits that the suite is about."""


def written(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return '{' + ','.join(f'{json.dumps(key)}:{written(member)}' for key, member in value.items()) + '}'
    if isinstance(value, list):
        return '[' + ','.join(map(written, value)) + ']'
    return json.dumps(value)


def subschemas(schema):
    for key, value in schema.items():
        if key in SCHEMAS:
            yield from value if isinstance(value, list) else [value]
        elif key in MAPS_OF_SCHEMAS and isinstance(value, dict):
            yield from value.values()


def why_left_out(schema, draft):
    """What in a schema is not ours; None: nothing. An enum's values and the names of properties say nothing."""
    if not isinstance(schema, dict):
        return None
    if isinstance(schema.get('$ref'), str) and not schema['$ref'].startswith('#'):
        return 'a $ref out of the document is not ours'
    for keyword in KEYWORDS_NOT_OURS:
        if keyword in schema and not (keyword == 'id' and draft != 'draft4'):
            return f'the keyword {keyword} is not ours'
    reasons = (why_left_out(each, draft) for each in subschemas(schema))
    return next(filter(None, reasons), None)


def checked_archive(folder):
    """The one file in the folder, if it is the one that requirements.txt means: it may have lain there for long."""
    requirements = pathlib.Path(__file__).parent / 'requirements.txt'
    expected = re.search(r'sha256:(\w+)', requirements.read_text()).group(1)
    found = pathlib.Path(folder).glob('*.tar.gz')
    good = [path for path in found if hashlib.sha256(path.read_bytes()).hexdigest() == expected]
    if not good:
        sys.exit(f'json_schema_test_suite: {folder} lacks the archive with the hash in requirements.txt')
    return good[0]


def files_of(archive):
    """Of each file of the three drafts: the draft, the name within it, the groups of cases."""
    with tarfile.open(archive) as tar:
        for member in tar:
            match = re.fullmatch(r'[^/]+/json/tests/(\w+)/(.+)\.json', member.name)
            if match and match.group(1) in DRAFTS:
                groups = json.load(tar.extractfile(member), parse_float=Number, parse_int=Number)
                yield match.group(1), match.group(2), groups


def reason_of_file(name):
    return FORMATS if name.startswith('optional/format/') else NOT_OURS.get(name)


def check_names(names):
    known = OURS | set(NOT_OURS)
    names = {name for name in names if reason_of_file(name) != FORMATS}
    if names != known:
        new, gone = sorted(names - known), sorted(known - names)
        sys.exit(f'json_schema_test_suite: files that nobody decided about: {new}; files that are gone: {gone}')


def print_cases(draft, name, group):
    for test in group['tests']:
        title = f'suite/{name}.json: {group["description"]}: {test["description"]} ({draft})'
        print(written({'name': title, 'schema': group['schema'], 'data': test['data'], 'valid': test['valid']}))


def main():
    left_out = collections.Counter()
    names = set()
    for draft, name, groups in files_of(checked_archive(sys.argv[1])):
        names.add(name)
        for group in groups:
            why = reason_of_file(name) or why_left_out(group['schema'], draft)
            if why:
                left_out[why] += len(group['tests'])
            else:
                print_cases(draft, name, group)
    check_names(names)
    for why, count in sorted(left_out.items()):
        print(f'{count:5} cases left out: {why}', file=sys.stderr)


if __name__ == '__main__':
    main()
