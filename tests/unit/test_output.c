/* From an Output schema to an output: the shape, what is drawn for it, and that the schema itself accepts it. */
#include "lib/outputs.h"
#include "base/embed.h"
#include "core/output_kind.h"
#include "lib/suite.h"

#include <stdio.h>

static struct arena arena;
static struct catalog catalog;

static void set_up(void)
{
    catalog_init(&catalog, (struct hash_key){1, 2});
}

static void tear_down(void)
{
    catalog_free(&catalog);
    arena_free(&arena);
}

static const cJSON *add(const char *text, size_t len)
{
    struct json_error error;
    struct faults faults;
    const cJSON *json = json_parse(&arena, text, len, JSON_GRAMMAR, &error);

    faults_init(&faults, &arena);
    ck_assert_msg(json != NULL, "%s: %s", text, error.reason);
    ck_assert_msg(catalog_add(&catalog, json, (struct slice){text, len}, &faults), "%s: %s", text,
                  faults.count > 0 ? faults.list[0].description : "");
    return json;
}

/* A model of that Output schema and those further members; ' stands for ". */
static const cJSON *add_model(const char *name, const char *output, const char *components, const char *more)
{
    char *text =
        arena_printf(&arena,
                     "{'owner':'acme','name':'%s',%s'latest_version':{'id':'%s','openapi_schema':{'components':"
                     "{'schemas':{%s'Input':{},'Output':%s}}}}}",
                     name, more, name, components, output);

    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return add(text, strlen(text));
}

static const struct version *version_of(const char *output, const char *more)
{
    add_model("m", output, "", more);
    return catalog_resolve(&catalog, "m");
}

static const char *made(const char *output, const char *input)
{
    struct plan plan;

    return outputs_make(&arena, version_of(output, ""), input, &plan);
}

static struct plan plan_of(const char *output, const char *more, const char *input)
{
    struct plan plan;

    outputs_make(&arena, version_of(output, more), input, &plan);
    return plan;
}

/* ---- Does it fit? ---- */

#define DEFINED                                                                                                        \
    "'Node':{'type':'object','required':['value','next'],'properties':{'value':{'type':'integer'},'next':{'anyOf':["   \
    "{'$ref':'#/components/schemas/Node'},{'type':'null'}]},'children':{'type':'array','items':{'$ref':"               \
    "'#/components/schemas/Node'}}}},'Size':{'type':'string','enum':['small','large']},'Box':{'type':'object',"        \
    "'required':['left'],'properties':{'left':{'type':'number','minimum':0},'size':{'allOf':[{'$ref':"                 \
    "'#/components/schemas/Size'}],'default':'large'}}},"

