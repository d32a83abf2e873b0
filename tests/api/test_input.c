/* The `input` of a create against its model's schema: what ControlNet takes and refuses, in the words that were recorded
 * of the real API; the order of what is told; models of other schemas; versions that nobody knows. */
#include "lib/suite.h"
#include "lib/world.h"

#include <stdio.h>
#include <string.h>

#define STRUCTURES "\"canny\", \"depth\", \"hed\", \"hough\", \"normal\", \"pose\", \"scribble\", \"seg\""
#define SCHEDULERS                                                                                                     \
    "\"DDIM\", \"DPMSolverMultistep\", \"HeunDiscrete\", \"K_EULER_ANCESTRAL\", \"K_EULER\", \"KLMS\", \"PNDM\", "     \
    "\"UniPCMultistep\""
#define NOT(expected, given) "Invalid type. Expected: " expected ", given: " given
#define TEXTS(key)                                                                                                     \
    {"'" key "':1", "- input." key ": " NOT("string", "integer")},                                                     \
        {"'" key "':null", "- input." key ": " NOT("string", "null")},                                                 \
        {"'" key "':['a']", "- input." key ": " NOT("string", "array")},                                               \
        {"'" key "':true", "- input." key ": " NOT("string", "boolean")},                                              \
        {"'" key "':{}", "- input." key ": " NOT("string", "object")},
#define NUMBERS(key)                                                                                                   \
    {"'" key "':'1'", "- input." key ": " NOT("number", "string")},                                                    \
        {"'" key "':null", "- input." key ": " NOT("number", "null")},                                                 \
        {"'" key "':false", "- input." key ": " NOT("number", "boolean")},
#define INTEGERS(key)                                                                                                  \
    {"'" key "':'20'", "- input." key ": " NOT("integer", "string")},                                                  \
        {"'" key "':20.5", "- input." key ": " NOT("integer", "number")},                                              \
        {"'" key "':null", "- input." key ": " NOT("integer", "null")},                                                \
        {"'" key "':[20]", "- input." key ": " NOT("integer", "array")},                                               \
        {"'" key "':true", "- input." key ": " NOT("integer", "boolean")},

