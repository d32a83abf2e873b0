/* Shows what there is to see: a server of its own, all structures of ControlNet on the sample picture, by HTTP as any client
 * would, and what came of it in a folder. */
#include "app.h"
#include "base/digest.h"
#include "base/embed.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/pointing.h"
#include "image/contact_sheet.h"
#include "image/decode.h"
#include "image/encode.h"
#include "out/transport.h"
#include "tls/folder.h"

#include <stdio.h>
#include <stdlib.h>

#define SAMPLE  "fixtures/sample.png"
#define VERSION "795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477"

enum {
    CREATED = 201,
    MAX_ANSWER = 16 * 1024 * 1024,
    TIMEOUT_S = 120,
};

static const struct scene {
    const char *structure, *prompt;
} scenes[] = {
    {"canny", "a cottage at sunset, oil painting"},          {"scribble", "a village in deep snow, blue morning"},
    {"hed", "an autumn garden in red and gold, watercolor"}, {"hough", "a neon city at night, cyberpunk"},
    {"depth", "a farm in the fog, green meadows"},           {"normal", "carved in stone and marble"},
    {"seg", "a pastel storybook, cherry blossom"},           {"pose", "a dancer in a purple forest"},
};

enum { SCENES = sizeof(scenes) / sizeof(*scenes) };

struct demo {
    struct app *app;
    struct transport *transport;
    struct arena arena;
    const struct folder *folder;
    const char *predictions, *token; // the URL of all of them; the header
    size_t scene;                    // that is under way
    const cJSON *output;             // the URLs of its files: the control map, the picture
    struct bitmap *sample;
    struct bitmap *pictures[SCENES][2];
    bool ended, failed;
};

static void go_on(struct demo *demo);

static const char *structure_of(const struct demo *demo)
{
    return scenes[demo->scene].structure;
}

/* No structure is to blame. */
static void fail(struct demo *demo, const char *reason)
{
    fprintf(stderr, "replicate-mock: demo: %s\n", reason);
    demo->ended = demo->failed = true;
}

