/* The schema engine where the conformance suites do not look: what cannot be read is told by its path, whatever runs in
 * circles ends, and the order, the depth and the cost of what is told. */
#include "base/buf.h"
#include "core/schema.h"
#include "lib/suite.h"

#include <stdio.h>

static struct arena arena;

static char *quoted(const char *text)
{
    char *copy = arena_strndup(&arena, text, strlen(text));

    for (char *at = copy; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return copy;
}

static const cJSON *parse(const char *text)
{
    struct json_error error;
    const char *json = quoted(text);
    const cJSON *tree = json_parse(&arena, json, strlen(json), JSON_GRAMMAR, &error);

    ck_assert_msg(tree != NULL, "%s: line %zu, column %zu: %s", json, error.line, error.column, error.reason);
    return tree;
}

static const char *lines_of(const struct faults *faults)
{
    const char *lines = "";

    for (size_t i = 0; i < faults->count; i++)
        lines = arena_printf(&arena, "%s%s%s: %s", lines, i == 0 ? "" : "\n", faults->list[i].field,
                             faults->list[i].description);
    return lines;
}

static const struct schema *compile(const char *text)
{
    struct faults faults;

    faults_init(&faults, &arena);
    const struct schema *schema = schema_compile(&arena, parse(text), "#", &faults);
    ck_assert_msg(schema != NULL, "%s: %s", text, lines_of(&faults));
    return schema;
}

/* What is wrong with `value`, as lines; "" is nothing. */
static const char *check(const struct schema *schema, const char *value)
{
    struct faults faults;

    faults_init(&faults, &arena);
    bool right = schema_validate(schema, parse(value), "input", &faults);
    ck_assert_int_eq(right, faults.count == 0);
    return lines_of(&faults);
}

START_TEST(test_what_cannot_be_read)
{
    static const struct {
        const char *schema, *lines;
    } cases[] = {
        {"3", ": a schema is an object, true or false; this is of the type integer"},
        {"{'type':'text'}", "type: a type is null, boolean, string, number, integer, array or object"},
        {"{'type':[]}", "type: a list of types has at least one"},
        {"{'type':['string',5]}", "type: a type is null, boolean, string, number, integer, array or object"},
        {"{'enum':[]}", "enum: an array of at least one value is expected"},
        {"{'enum':'a'}", "enum: an array of at least one value is expected"},
        {"{'minimum':'1'}", "minimum: a number is expected, this is of the type string"},
        {"{'exclusiveMaximum':true}", "exclusiveMaximum: true and false need maximum beside them"},
        {"{'exclusiveMinimum':'1','minimum':1}", "exclusiveMinimum: a number is expected, this is of the type string"},
        {"{'multipleOf':0}", "multipleOf: a number more than 0 is expected, with at most 9 digits that count"},
        {"{'multipleOf':-2}", "multipleOf: a number more than 0 is expected, with at most 9 digits that count"},
        {"{'multipleOf':0.1234567891}",
         "multipleOf: a number more than 0 is expected, with at most 9 digits that count"},
        {"{'minLength':-1}", "minLength: a whole number is expected, not less than 0"},
        {"{'maxItems':1.5}", "maxItems: a whole number is expected, not less than 0"},
        {"{'maxProperties':1e300}", "maxProperties: a whole number is expected, not less than 0"},
        {"{'uniqueItems':1}", "uniqueItems: true or false is expected"},
        {"{'format':1}", "format: a string is expected, this is of the type integer"},
        {"{'pattern':1}", "pattern: a regular expression is a string, not integer"},
        {"{'required':'a'}", "required: an array of names is expected, this is of the type string"},
        {"{'required':['a',1]}", "required: an array of names is expected, in this is a value of the type integer"},
        {"{'properties':[]}", "properties: an object of schemas is expected, this is of the type array"},
        {"{'anyOf':{}}", "anyOf: an array of schemas is expected, this is of the type object"},
        {"{'oneOf':[]}", "oneOf: at least one schema is expected"},
        {"{'allOf':[{},{'not':7}]}", "allOf.1.not: a schema is an object, true or false; this is of the type integer"},
        {"{'items':[{},null]}", "items.1: a schema is an object, true or false; this is of the type null"},
        {"{'items':[{}],'additionalItems':'a'}",
         "additionalItems: a schema is an object, true or false; this is of the type string"},
        {"{'$ref':7}", "$ref: a reference is a string, not integer"},
        {"{'$ref':'#/definitions/a'}", "$ref: '#/definitions/a' leads to nothing in this document; a reference looks "
                                       "like '#/components/schemas/Name'"},
        {"{'$ref':'other.json#/a'}", "$ref: 'other.json#/a' leads to nothing in this document; a reference looks "
                                     "like '#/components/schemas/Name'"},
        {"{'$ref':'#/~2'}",
         "$ref: '#/~2' leads to nothing in this document; a reference looks like '#/components/schemas/Name'"},
        {"{'a':5,'items':{'$ref':'#/a'}}", "a: a schema is an object, true or false; this is of the type integer"},
        // All at once, each by its path.
        {"{'properties':{'b':{'type':'x'},'a':{'items':{'minimum':null}}},'required':0}",
         "required: an array of names is expected, this is of the type integer\n"
         "properties.b.type: a type is null, boolean, string, number, integer, array or object\n"
         "properties.a.items.minimum: a number is expected, this is of the type null"},
        {"{'unused':{'type':'x'},'properties':{'a':{'type':'string'}}}", ""}, // what nothing leads to is not looked at
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct faults faults;
        faults_init(&faults, &arena);
        const struct schema *schema = schema_compile(&arena, parse(cases[i].schema), "#", &faults);
        ck_assert_str_eq(lines_of(&faults), quoted(cases[i].lines));
        ck_assert_int_eq(schema == NULL, *cases[i].lines != '\0');
    }
}
END_TEST

START_TEST(test_where_the_schema_stands)
{
    const cJSON *document = parse("{'components':{'schemas':{'Input':{'type':'array'}}}}");
    struct faults faults;

    faults_init(&faults, &arena);
    ck_assert_ptr_nonnull(schema_compile(&arena, document, "#/components/schemas/Input", &faults));
    ck_assert_ptr_null(schema_compile(&arena, document, "#/components/schemas/Output", &faults));
    ck_assert_str_eq(lines_of(&faults), ": there is nothing at #/components/schemas/Output");
}
END_TEST

START_TEST(test_circles)
{
    static const char endless[] = "the schema refers to itself for one and the same value, without end";
    static const struct {
        const char *schema, *field;
    } cases[] = {
        {"{'$ref':'#'}", ""},
        {"{'allOf':[{'$ref':'#'}]}", ""},
        {"{'not':{'$ref':'#'}}", ""},
        {"{'anyOf':[{'oneOf':[{'$ref':'#/anyOf/0'}]}]}", "anyOf.0"},
        {"{'properties':{'a':{'$ref':'#/b'}},'b':{'$ref':'#/c'},'c':{'$ref':'#/b'}}", "b"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct faults faults;
        faults_init(&faults, &arena);
        ck_assert_ptr_null(schema_compile(&arena, parse(cases[i].schema), "#", &faults));
        ck_assert_str_eq(lines_of(&faults), arena_printf(&arena, "%s: %s", cases[i].field, endless));
    }
    // A circle through the parts of a value ends with the value.
    const struct schema *tree = compile("{'properties':{'leaf':{'type':'string'},'next':{'$ref':'#'}}}");
    ck_assert_str_eq(check(tree, "{'next':{'next':{'next':{'leaf':'a'}}}}"), "");
    ck_assert_str_eq(check(tree, "{'next':{'next':{'leaf':1}}}"),
                     "input.next.next.leaf: Invalid type. Expected: string, given: integer");
}
END_TEST

/* {"allOf":[{"allOf":[ … {} … ]}]}, so many schemas one in the other. */
static const char *nested(const char *open, const char *inner, const char *close, int depth)
{
    struct buf text = {0};

    for (int i = 0; i < depth; i++)
        buf_str(&text, open);
    buf_str(&text, inner);
    for (int i = 0; i < depth; i++)
        buf_str(&text, close);
    const char *copy = arena_strndup(&arena, text.data, text.len);
    buf_free(&text);
    return copy;
}

START_TEST(test_depth_for_one_value)
{
    struct faults faults;

    compile(nested("{'allOf':[", "{}", "]}", 15));
    faults_init(&faults, &arena);
    ck_assert_ptr_null(schema_compile(&arena, parse(nested("{'allOf':[", "{}", "]}", 16)), "#", &faults));
    ck_assert_ptr_nonnull(strstr(lines_of(&faults), "one value would go through more than 16 schemas"));
}
END_TEST

START_TEST(test_depth_of_values)
{
    const struct schema *schema = compile("{'$ref':'#/definitions/list','definitions':{'list':"
                                          "{'anyOf':[{'type':'array','items':{'$ref':'#/definitions/list'}},"
                                          "{'type':'integer'}]}}}");

    ck_assert_str_eq(check(schema, nested("[", "1", "]", 128)), "");
    ck_assert_ptr_nonnull(strstr(check(schema, nested("[", "null", "]", 128)), "Must validate at least one"));
}
END_TEST

/* Each level doubles what there is to do. A budget ends it, and says so. */
START_TEST(test_cost_is_bounded)
{
    const struct schema *schema =
        compile("{'type':'object','anyOf':[{'properties':{'a':{'$ref':'#'}}},{'properties':{'a':{'$ref':'#'}}}]}");
    const struct schema *pattern = compile("{'items':{'pattern':'^(a+)+$'}}");

    ck_assert_str_eq(check(schema, nested("{'a':", "{}", "}", 100)), "");
    ck_assert_ptr_nonnull(strstr(check(schema, nested("{'a':", "1", "}", 100)),
                                 "Internal Error: the input takes more than 4000000 steps to validate"));
    ck_assert_str_eq(check(pattern, "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!','']"),
                     "input.0: Internal Error: the input takes more than 4000000 steps to validate");
}
END_TEST

/* To go through a long text or a large object again and again is paid for. */
START_TEST(test_long_values_cost_more)
{
    const char *alternatives = nested("{'minLength':99999999},", "", "", 999);
    const struct schema *lengths = compile(arena_printf(&arena, "{'anyOf':[%s{'minLength':99999999}]}", alternatives));
    const char *text = nested("a", "", "", 2000000);

    ck_assert_ptr_nonnull(strstr(check(lengths, "'short'"), "Must validate at least one"));
    ck_assert_str_eq(check(lengths, arena_printf(&arena, "'%s'", text)),
                     "input: Internal Error: the input takes more than 4000000 steps to validate");
    const char *objects = nested("{'required':['x'],'properties':{'y':{}}},", "", "", 999);
    const struct schema *members = compile(arena_printf(&arena, "{'anyOf':[%s{'required':['x']}]}", objects));
    struct buf many = {0};
    for (int i = 0; i < 9000; i++)
        buf_printf(&many, "%s\"k%d\":0", i == 0 ? "{" : ",", i);
    buf_char(&many, '}');
    ck_assert_str_eq(check(members, buf_cstr(&many)),
                     "input: Internal Error: the input takes more than 4000000 steps to validate");
    buf_free(&many);
}
END_TEST

START_TEST(test_order)
{
    const struct schema *schema = compile(
        "{'properties':{'none':{'type':'null'},'two':{'type':'null','x-order':2},'one':{'type':'null','x-order':1},"
        "'late':{'type':'null'},'zero':{'type':'null','x-order':0}},'required':['q','b','two'],"
        "'additionalProperties':false}");

    ck_assert_str_eq(check(schema, "{'other':1,'late':1,'none':1,'one':1,'zero':1}"),
                     "input: q is required\ninput: b is required\ninput: two is required\n"
                     "input: Additional property other is not allowed\n"
                     "input.zero: Invalid type. Expected: null, given: integer\n"
                     "input.one: Invalid type. Expected: null, given: integer\n"
                     "input.none: Invalid type. Expected: null, given: integer\n"
                     "input.late: Invalid type. Expected: null, given: integer");
}
END_TEST

/* Objects with more members than are looked through one by one. */
START_TEST(test_large_objects)
{
    const struct schema *schema =
        compile("{'properties':{'k7':{'type':'string'},'k999':{'type':'string'}},'required':['k0','k1000'],"
                "'additionalProperties':{'type':'integer'}}");
    struct buf text = {0};

    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "%s\"k%d\":%d", i == 0 ? "{" : ",", i, i);
    buf_lit(&text, ",\"x\":null}");
    ck_assert_str_eq(check(schema, buf_cstr(&text)), "input: k1000 is required\n"
                                                     "input.x: Invalid type. Expected: integer, given: null\n"
                                                     "input.k7: Invalid type. Expected: string, given: integer\n"
                                                     "input.k999: Invalid type. Expected: string, given: integer");
    buf_free(&text);
}
END_TEST

START_TEST(test_unique_items)
{
    const struct schema *schema = compile("{'uniqueItems':true}");
    struct buf text = {0};

    ck_assert_str_eq(check(schema, "[1,2,1,3,1.0,2]"), "input: array items[0,2] must be unique\n"
                                                       "input: array items[2,4] must be unique\n"
                                                       "input: array items[1,5] must be unique");
    for (int i = 0; i < 50000; i++) // in a moment, though each equals none
        buf_printf(&text, "%s%d", i == 0 ? "[" : ",", i * 7919 % 50021);
    buf_char(&text, ']');
    ck_assert_str_eq(check(schema, buf_cstr(&text)), "");
    buf_free(&text);
}
END_TEST

START_TEST(test_nullable)
{
    const struct schema *schema =
        compile("{'properties':{'a':{'type':'string','nullable':true},"
                "'b':{'enum':['x'],'nullable':true},'c':{'type':'string','nullable':false}}}");

    ck_assert_str_eq(check(schema, "{'a':null,'b':null}"), "");
    ck_assert_str_eq(check(schema, "{'c':null}"), "input.c: Invalid type. Expected: string, given: null");
    ck_assert_str_eq(check(schema, "{'b':'y'}"), "input.b: b must be one of the following: \"x\"");
}
END_TEST

START_TEST(test_faults_are_bounded)
{
    const struct schema *schema = compile("{'items':{'type':'string'}}");
    struct faults faults;

    faults_init(&faults, &arena);
    ck_assert(!schema_validate(schema, parse(nested("[1,", "1", "]", 1)), "input", &faults));
    ck_assert_uint_eq(faults.count, 2);
    char *many = arena_printf(&arena, "[0%s]", nested(",0", "", "", 1000));
    faults_init(&faults, &arena);
    ck_assert(!schema_validate(schema, parse(many), "input", &faults));
    ck_assert_uint_eq(faults.count, FAULTS_MAX);
    // A path of many long keys is cut, and not amid a character.
    const struct schema *deep = compile("{'$ref':'#/n','n':{'additionalProperties':{'$ref':'#/n'},'type':'object'}}");
    const char *key = nested("\xc3\xa9", "", "", 300);
    const char *value = arena_printf(&arena, "{'%s':{'%s':{'%s':1}}}", key, key, key);
    faults_init(&faults, &arena);
    ck_assert(!schema_validate(deep, parse(value), "input", &faults));
    size_t len = strlen(faults.list[0].field);
    ck_assert_msg(len <= 1040 && strcmp(faults.list[0].field + len - 5, "\xc3\xa9...") == 0, "%s",
                  faults.list[0].field);
}
END_TEST

START_TEST(test_long_texts_have_no_pattern)
{
    const struct schema *schema = compile("{'pattern':'^a*$'}");
    const char *fits = nested("a", "", "", 65536);

    ck_assert_str_eq(check(schema, arena_printf(&arena, "'%s'", fits)), "");
    ck_assert_str_eq(check(schema, arena_printf(&arena, "'a%s'", fits)),
                     "input: Longer than 65536 bytes, so it is not matched against the pattern '^a*$'");
}
END_TEST

static void tear_down(void)
{
    arena_free(&arena);
}

SUITE_WITH("schema", NULL, tear_down, test_what_cannot_be_read, test_where_the_schema_stands, test_circles,
           test_depth_for_one_value, test_depth_of_values, test_cost_is_bounded, test_long_values_cost_more, test_order,
           test_large_objects, test_unique_items, test_nullable, test_faults_are_bounded,
           test_long_texts_have_no_pattern);