/* One member of an otherwise right input, and the line that refuses it; NULL: it is fine. */
static const struct {
    const char *member, *line;
} table[] = {{"'x':1", NULL}, // "Unknown keys inside `input` are accepted and ignored"
             {"'num_inference_steps':'a','guidance_scale':{}", NULL},

             {"'image':'https://example.com/a.png'", NULL},
             {"'image':'http://127.0.0.1:8000/a.png?b=c#d'", NULL},
             {"'image':'HTTP://EXAMPLE.COM'", NULL},
             {"'image':'data:image/png;base64,iVBORw0KGgo='", NULL},
             {"'image':'data:,'", NULL},
             {"'image':'ftp://example.com/a'", NULL}, // a URI; that it cannot be fetched shows later
             {"'image':''", "- input.image: Does not match format 'uri'"},
             {"'image':'a.png'", "- input.image: Does not match format 'uri'"},
             {"'image':'/tmp/a.png'", "- input.image: Does not match format 'uri'"},
             {"'image':'example.com/a.png'", "- input.image: Does not match format 'uri'"},
             {"'image':'C:\\\\a.png'", "- input.image: Does not match format 'uri'"},
             {"'image':'https://exa mple.com/'", "- input.image: Does not match format 'uri'"},
             {"'image':'https://example.com/%zz'", "- input.image: Does not match format 'uri'"},
             {"'image':'https://example.com:x/'", "- input.image: Does not match format 'uri'"},
             {"'image':'iVBORw0KGgo='", "- input.image: Does not match format 'uri'"}, // base64 without its head
             TEXTS("image")

                 {"'prompt':''", NULL},
             {"'prompt':'\\u00e9\\ud83d\\ude00'", NULL},
             TEXTS("prompt")

                 {"'structure':'canny'", NULL},
             {"'structure':'depth'", NULL},
             {"'structure':'hed'", NULL},
             {"'structure':'hough'", NULL},
             {"'structure':'normal'", NULL},
             {"'structure':'pose'", NULL},
             {"'structure':'scribble'", NULL},
             {"'structure':'seg'", NULL},
             {"'structure':'Canny'", "- input.structure: structure must be one of the following: " STRUCTURES},
             {"'structure':'canny '", "- input.structure: structure must be one of the following: " STRUCTURES},
             {"'structure':''", "- input.structure: structure must be one of the following: " STRUCTURES},
             TEXTS("structure")

                 {"'num_outputs':1", NULL},
             {"'num_outputs':4", NULL},
             {"'num_outputs':4.0", NULL},
             {"'num_outputs':0.4e1", NULL},
             {"'num_outputs':0", "- input.num_outputs: Must be greater than or equal to 1"},
             {"'num_outputs':-1", "- input.num_outputs: Must be greater than or equal to 1"},
             {"'num_outputs':5", "- input.num_outputs: Must be less than or equal to 4"},
             {"'num_outputs':1e400", "- input.num_outputs: Must be less than or equal to 4"},
             {"'num_outputs':99999999999999999999999999", "- input.num_outputs: Must be less than or equal to 4"},
             INTEGERS("num_outputs")

                 {"'image_resolution':256", NULL},
             {"'image_resolution':512", NULL},
             {"'image_resolution':768", NULL},
             {"'image_resolution':5.12e2", NULL},
             {"'image_resolution':513",
              "- input.image_resolution: image_resolution must be one of the following: 256, 512, 768"},
             {"'image_resolution':'512'", "- input.image_resolution: " NOT("integer", "string")},
             {"'image_resolution':512.5", "- input.image_resolution: " NOT("integer", "number")},
             {"'image_resolution':null", "- input.image_resolution: " NOT("integer", "null")},

             {"'scheduler':'DDIM'", NULL},
             {"'scheduler':'DPMSolverMultistep'", NULL},
             {"'scheduler':'HeunDiscrete'", NULL},
             {"'scheduler':'K_EULER_ANCESTRAL'", NULL},
             {"'scheduler':'K_EULER'", NULL},
             {"'scheduler':'KLMS'", NULL},
             {"'scheduler':'PNDM'", NULL},
             {"'scheduler':'UniPCMultistep'", NULL},
             {"'scheduler':'ddim'", "- input.scheduler: scheduler must be one of the following: " SCHEDULERS},
             TEXTS("scheduler")

                 {"'steps':0", NULL}, // the schema has no bounds
             {"'steps':-5", NULL},
             {"'steps':1000000000000", NULL},
             {"'steps':20.0", NULL},
             INTEGERS("steps")

                 {"'scale':0.1", NULL},
             {"'scale':30", NULL},
             {"'scale':30.0", NULL},
             {"'scale':1e1", NULL},
             {"'scale':0.09", "- input.scale: Must be greater than or equal to 0.1"},
             {"'scale':0.0999999999999999999999999", "- input.scale: Must be greater than or equal to 0.1"},
             {"'scale':0", "- input.scale: Must be greater than or equal to 0.1"},
             {"'scale':30.000001", "- input.scale: Must be less than or equal to 30"},
             {"'scale':30.0000000000000000000000001", "- input.scale: Must be less than or equal to 30"},
             {"'scale':31", "- input.scale: Must be less than or equal to 30"},
             NUMBERS("scale")

                 {"'seed':0", NULL},
             {"'seed':-1", NULL},
             {"'seed':18446744073709551616", NULL},
             INTEGERS("seed")

                 {"'eta':0", NULL},
             {"'eta':-0.5", NULL},
             {"'eta':1e308", NULL},
             NUMBERS("eta")

                 {"'negative_prompt':''", NULL},
             TEXTS("negative_prompt")

                 {"'return_reference_image':true", NULL},
             {"'return_reference_image':false", NULL},
             {"'return_reference_image':'true'", "- input.return_reference_image: " NOT("boolean", "string")},
             {"'return_reference_image':1", "- input.return_reference_image: " NOT("boolean", "integer")},
             {"'return_reference_image':null", "- input.return_reference_image: " NOT("boolean", "null")},

             {"'low_threshold':1", NULL},
             {"'low_threshold':255", NULL},
             {"'low_threshold':0", "- input.low_threshold: Must be greater than or equal to 1"},
             {"'low_threshold':256", "- input.low_threshold: Must be less than or equal to 255"},
             INTEGERS("low_threshold")

                 {"'high_threshold':1", NULL},
             {"'high_threshold':255", NULL},
             {"'high_threshold':0", "- input.high_threshold: Must be greater than or equal to 1"},
             {"'high_threshold':256", "- input.high_threshold: Must be less than or equal to 255"},
             INTEGERS("high_threshold")};