static const char *const schemas[] = {
    "true",
    "{}",
    "{'type':'string'}",
    "{'type':'string','format':'uri'}",
    "{'type':'string','minLength':300}",
    "{'type':'string','maxLength':3}",
    "{'type':'string','minLength':7,'maxLength':7}",
    "{'type':'string','maxLength':0}",
    "{'type':'string','enum':['a','b']}",
    "{'type':'string','default':'usual'}",
    "{'type':'string','default':null}",
    "{'type':'string','nullable':true}",
    "{'type':['null','string']}",
    "{'const':{'b':[1,null],'a':'x'}}",
    "{'enum':[null,3,{'x':1.50}]}",
    "{'enum':[null]}",
    "{'type':'null'}",
    "{'type':'boolean'}",
    "{'type':'integer'}",
    "{'type':'integer','minimum':7,'maximum':7}",
    "{'type':'integer','minimum':-3.5,'exclusiveMaximum':-1}",
    "{'type':'integer','exclusiveMinimum':2,'maximum':3}",
    "{'type':'integer','minimum':2,'exclusiveMinimum':true,'maximum':3}",
    "{'type':'integer','maximum':-1000}",
    "{'type':'integer','multipleOf':64,'minimum':100}",
    "{'type':'integer','multipleOf':0.25,'minimum':0.5}",
    "{'type':'number'}",
    "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':1}",
    "{'type':'number','minimum':1e300}",
    "{'type':'number','multipleOf':0.01,'minimum':0.005,'maximum':0.03}",
    "{'type':'number','minimum':5}",
    "{'minimum':5}",
    "{'type':'string','format':'date'}",
    "{'type':'string','format':'date-time'}",
    "{'type':'string','format':'time'}",
    "{'type':'string','format':'email'}",
    "{'type':'string','format':'hostname'}",
    "{'type':'string','format':'ipv4'}",
    "{'type':'string','format':'ipv6'}",
    "{'type':'string','format':'uuid'}",
    "{'type':'string','format':'uri-reference'}",
    "{'type':'string','format':'binary'}",
    "{'type':'array'}",
    "{'type':'array','items':{'type':'string'}}",
    "{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}",
    "{'type':'array','items':{'type':'string'},'minItems':5}",
    "{'type':'array','items':{'type':'string'},'maxItems':1}",
    "{'type':'array','items':{'type':'string','format':'uri'},'minItems':3,'maxItems':3}",
    "{'type':'array','items':{'type':'string','format':'uri'},'maxItems':0}",
    "{'type':'array','items':{'type':'array','items':{'type':'string','format':'uri'}},'x-cog-array-type':'iterator'}",
    "{'type':'array','items':{'type':'number'},'minItems':30}",
    "{'type':'array','items':{'type':'array','items':{'type':'number'}}}",
    "{'type':'array','items':[{'type':'string'},{'type':'number'}],'additionalItems':false,'minItems':2}",
    "{'type':'array','items':[{'type':'string'}],'additionalItems':{'type':'integer'},'minItems':4}",
    "{'type':'array','items':{'enum':['a','b']},'uniqueItems':true}",
    "{'type':'array','maxItems':0}",
    "{'type':'object'}",
    "{'type':'object','additionalProperties':false}",
    "{'type':'object','additionalProperties':{'type':'number'}}",
    "{'type':'object','additionalProperties':{'type':'number'},'minProperties':3}",
    "{'type':'object','maxProperties':1,'required':['b'],'properties':{'a':{'type':'null'},'b':{'type':'boolean'}}}",
    "{'type':'object','required':['undeclared','a'],'properties':{'a':{'type':'string','format':'uri'}}}",
    "{'type':'object','properties':{'never':false,'some':true,'a\\u0022b\\\\c':{'type':'number'}}}",
    "{'properties':{'a':{'type':'number'}}}",
    "{'type':'object','nullable':true,'properties':{'text':{'type':'string','nullable':true}}}",
    "{'$ref':'#/components/schemas/Box'}",
    "{'$ref':'#/components/schemas/Node'}",
    "{'type':'array','items':{'$ref':'#/components/schemas/Node'}}",
    "{'allOf':[{'$ref':'#/components/schemas/Box'},{'type':'object','required':['n'],'properties':{'n':{'type':"
    "'integer','minimum':3},'left':{'maximum':2}}}]}",
    "{'allOf':[{'type':'number'},{'type':'integer'},{'minimum':3},{'maximum':4}]}",
    "{'anyOf':[{'type':'null'},{'type':'array','items':{'type':'string','format':'uri'}}]}",
    "{'oneOf':[{'type':'string','format':'uri'},{'type':'integer'}]}",
    "{'anyOf':[{'type':'array','items':{'type':'integer'}},{'type':'array','items':{'type':'boolean'}}]}",
    "{'type':'object','properties':{'deep':{'type':'object','properties':{'deeper':{'type':'array','items':{'type':"
    "'object','required':['uri'],'properties':{'uri':{'type':'string','format':'uri'},'score':{'type':'number'}}}}}}}}",
};

START_TEST(test_outputs_fit_their_schemas)
{
    for (size_t i = 0; i < COUNT(schemas); i++) {
        const cJSON *model = add_model("m", schemas[i], DEFINED, "");
        for (int seed = 0; seed < 8; seed++) {
            const char *why = outputs_misfit(&arena, &catalog, model, arena_printf(&arena, "{\"seed\":%d}", seed));
            ck_assert_msg(why == NULL, "%s\n%s", schemas[i], why);
        }
    }
}
END_TEST