/* The structure that is under way: ends its line, too. */
static void fail_at(struct demo *demo, const char *what, const char *why)
{
    char reason[2 * FOLDER_REASON];

    printf(" failed\n");
    fflush(stdout); // before what stderr says of it
    snprintf(reason, sizeof(reason), "%s: %s: %s", structure_of(demo), what, why);
    fail(demo, reason);
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static void ask(struct demo *demo, const char *url, struct slice body, transfer_done *done)
{
    const char *const headers[] = {demo->token, "User-Agent: replicate-mock-demo", "Content-Type: application/json",
                                   "Prefer: wait", NULL};
    struct transport_request request = {.url = url,
                                        .headers = headers,
                                        .body = body,
                                        .max_answer = body.len == 0 ? MAX_ANSWER : 0,
                                        .timeout = TIMEOUT_S * NS_PER_S};

    demo->transport->interface->submit(demo->transport, &request, done, demo);
}

/* What the server's options can bring about, and which ones do. */
static const char *hint_of(int status)
{
    static const struct {
        int status;
        const char *text;
    } hints[] = {
        {202, ": it takes longer than a minute, which follows from --boot, --predict and --speed"},
        {413, ": --max-body leaves no room for the sample picture"},
        {429, ": --rate-limit lets no more through"},
        {503, ": --max-memory leaves no room for it"},
    };

    for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
        if (hints[i].status == status)
            return hints[i].text;
    return "";
}

/* False: it has said why not. */
static bool came_well(struct demo *demo, const char *what, const struct transport_result *result, int status)
{
    char why[128];

    if (result->status == status && (result->body || status == CREATED))
        return true;
    snprintf(why, sizeof(why), "HTTP %d%s", result->status, hint_of(result->status));
    fail_at(demo, what, result->error ? result->error : why);
    return false;
}

/* --- files ---------------------------------------------------------------------------------------------------------- */

static bool save(const struct demo *demo, const char *name, const char *data, size_t len, char reason[FOLDER_REASON])
{
    return folder_write(demo->folder, name, data, len, 0644, reason) == FOLDER_WRITTEN;
}

/* Keeps a file that has come, and what it shows. */
static void keep(struct demo *demo, unsigned number, const struct buf *file)
{
    char name[64], reason[FOLDER_REASON];
    struct slice bytes = {file->data, file->len};
    int width, height;

    snprintf(name, sizeof(name), "%s-%s.png", structure_of(demo), number == 0 ? "map" : "out");
    if (!save(demo, name, file->data, file->len, reason))
        fail_at(demo, "its files", reason);
    else if (decode_picture(&demo->pictures[demo->scene][number], bytes, &width, &height) != DECODED)
        fail_at(demo, name, "it is no picture");
}

static void on_picture(void *arg, const struct transport_result *result)
{
    struct demo *demo = arg;

    if (!came_well(demo, "picture", result, 200))
        return;
    keep(demo, 1, result->body);
    if (demo->failed)
        return;
    printf(" done\n");
    demo->scene++;
    go_on(demo);
}

/* Of the control map, and of the picture. NULL: a rule has put something else into the output. */
static const char *url_of_file(const struct demo *demo, int number)
{
    return cJSON_GetStringValue(cJSON_GetArrayItem(demo->output, number));
}

static void on_map(void *arg, const struct transport_result *result)
{
    struct demo *demo = arg;

    if (!came_well(demo, "control map", result, 200))
        return;
    keep(demo, 0, result->body);
    if (!demo->failed)
        ask(demo, url_of_file(demo, 1), (struct slice){0}, on_picture);
}

/* --- predictions ---------------------------------------------------------------------------------------------------- */

static void on_listed(void *arg, const struct transport_result *result)
{
    struct demo *demo = arg;
    struct json_error error;

    if (!came_well(demo, "list", result, 200))
        return;
    const cJSON *page = json_parse(&demo->arena, result->body->data, result->body->len, JSON_GRAMMAR, &error);
    const cJSON *prediction = cJSON_GetArrayItem(json_get(page, "results"), 0);
    const char *flaw = json_get_string(prediction, "error");
    demo->output = json_get(prediction, "output");
    if (cJSON_GetArraySize(demo->output) == 2 && url_of_file(demo, 0) && url_of_file(demo, 1))
        ask(demo, url_of_file(demo, 0), (struct slice){0}, on_map);
    else
        fail_at(demo, "output", flaw ? flaw : "there are no two files");
}

/* Of the answer to a POST only the status is kept: what was made is the first of the list. */
static void on_created(void *arg, const struct transport_result *result)
{
    struct demo *demo = arg;

    if (came_well(demo, "create", result, CREATED))
        ask(demo, demo->predictions, (struct slice){0}, on_listed);
}

static void put_body(struct buf *body, const struct scene *scene, const struct embedded *sample)
{
    size_t encoded = (sample->len + 2) / 3 * 4;

    buf_lit(body, "{\"version\":\"" VERSION "\",\"input\":{\"image\":\"data:image/png;base64,");
    buf_reserve(body, encoded + 1);
    digest_base64_encode(body->data + body->len, sample->data, sample->len);
    body->len += encoded;
    buf_printf(body, "\",\"prompt\":\"%s\",\"structure\":\"%s\",\"seed\":20,\"return_reference_image\":true}}",
               scene->prompt, scene->structure);
}

static void go_on(struct demo *demo)
{
    struct buf body = {0};

    if (demo->scene == SCENES) {
        demo->ended = true;
        return;
    }
    printf("[%zu/%d] %-8s \"%s\" ...", demo->scene + 1, SCENES, structure_of(demo), scenes[demo->scene].prompt);
    fflush(stdout);
    put_body(&body, &scenes[demo->scene], embedded_find(SAMPLE));
    ask(demo, demo->predictions, (struct slice){body.data, body.len}, on_created);
    buf_free(&body);
}

/* --- the sheet ------------------------------------------------------------------------------------------------------ */

static void write_sheet(struct demo *demo)
{
    static const char name[] = "contact-sheet.png";
    struct sheet_entry entries[SCENES + 1] = {{"input", demo->sample, NULL}};
    char reason[FOLDER_REASON];
    size_t len = 0;

    for (size_t i = 0; i < SCENES; i++)
        entries[i + 1] = (struct sheet_entry){scenes[i].structure, demo->pictures[i][0], demo->pictures[i][1]};
    struct bitmap *sheet = contact_sheet(entries, SCENES + 1);
    char *png = sheet ? encode_png(sheet, NULL, &len) : NULL;
    if (!png)
        fail(demo, "the contact sheet could not be made");
    else if (save(demo, name, png, len, reason))
        printf("%s/%s shows what went in and what came out\n", demo->folder->path, name);
    else
        fail(demo, reason);
    free(png);
    bitmap_free(sheet);
}

static void show(struct demo *demo)
{
    const struct embedded *sample = embedded_find(SAMPLE);
    char reason[FOLDER_REASON];
    int width, height;

    decode_picture(&demo->sample, (struct slice){sample->data, sample->len}, &width, &height);
    if (save(demo, "input.png", sample->data, sample->len, reason))
        go_on(demo);
    else
        fail(demo, reason);
    while (!demo->ended)
        app_turn(demo->app, true);
    if (!demo->failed)
        write_sheet(demo);
    bitmap_free(demo->sample);
    for (size_t i = 0; i < SCENES; i++)
        for (int j = 0; j < 2; j++)
            bitmap_free(demo->pictures[i][j]);
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

/* NULL: it can be done with these options. */
static const char *fault_of(const struct config *config)
{
    if (config->manual_clock)
        return "demo needs a clock that runs: leave --clock manual out";
    if (config->output_urls == OUTPUT_URLS_DATA)
        return "demo fetches its pictures: leave --output-urls data out";
    if (config->output_urls == OUTPUT_URLS_HTTPS && config->tls_port < 0)
        return "demo fetches its pictures, and speaks no TLS without --tls-port: leave --output-urls https out";
    return config->words[0] && config->words[1] ? "demo takes one folder" : NULL;
}

static int run(const struct config *config, const struct folder *folder)
{
    struct ports ports;
    struct buf token = {0}, url = {0};
    int code;
    struct demo demo = {.app = serve_open(config, &ports, &code), .folder = folder};

    if (!demo.app)
        return code;
    const char *root = pointing_url(&demo.arena, "http", pointing_host(config->host), ports.http);
    printf("replicate-mock listens on %s: ControlNet runs there on a picture of ours\n", root);
    buf_printf(&token, "Authorization: Bearer %s", config->tokens[0] ? config->tokens[0] : "demo");
    buf_printf(&url, "%s/v1/predictions", root);
    demo.token = buf_cstr(&token);
    demo.predictions = buf_cstr(&url);
    demo.transport = app_transport(demo.app);
    show(&demo);
    app_free(demo.app);
    arena_free(&demo.arena);
    buf_free(&token);
    buf_free(&url);
    return demo.failed ? EXIT_FAILED : 0;
}

int demo_main(const struct config *config)
{
    const char *fault = fault_of(config);
    char reason[FOLDER_REASON];
    struct folder folder;

    if (fault) {
        fprintf(stderr, "replicate-mock: %s\n", fault);
        return EXIT_USAGE;
    }
    if (!folder_open(&folder, config->words[0] ? config->words[0] : "replicate-mock-demo", 0777, reason)) {
        fprintf(stderr, "replicate-mock: demo: %s\n", reason);
        return EXIT_FAILED;
    }
    int code = run(config, &folder);
    folder_close(&folder);
    return code;
}