/* The required members that `member` does not set. */
static void add_required(char body[1024], const char *member)
{
    static const struct {
        const char *key, *member;
    } required[] = {
        {"'image':", "'image':'data:,'"}, {"'prompt':", "'prompt':''"}, {"'structure':", "'structure':'seg'"}};

    for (size_t i = 0; i < 3; i++)
        if (strncmp(member, required[i].key, strlen(required[i].key)) != 0)
            strcat(strcat(body, ","), required[i].member);
}

static void expect_detail(struct stage *stage, const char *body, const char *line)
{
    world_ask(stage, "POST /v1/predictions", NULL, body, 422, NULL);
    ck_assert_str_eq(world_text(stage, "title"), "Input validation failed");
    const char *detail = world_text(stage, "detail");
    ck_assert_msg(strncmp(detail, line, strlen(line)) == 0 && strcmp(detail + strlen(line), "\n") == 0, "%s: %s", body,
                  detail);
}

START_TEST(test_every_constraint_of_controlnet)
{
    struct stage *stage = world_new("");

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        char body[1024];
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{%s", table[i].member);
        add_required(body, table[i].member);
        strcat(body, "}}");
        if (table[i].line)
            expect_detail(stage, body, table[i].line);
        else
            world_ask(stage, "POST /v1/predictions", NULL, body, 201, "{'status':'starting'}");
    }
    world_free(stage);
}
END_TEST

START_TEST(test_a_uri_may_be_long)
{
    struct stage *stage = world_new("");
    const size_t len = 6 * 1024 * 1024;
    char *body = xmalloc(len + 256);

    int at = sprintf(body,
                     "{'version':'" VERSION "','input':{'prompt':'','structure':'seg','image':'data:image/png;base64,");
    memset(body + at, 'A', len);
    strcpy(body + at + len, "'}}");
    world_ask(stage, "POST /v1/predictions", NULL, body, 201, NULL);
    memcpy(body + at + len - 2, "\\n", 2); // a control character: no URI
    world_ask(stage, "POST /v1/predictions", NULL, body, 422,
              "{'detail':'- input.image: Does not match format \\u0027uri\\u0027\\n'}");
    free(body);
    world_free(stage);
}
END_TEST

START_TEST(test_what_is_missing)
{
    static const struct {
        const char *input, *detail;
    } cases[] = {
        {"", "- input: image is required\n- input: prompt is required\n- input: structure is required"},
        {"'prompt':''", "- input: image is required\n- input: structure is required"},
        {"'structure':'seg','image':'data:,'", "- input: prompt is required"},
        {"'Prompt':'','prompt ':'','structure':'seg','image':'data:,'", "- input: prompt is required"},
    };
    struct stage *stage = world_new("");

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char body[512];
        snprintf(body, sizeof(body), "{'version':'" VERSION "','input':{%s}}", cases[i].input);
        expect_detail(stage, body, cases[i].detail);
    }
    world_free(stage);
}
END_TEST