START_TEST(test_outputs_of_compiled_in_models_fit)
{
    static const char prefix[] = "schema/models/";
    int count = 0;

    for (const struct embedded *file = embedded_files; file->path; file++) {
        if (strncmp(file->path, prefix, sizeof(prefix) - 1) != 0)
            continue;
        const cJSON *model = add(file->data, file->len);
        if (!json_get(json_get(model, "latest_version"), "openapi_schema"))
            continue;
        const char *why = outputs_misfit(&arena, &catalog, model, "{\"prompt\":\"a turtle\"}");
        ck_assert_msg(why == NULL, "%s: %s", file->path, why);
        count++;
    }
    ck_assert_int_gt(count, 0);
}
END_TEST

/* ---- What is it? ---- */

#define URL "\"http://localhost/delivery/pbxt/key/"

START_TEST(test_outputs)
{
    static const struct {
        const char *schema, *output;
    } table[] = {
        {"{'const':{'b':[1,null],'a':'x'}}", "{\"a\":\"x\",\"b\":[1,null]}"},
        {"{'type':'null'}", "null"},
        {"{'type':'string','default':'usual'}", "\"usual\""},
        {"{'type':'integer','minimum':7,'maximum':7}", "7"},
        {"{'type':'number','minimum':0.5,'maximum':0.5}", "0.5"},
        {"{'type':'integer','exclusiveMinimum':2,'exclusiveMaximum':4}", "3"},
        {"{'type':'integer','minimum':2,'exclusiveMinimum':true,'maximum':4,'exclusiveMaximum':true}", "3"},
        {"{'type':'number','multipleOf':0.5,'exclusiveMinimum':0.5,'exclusiveMaximum':1.5}", "1"},
        {"{'type':'string','format':'uri'}", URL "0\""},
        {"{'type':'array','items':{'type':'string','format':'uri'},'minItems':3}",
         "[" URL "0\"," URL "1\"," URL "2\"]"},
        {"{'type':'array','items':{'type':'string','format':'uri'},'maxItems':0}", "[]"},
        {"{'anyOf':[{'type':'null'},{'type':'string','format':'uri'}]}", URL "0\""},
        {"{'type':'object','properties':{'c':{'const':1},'a':{'type':'string','format':'uri'},'b':{'type':'array',"
         "'items':{'type':'string','format':'uri'}}}}",
         "{\"a\":" URL "0\",\"b\":[" URL "1\"," URL "2\"," URL "3\"],\"c\":1}"},
        {"{'type':'array','items':{'type':'object','properties':{'file':{'type':'string','format':'uri'},'n':{'const':"
         "null}}}}",
         "[{\"file\":" URL "0\",\"n\":null},{\"file\":" URL "1\",\"n\":null}]"},
        // more files than a prediction has: the last one again
        {"{'type':'array','items':{'type':'array','minItems':17,'items':{'type':'string','format':'uri'}},'maxItems':"
         "1}",
         "[[" URL "0\"," URL "1\"," URL "2\"," URL "3\"," URL "4\"," URL "5\"," URL "6\"," URL "7\"," URL "8\"," URL
         "9\"," URL "10\"," URL "11\"," URL "12\"," URL "13\"," URL "14\"," URL "15\"," URL "15\"]]"},
    };

    for (size_t i = 0; i < COUNT(table); i++)
        for (int seed = 0; seed < 8; seed++) // nothing of it is left to chance
            ck_assert_str_eq(made(table[i].schema, arena_printf(&arena, "{\"seed\":%d}", seed)), table[i].output);
}
END_TEST