/* "First what is missing in the order of `required`, then the others by x-order", however the input is ordered. */
START_TEST(test_order_and_shape_of_the_answer)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'" VERSION "','input':{'high_threshold':0,'low_threshold':0,'return_reference_image':0,"
              "'negative_prompt':0,'eta':'','seed':'','scale':0,'steps':'','scheduler':0,'image_resolution':0,"
              "'num_outputs':0,'prompt':0}}",
              422, NULL);
    const char *answer = world_answer(stage)->body;
    static const char *const fields[] = {
        "\"required\",\"field\":\"input\",\"description\":\"image is required\"}",
        "\"required\",\"field\":\"input\",\"description\":\"structure is required\"}",
        "\"invalid_type\",\"field\":\"input.prompt\",",
        "\"number_gte\",\"field\":\"input.num_outputs\",",
        "\"enum\",\"field\":\"input.image_resolution\",",
        "\"invalid_type\",\"field\":\"input.scheduler\",",
        "\"invalid_type\",\"field\":\"input.steps\",",
        "\"number_gte\",\"field\":\"input.scale\",",
        "\"invalid_type\",\"field\":\"input.seed\",",
        "\"invalid_type\",\"field\":\"input.eta\",",
        "\"invalid_type\",\"field\":\"input.negative_prompt\",",
        "\"invalid_type\",\"field\":\"input.return_reference_image\",",
        "\"number_gte\",\"field\":\"input.low_threshold\",",
        "\"number_gte\",\"field\":\"input.high_threshold\",",
    };
    const char *at = strstr(answer, "\\n\",\"status\":422,\"title\":\"Input validation failed\",\"invalid_fields\":[");
    ck_assert_ptr_nonnull(at);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        at = strstr(at, "{\"type\":");
        ck_assert_msg(at && strncmp(at + 8, fields[i], strlen(fields[i])) == 0, "expected %s, found %s", fields[i], at);
        at++;
    }
    ck_assert_ptr_null(strstr(at, "{\"type\":"));
    ck_assert_str_eq(answer + strlen(answer) - 3, "]}\n");
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[]}"); // nothing was made
    world_free(stage);
}
END_TEST

/* Recorded in 2024 and 2025 of models whose schemas are as here. */
START_TEST(test_recorded_bodies)
{
    static const char model[] =
        "{'owner':'black-forest-labs','name':'flux-schnell','is_official':true,'latest_version':{'id':'f1','openapi_"
        "schema':"
        "{'components':{'schemas':{'Input':{'type':'object','required':['prompt'],'properties':{"
        "'prompt':{'type':'string','x-order':0},"
        "'num_inference_steps':{'type':'integer','minimum':1,'maximum':4,'x-order':4},"
        "'output_format':{'allOf':[{'$ref':'#/components/schemas/output_format'}],'x-order':7}}},"
        "'output_format':{'type':'string','enum':['jpg','png']}}}}}}";
    static const char missing[] =
        "{\"detail\":\"- input: prompt is required\\n- input.num_inference_steps: Must be less than or equal to 4\\n\","
        "\"status\":422,\"title\":\"Input validation failed\",\"invalid_fields\":[{\"type\":\"required\",\"field\":"
        "\"input\",\"description\":\"prompt is required\"},{\"type\":\"number_lte\",\"field\":"
        "\"input.num_inference_steps\",\"description\":\"Must be less than or equal to 4\"}]}\n";
    struct stage *stage = world_new("");

    world_add_model(stage, model);
    world_ask(stage, "POST /v1/predictions", NULL,
              "{'version':'black-forest-labs/flux-schnell','input':{'num_inference_steps':50}}", 422, NULL);
    ck_assert_str_eq(world_answer(stage)->body, missing);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "application/problem+json");
    expect_detail(stage, "{'version':'f1','input':{'prompt':'','output_format':'webp'}}",
                  "- input.output_format: output_format must be one of the following: \"jpg\", \"png\"");
    world_free(stage);
}
END_TEST

/* The version is looked at before the input, the rest of the body before both, the header after them. */
START_TEST(test_order_of_the_checks)
{
    struct stage *stage = world_new("");

    world_ask(stage, "POST /v1/predictions", "Cancel-After: 1", "{'version':'x','input':{},'more':1}", 422,
              "{'invalid_fields':[{'type':'additional_property_not_allowed','field':''}]}");
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 1", "{'version':'x','input':{}}", 422,
              "{'title':'Invalid version or not permitted'}");
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 1", "{'version':'" VERSION "','input':{}}", 422,
              "{'title':'Input validation failed'}");
    world_ask(stage, "POST /v1/predictions", "Cancel-After: 1", CREATE, 422, "{'title':'Invalid Cancel-After header'}");
    world_free(stage);
}
END_TEST

static const char text_model[] =
    "{'owner':'acme','name':'writer','latest_version':{'id':'w1','openapi_schema':{'components':{'schemas':{"
    "'Input':{'type':'object','properties':{'tone':{'type':'string','nullable':true,'maxLength':3}}},"
    "'Output':{'type':'array','items':{'type':'string'}}}}}}}";