/* Where the schema says nothing the model's example does. */
START_TEST(test_outputs_as_in_the_example)
{
    static const struct {
        const char *schema, *example, *output;
    } table[] = {
        {"{'type':'object'}", "{'b':[1,2.50,null],'a':{'url':'https://x/a.mp4','text':'hi'}}",
         "{\"a\":{\"text\":\"hi\",\"url\":" URL "0\"},\"b\":[1,2.50,null]}"},
        {"{}", "{'a':1}", "{\"a\":1}"},
        {"{}", "'https://x/a.mp4'", URL "0\""},
        {"{}", "[1,2]", "[1,2]"},
        {"{'type':'array','items':{'type':'object'}}", "[{'n':1},{'n':2}]", "[{\"n\":1},{\"n\":1}]"},
        {"{'type':'object','properties':{'score':{}}}", "{'score':0.5}", "{\"score\":0.5}"},
        {"{'type':'object','additionalProperties':{'const':7}}", "{'a':1}", "{\"output\":7}"},
        {"{'const':1}", "{'a':1}", "1"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct plan plan;
        const char *more = arena_printf(&arena, "'default_example':{'output':%s},", table[i].example);
        ck_assert_str_eq(outputs_make(&arena, version_of(table[i].schema, more), "{}", &plan), table[i].output);
    }
}
END_TEST

START_TEST(test_outputs_are_functions_of_the_input)
{
    static const char object[] = "{'type':'object','properties':{'score':{'type':'number'},'text':{'type':'string'},"
                                 "'n':{'type':'integer','minimum':0,'maximum':100000}}}";
    const char *one = made(object, "{\"prompt\":\"a turtle\",\"seed\":1}");

    ck_assert_str_eq(one, made(object, "{\"seed\":1,\"prompt\":\"a turtle\"}"));
    ck_assert_str_ne(one, made(object, "{\"prompt\":\"a turtle\",\"seed\":2}"));
    ck_assert_str_ne(one, made(object, "{\"prompt\":\"a tortoise\",\"seed\":1}"));
    add_model("other", object, "", "");
    struct plan plan;
    const struct version *other = catalog_resolve(&catalog, "other");
    ck_assert_str_ne(one, outputs_make(&arena, other, "{\"prompt\":\"a turtle\",\"seed\":1}", &plan));
}
END_TEST

/* A schema that says too much ends where the bounds are, and is still JSON. */
START_TEST(test_outputs_are_bounded)
{
    static const char *const table[] = {
        "{'$ref':'#/components/schemas/Output'}",
        "{'type':'array','minItems':1,'items':{'$ref':'#/components/schemas/Output'}}",
        "{'type':'object','required':['a','b'],'properties':{'a':{'$ref':'#/components/schemas/Output'},"
        "'b':{'$ref':'#/components/schemas/Output'}}}",
        "{'type':'array','minItems':1000000,'items':{'type':'array','minItems':1000000,'items':{'type':'number'}}}",
        "{'type':'string','minLength':1000000000}",
        "{'type':'array','minItems':60,'items':{'type':'array','minItems':60,'items':{'type':'string','minLength':9999}"
        "}}",
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct json_error error;
        const char *text = made(table[i], "{}");
        ck_assert_msg(json_parse(&arena, text, strlen(text), JSON_REQUEST, &error) != NULL, "%s: %s", table[i],
                      error.reason);
        ck_assert_uint_lt(strlen(text), (size_t)OUTPUT_MAX_ELEMENTS * 4 * OUTPUT_MAX_LITERAL);
    }
}
END_TEST

/* ---- Plans ---- */

START_TEST(test_what_grows)
{
    static const struct {
        const char *schema;
        enum output_shape shape;
        bool grows;
        unsigned pieces;
    } table[] = {
        {"{}", OUTPUT_TEXT, false, 1},
        {"{'type':'string'}", OUTPUT_TEXT, false, 1},
        {"{'type':'array','items':{'type':'string'}}", OUTPUT_TEXTS, false, 16},
        {"{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}", OUTPUT_TEXTS, true, 16},
        {"{'type':'array','items':{'type':'string','format':'uri'}}", OUTPUT_FILES, false, 1},
        {"{'type':'array','items':{'type':'string','format':'uri'},'x-cog-array-type':'iterator'}", OUTPUT_FILES, true,
         2},
        {"{'type':'array','items':{'type':'number'}}", OUTPUT_VALUES, false, 2},
        {"{'type':'array','items':{'type':'number'},'x-cog-array-type':'iterator'}", OUTPUT_VALUES, true, 4},
        {"{'type':'array','items':{'type':'number'},'uniqueItems':true}", OUTPUT_VALUE, false, 1},
        {"{'type':'array','items':{'type':'string'},'minItems':3}", OUTPUT_VALUES, false, 3},
        {"{'type':'object'}", OUTPUT_VALUE, false, 1},
        {"{'type':'number'}", OUTPUT_VALUE, false, 1},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct plan plan = plan_of(table[i].schema, "", "{}");
        ck_assert_msg(plan.shape == table[i].shape && plan.grows == table[i].grows &&
                          plan_pieces(&plan) == table[i].pieces,
                      "%s: shape %d, grows %d, %u pieces", table[i].schema, plan.shape, plan.grows, plan_pieces(&plan));
    }
}
END_TEST

#define FILES "{'type':'array','items':{'type':'string','format':'uri'}}"

START_TEST(test_what_the_input_says_of_files)
{
    static const struct {
        const char *input;
        int files, width, height;
        const char *first;
    } table[] = {
        {"{}", 1, 512, 512, "out-0.png"},
        {"{\"num_outputs\":4,\"width\":1024,\"height\":768}", 4, 1024, 768, "out-0.png"},
        {"{\"num_outputs\":16}", 16, 512, 512, "out-0.png"},
        {"{\"num_outputs\":17}", 16, 512, 512, "out-0.png"},
        {"{\"num_outputs\":0}", 1, 512, 512, "out-0.png"},
        {"{\"num_outputs\":\"3\",\"width\":\"64\"}", 3, 64, 512, "out-0.png"},
        {"{\"num_outputs\":2.5,\"width\":63,\"height\":2049}", 1, 512, 512, "out-0.png"},
        {"{\"width\":64,\"height\":2048}", 1, 64, 2048, "out-0.png"},
        {"{\"aspect_ratio\":\"16:9\",\"num_outputs\":2}", 2, 1344, 768, "out-0.png"},
        {"{\"output_format\":\"webp\"}", 1, 512, 512, "out-0.webp"},
        {"{\"output_format\":\"jpg\"}", 1, 512, 512, "out-0.jpg"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct plan plan = plan_of(FILES, "", table[i].input);
        char name[FILE_NAME_MAX];
        plan_file_name(&plan, 0, name);
        ck_assert_msg(plan.files == table[i].files && plan.width == table[i].width && plan.height == table[i].height &&
                          strcmp(name, table[i].first) == 0,
                      "%s: %d files of %dx%d, %s", table[i].input, plan.files, plan.width, plan.height, name);
    }
}
END_TEST

/* What the input leaves out is as the schema says; other models than that one have no such defaults. */
START_TEST(test_what_the_schema_says_of_files)
{
    static const struct {
        const char *input;
        int files, width, height;
        const char *first;
    } table[] = {
        {"{}", 4, 1344, 768, "out-0.jpg"},
        {"{\"num_outputs\":2}", 2, 1344, 768, "out-0.jpg"},
        {"{\"output_format\":\"webp\"}", 4, 1344, 768, "out-0.webp"},
        {"{\"output_format\":\"avif\",\"aspect_ratio\":\"1:1\"}", 4, 1024, 1024, "out-0.jpg"},
        {"{\"aspect_ratio\":\"custom\"}", 4, 640, 512, "out-0.jpg"},
    };
    struct plan plan;
    char name[FILE_NAME_MAX];

    add_model("m", FILES,
              "'Input':{'type':'object','properties':{'num_outputs':{'default':4},'aspect_ratio':{'default':'16:9'},"
              "'output_format':{'default':'jpg'},'width':{'default':640},'height':{'default':null},'size':{'default':{}"
              "},'n':{'default':[]},'y':{}}},",
              "");
    for (size_t i = 0; i < COUNT(table); i++) {
        outputs_make(&arena, catalog_resolve(&catalog, "m"), table[i].input, &plan);
        plan_file_name(&plan, 0, name);
        ck_assert_msg(plan.files == table[i].files && plan.width == table[i].width && plan.height == table[i].height &&
                          strcmp(name, table[i].first) == 0,
                      "%s: %d files of %dx%d, %s", table[i].input, plan.files, plan.width, plan.height, name);
    }
}
END_TEST

/* ---- Kinds of files ---- */

#define EXAMPLE(output)  "'default_example':{'output':" output "},"
#define OF(member, more) "{'type':'object','properties':{'" member "':{'type':'string','format':'uri'" more "}}}"

START_TEST(test_kinds_of_files)
{
    static const struct {
        const char *schema, *more, *name;
    } table[] = {
        {FILES, "", "out-0.png"},
        {FILES, EXAMPLE("['https://replicate.delivery/x/out-0.webp']"), "out-0.webp"},
        {FILES, EXAMPLE("['https://replicate.delivery/x/out-0.JPG']"), "out-0.jpg"},
        {FILES, EXAMPLE("['https://replicate.delivery/x/out-0.gif']"), "out-0.png"},
        {FILES, EXAMPLE("'https://replicate.delivery/x/tmpabc.mp4'"), "out-0.webm"},
        {FILES, EXAMPLE("'https://replicate.delivery/x/out.wav'"), "out-0.wav"},
        {FILES, EXAMPLE("'https://replicate.delivery/x/song.mp3'"), "out-0.wav"},
        {FILES, EXAMPLE("'https://replicate.delivery/x/data.json'"), "out-0.json"},
        {FILES, EXAMPLE("'https://replicate.delivery/x/all.zip'"), "out-0.txt"},
        {FILES, EXAMPLE("'https://replicate.delivery/x/out'"), "out-0.png"},
        {FILES, EXAMPLE("null"), "out-0.png"},
        {FILES, "'description':'Generates Music from text',", "out-0.wav"},
        {FILES, "'description':'An image to video model',", "out-0.webm"},
        {FILES, "'description':'text to image',", "out-0.png"},
        {FILES, "'description':'sound and video'," EXAMPLE("'https://replicate.delivery/x/a.png'"), "out-0.png"},
        {OF("audio", ""), "'description':'video',", "out-0.wav"},
        {OF("transcript_srt", ""), "", "out-0.txt"},
        {OF("srt_file", ""), "'description':'Convert speech in audio to text',", "out-0.txt"},
        {OF("preview-MP4", ""), "", "out-0.webm"},
        {OF("bin_mask", ""), "", "out-0.png"},
        {OF("charts", ""), "", "out-0.png"},
        {OF("result", ",'description':'a JSON file of boxes'"), "", "out-0.json"},
        {OF("result", ",'title':'Video'"), "", "out-0.webm"},
        {OF("audio", ""), EXAMPLE("{'audio':'https://replicate.delivery/x/a.mp4'}"), "out-0.webm"},
        {OF("file", ""), EXAMPLE("{'other':'https://replicate.delivery/x/a.mp4'}"), "out-0.png"},
        {"{'type':'array','items':" OF("file", "") "}", EXAMPLE("[{'file':'https://replicate.delivery/x/a.mp3'}]"),
         "out-0.wav"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct plan plan = plan_of(table[i].schema, table[i].more, "{}");
        char name[FILE_NAME_MAX];
        plan_file_name(&plan, 0, name);
        ck_assert_msg(strcmp(name, table[i].name) == 0, "%s %s: %s", table[i].schema, table[i].more, name);
    }
}
END_TEST

START_TEST(test_files_of_several_kinds)
{
    struct plan plan = plan_of("{'type':'array','items':{'type':'object','properties':{'video':{'type':'string',"
                               "'format':'uri'},'audio':{'type':'string','format':'uri'}}}}",
                               "", "{}");
    static const char *const names[] = {"out-0.wav", "out-1.webm", "out-2.wav", "out-3.webm"};

    ck_assert_int_eq(plan.files, 4);
    for (unsigned i = 0; i < 4; i++) {
        char name[FILE_NAME_MAX];
        plan_file_name(&plan, i, name);
        ck_assert_str_eq(name, names[i]);
        ck_assert_int_eq(plan_file_index(&plan, name), (int)i);
        ck_assert_uint_eq(plan_piece_of_file(&plan, i), i / 2);
    }
}
END_TEST

/* ---- Texts ---- */

static const char *text_of(const char *input)
{
    return made("{'type':'string'}", input);
}

START_TEST(test_texts_speak_of_their_prompt)
{
    static const struct {
        const char *input, *part;
    } table[] = {
        {"{\"prompt\":\"two\\nlines\"}", "“two lines”. "},
        {"{\"prompt\":\"<b>\"}", "“\\u003cb\\u003e”. "},
        {"{\"z\":\"last\",\"b\":\"first\"}", "“first”. "},
        {"{\"a\":\"https://example.com/a.png\",\"b\":\"seen\"}", "“seen”. "},
        {"{\"system_prompt\":\"s\",\"prompt\":\"p\",\"a\":\"a\"}", "“p”. "},
        {"{\"prompt\":5,\"b\":\"b\"}", "“b”. "},
        {"{\"system_prompt\":\"s\",\"stop_sequences\":\"x\",\"text_b\":\"b\"}", "“b”. "},
        {"{\"system_prompt\":\"You are kind.\"}", "\"This is replicate-mock, standing in for acme/m. "},
        {"{\"prompt\":\"Why is the sky blue?\"}", "\"You ask “Why is the sky blue?”. "},
        {"{\"prompt\":\"Why is the sky blue?\"}", "“sky blue”"},
        {"{}", "\"This is replicate-mock, standing in for acme/m. "},
        {"{\"prompt\":\"\"}", "\"This is replicate-mock, standing in for acme/m. "},
    };

    for (size_t i = 0; i < COUNT(table); i++)
        ck_assert_msg(strstr(text_of(table[i].input), table[i].part) != NULL, "%s: %s", table[i].input,
                      text_of(table[i].input));
}
END_TEST

static int words_of(const char *text)
{
    int words = 1;

    for (; *text; text++)
        words += *text == ' ';
    return words;
}

/* At most 3/4 as many words as tokens; the last sentence, of 16 words, in any case. */
START_TEST(test_texts_are_as_long_as_asked)
{
    static const struct {
        const char *tokens;
        int least, most;
    } table[] = {
        {"", 64, 80},
        {",\"max_tokens\":1", 16, 16},
        {",\"max_tokens\":30", 16, 22},
        {",\"max_tokens\":64", 32, 48},
        {",\"max_new_tokens\":200", 134, 150},
        {",\"max_length\":100000", 150, 200},
    };

    for (size_t i = 0; i < COUNT(table); i++)
        for (int seed = 0; seed < 20; seed++) {
            const char *text = text_of(
                arena_printf(&arena, "{\"prompt\":\"a lighthouse in a storm\",\"seed\":%d%s}", seed, table[i].tokens));
            int words = words_of(text);
            ck_assert_msg(words >= table[i].least && words <= table[i].most, "%s: %d words: %s", table[i].tokens, words,
                          text);
            ck_assert_ptr_nonnull(strstr(text, "This is replicate-mock, standing in for acme/m. "));
            ck_assert(words < 40 || (strstr(text, "“lighthouse”") || strstr(text, "“storm”")));
        }
}
END_TEST

/* Whatever the length, no character is cut in two. */
START_TEST(test_long_prompts_are_quoted_in_part)
{
    for (size_t before = 0; before < 140; before++) {
        char *input =
            arena_printf(&arena, "{\"prompt\":\"%.*säöü€😀\\n\\u0001\\u003cand so on and on%0120d\"}", (int)before,
                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                         0);
        const char *text = text_of(input);
        struct json_error error;
        ck_assert_msg(json_parse(&arena, text, strlen(text), JSON_REQUEST, &error) != NULL, "%s: %s", text,
                      error.reason);
        ck_assert_msg(strstr(text, "…”. ") != NULL, "%s", text);
    }
}
END_TEST

static struct slice word_of(const char *output, unsigned index)
{
    struct json_error error;
    const cJSON *list = json_parse(&arena, output, strlen(output), JSON_GRAMMAR, &error);
    const char *word = cJSON_GetArrayItem(list, (int)index)->valuestring;

    return (struct slice){word, strlen(word)};
}

START_TEST(test_words_are_bounded)
{
    struct buf input = {0};
    struct plan plan;
    const struct version *version;

    add_model("m", "{'type':'array','items':{'type':'string'},'x-cog-array-type':'iterator'}", "", "");
    // As the model whose answer is as long as its input.
    char canary[] = "{\"owner\":\"replicate\",\"name\":\"canary\",\"latest_version\":{\"id\":\"c\",\"openapi_schema\":{"
                    "\"components\":{\"schemas\":{\"Input\":{},\"Output\":{\"type\":\"array\",\"items\":{\"type\":"
                    "\"string\"}}}}}}}";
    add(canary, strlen(canary));
    version = catalog_resolve(&catalog, "c");
    buf_lit(&input, "{\"text\":\"");
    for (int i = 0; i < 1000; i++)
        buf_lit(&input, "word ");
    buf_lit(&input, "end\"}");
    const char *output = outputs_make(&arena, version, buf_cstr(&input), &plan);
    ck_assert_uint_eq(plan.pieces, PLAN_MAX_PIECES);
    ck_assert_uint_eq(word_of(output, 254).len, 5);
    ck_assert_uint_eq(word_of(output, 255).len, 747 * 5 + 4); // all that was left
    buf_free(&input);
}
END_TEST

START_TEST(test_greetings)
{
    static const char *const models[][2] = {{"hello-world", "{\"type\":\"string\"}"},
                                            {"canary", "{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
                                                       "\"x-cog-array-type\":\"iterator\"}"}};
    static const struct {
        const char *input, *outputs[2];
    } table[] = {
        {"{\"text\":\"Betty Browser\"}",
         {"\"hello Betty Browser\"", "[\"hello\",\" there,\",\" Betty\",\" Browser\"]"}},
        {"{\"text\":\"\"}", {"\"hello \"", "[\"hello\",\" there,\",\" \"]"}},
        {"{\"text\":\"  a\\n\\\"b\"}", {"\"hello   a\\n\\\"b\"", "[\"hello\",\" there,\",\" \",\" \",\" a\\n\\\"b\"]"}},
    };

    for (size_t model = 0; model < 2; model++) {
        char *text = arena_printf(&arena,
                                  "{\"owner\":\"replicate\",\"name\":\"%s\",\"latest_version\":{\"id\":\"v%zu\","
                                  "\"openapi_schema\":{\"components\":{\"schemas\":{\"Input\":{},\"Output\":%s}}}}}",
                                  models[model][0], model, models[model][1]);
        add(text, strlen(text));
        for (size_t i = 0; i < COUNT(table); i++) {
            struct plan plan;
            const struct version *version = catalog_resolve(&catalog, model == 0 ? "v0" : "v1");
            ck_assert_str_eq(outputs_make(&arena, version, table[i].input, &plan), table[i].outputs[model]);
        }
    }
}
END_TEST

SUITE_WITH("output", set_up, tear_down, test_outputs_fit_their_schemas, test_outputs_of_compiled_in_models_fit,
           test_outputs, test_outputs_as_in_the_example, test_outputs_are_functions_of_the_input,
           test_outputs_are_bounded, test_what_grows, test_what_the_input_says_of_files,
           test_what_the_schema_says_of_files, test_kinds_of_files, test_files_of_several_kinds,
           test_texts_speak_of_their_prompt, test_texts_are_as_long_as_asked, test_long_prompts_are_quoted_in_part,
           test_words_are_bounded, test_greetings);