START_TEST(test_models_of_other_outputs)
{
    struct stage *stage = world_new("");
    char body[256];

    world_add_model(stage, text_model);
    world_add_model(stage, "{'owner':'acme','name':'artist','latest_version':{'id':'a1','openapi_schema':{'components':"
                           "{'schemas':{'Input':{},'Output':{'type':'string','format':'uri'}}}}}}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'w1','input':{'tone':null}}", 201, NULL);
    ck_assert_msg(strncmp(world_text(stage, "urls.stream"), "http://localhost/v1/streams/", 28) == 0, "%s",
                  world_text(stage, "urls.stream"));
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    ck_assert_ptr_nonnull(
        strstr(world_answer(stage)->body, "[\"This\",\" is\",\" replicate-mock,\",\" standing\",\" in\",\" for\","
                                          "\" acme/writer.\""));
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'acme/artist:a1','input':{}}", 201, NULL);
    world_advance(stage, 1100);
    world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, "{'status':'succeeded'}");
    snprintf(body, sizeof(body), "GET %s", world_text(stage, "output") + strlen("http://localhost"));
    world_send(stage, body, "Authorization: -", NULL);
    world_settle(stage);
    world_expect(stage, 200, NULL);
    ck_assert_str_eq(answer_header(world_answer(stage), "Content-Type"), "image/png");
    world_free(stage);
}
END_TEST

START_TEST(test_a_model_replaced_keeps_its_versions)
{
    struct stage *stage = world_new("");

    world_add_model(stage, text_model);
    world_add_model(stage, "{'owner':'acme','name':'writer','is_official':true,'latest_version':{'id':'w2'}}");
    world_ask(stage, "POST /v1/predictions", NULL, "{'version':'acme/writer','input':{'tone':'long'}}", 201,
              "{'version':'hidden'}");
    expect_detail(stage, "{'version':'acme/writer:w1','input':{'tone':'long'}}",
                  "- input.tone: String length must be less than or equal to 3");
    world_free(stage);
}
END_TEST

START_TEST(test_unknown_models)
{
    static const struct {
        const char *version, *model, *shown;
    } accepted[] = {
        {"acme/unheard-of:0123", "acme/unheard-of", "0123"},
        {"acme/unheard-of", "acme/unheard-of", "hidden"},
        {"0123456789abcdef", "unknown/unknown", "0123456789abcdef"},
        {"rossjillian/controlnet:latest", "rossjillian/controlnet", "latest"},
    };
    static const char *const refused[] = {"", ":", "a/b:", "a b", "a/b:c:d", "\\u00e9", "a/b:c/d", "<"};
    struct stage *stage = world_new("--unknown-models accept --retention 1m");
    char body[512], expected[256];

    for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++) {
        snprintf(body, sizeof(body), "{'version':'%s','input':{'any':['thing',null]}}", accepted[i].version);
        snprintf(expected, sizeof(expected), "{'model':'%s','version':'%s','input':{'any':['thing',null]}}",
                 accepted[i].model, accepted[i].shown);
        world_ask(stage, "POST /v1/predictions", NULL, body, 201, expected);
        world_advance(stage, 1100);
        world_ask(stage, "GET /v1/predictions/{id}", NULL, NULL, 200, expected);
        ck_assert_ptr_nonnull(strstr(world_text(stage, "output"), accepted[i].model));
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        snprintf(body, sizeof(body), "{'version':'%s','input':{}}", refused[i]);
        world_ask(stage, "POST /v1/predictions", NULL, body, 422, "{'title':'Invalid version or not permitted'}");
    }
    // A model that is known keeps its schema.
    expect_detail(stage, "{'version':'" VERSION "','input':{'image':'data:,','prompt':''}}",
                  "- input: structure is required");
    world_advance(stage, 61000);
    world_ask(stage, "GET /v1/predictions", NULL, NULL, 200, "{'results':[{'data_removed':true},'*','*','*']}");
    world_free(stage);
}
END_TEST

SUITE("input", test_every_constraint_of_controlnet, test_a_uri_may_be_long, test_what_is_missing,
      test_order_and_shape_of_the_answer, test_recorded_bodies, test_order_of_the_checks, test_models_of_other_outputs,
      test_a_model_replaced_keeps_its_versions, test_unknown_models);
