#include "core/progress.h"
#include "core/clock.h"
#include "core/lifecycle.h"
#include "core/script.h"

#include <stdio.h>

/* How many intervals the progress is shown in: one more line than intervals, the first at 0%. */
static int64_t intervals_of(const struct plan *plan, int64_t predict)
{
    int64_t fit = predict / (PROGRESS_MIN_GAP_MS * NS_PER_MS);
    int64_t most = fit < PROGRESS_MAX_LINES - 1 ? fit : PROGRESS_MAX_LINES - 1;

    return plan->steps < most ? plan->steps : most;
}

/* tqdm's format_interval: MM:SS, or H:MM:SS from an hour on. */
static void put_interval(struct buf *out, int64_t seconds)
{
    if (seconds >= 3600)
        buf_printf(out, "%lld:%02d:%02d", (long long)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    else
        buf_add(out,
                (char[]){(char)('0' + seconds / 600), (char)('0' + seconds / 60 % 10), ':',
                         (char)('0' + seconds % 60 / 10), (char)('0' + seconds % 10)},
                5);
}

/* tqdm's bar: ten characters, each in eighths. */
static void put_bar(struct buf *out, int64_t done, int64_t total)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int filled = (int)((double)done / (double)total * 80);

    for (int i = 0; i < 10; i++, filled -= 8)
        buf_str(out, filled >= 8 ? "█" : eighths[filled > 0 ? filled : 0]);
}

/* '{:5.2f}' of a rate; slower than one step a second tqdm turns it round: seconds a step. */
static void put_rate(struct buf *out, double rate)
{
    const char *unit = rate < 1 ? "s/it" : "it/s";
    double shown = rate < 1 ? 1 / rate : rate;
    double rest = shown < 1e12 ? shown * 100 - (double)(int64_t)(shown * 100) : 0.5;

    if (rest > 0.4999 && rest < 0.5001) { // a tie, or too near to one: printf rounds it as Python does
        buf_printf(out, "%5.2f%s", shown, unit);
        return;
    }
    int64_t hundredths = (int64_t)(shown * 100 + 0.5);
    if (hundredths < 1000)
        buf_char(out, ' ');
    buf_int(out, hundredths / 100);
    buf_add(out, (char[]){'.', (char)('0' + hundredths / 10 % 10), (char)('0' + hundredths % 10)}, 3);
    buf_str(out, unit);
}

/* '{:3.0f}' of a percentage: a half goes to the even neighbour. */
static int percent_of(int64_t done, int64_t total)
{
    double percent = (double)done / (double)total * 100;
    int whole = (int)percent;
    double rest = percent - whole;

    return whole + (rest > 0.5 || (rest == 0.5 && whole % 2 == 1));
}

static void put_line(struct buf *out, int64_t done, int64_t total, int64_t elapsed)
{
    int percent = percent_of(done, total);

    buf_reserve(out, 128);
    if (percent < 100)
        buf_char(out, ' ');
    if (percent < 10)
        buf_char(out, ' ');
    buf_int(out, percent);
    buf_lit(out, "%|");
    put_bar(out, done, total);
    buf_lit(out, "| ");
    buf_int(out, done);
    buf_char(out, '/');
    buf_int(out, total);
    buf_lit(out, " [");
    put_interval(out, elapsed / NS_PER_S);
    buf_char(out, '<');
    if (done == 0 || elapsed == 0) {
        buf_lit(out, "?, ?it/s]\n");
        return;
    }
    double rate = (double)done / ((double)elapsed / (double)NS_PER_S);
    put_interval(out, (int64_t)((double)(total - done) / rate));
    buf_lit(out, ", ");
    put_rate(out, rate);
    buf_lit(out, "]\n");
}

/* total / intervals * i without overflow, for totals up to INT64_MAX. */
static int64_t share(int64_t total, int64_t intervals, int64_t i)
{
    return total / intervals * i + total % intervals * i / intervals;
}

/* What a rule has it print in the place of its model; NULL: nothing. */
static const struct script_prediction *lines_given(const struct prediction *prediction)
{
    const struct script *script = prediction->script;

    return script && script->prediction.logs ? &script->prediction : NULL;
}

static void put_given(struct buf *out, const struct script_prediction *given, int64_t predict, int64_t elapsed)
{
    int64_t count = (int64_t)given->log_count;

    for (int64_t i = 1; i <= count && share(predict, count, i) <= elapsed; i++) {
        buf_add(out, given->logs[i - 1].data, given->logs[i - 1].len);
        if (i < count || !given->logs_end_bare)
            buf_char(out, '\n');
    }
}

static void put_made(struct buf *out, const struct prediction *prediction, int64_t elapsed)
{
    const struct plan *plan = &prediction->plan;

    buf_str(out, plan->log_head);
    if (plan->steps <= 0)
        return;
    int64_t intervals = intervals_of(plan, prediction->predict);
    int64_t first = intervals > 0 ? 0 : 1; // too short for any line but the last
    if (intervals == 0)
        intervals = 1;
    for (int64_t i = first; i <= intervals; i++) {
        int64_t at = share(prediction->predict, intervals, i);
        if (at > elapsed)
            return;
        put_line(out, share(plan->steps, intervals, i), plan->steps, at);
    }
}

void progress_logs(struct buf *out, const struct prediction *prediction, int64_t now)
{
    const struct script_prediction *given = lines_given(prediction);
    int64_t elapsed = lifecycle_elapsed(prediction, now);

    if (prediction->data_removed || prediction->started_at == 0)
        return;
    if (given)
        put_given(out, given, prediction->predict, elapsed);
    else
        put_made(out, prediction, elapsed);
}

bool progress_has_logs(const struct prediction *prediction)
{
    const struct script_prediction *given = lines_given(prediction);

    return given ? given->log_count > 0 : *prediction->plan.log_head || prediction->plan.steps > 0;
}

unsigned progress_streamed(const struct prediction *prediction, int64_t now)
{
    unsigned pieces = plan_pieces(&prediction->plan);
    int64_t elapsed = lifecycle_elapsed(prediction, now);

    if (prediction->data_removed)
        return 0;
    if (prediction->output_ready)
        return pieces;
    if (!prediction->plan.grows || pieces == 0 || elapsed <= 0)
        return 0;
    // The last is there only with the end, which says so itself, and which may be late.
    if (elapsed >= prediction->predict)
        return pieces - 1;
    unsigned there = (unsigned)((double)elapsed / (double)prediction->predict * pieces);
    while (there > 0 && share(prediction->predict, pieces, there) > elapsed)
        there--;
    while (there + 1 < pieces && share(prediction->predict, pieces, there + 1) <= elapsed)
        there++;
    return there < pieces ? there : pieces - 1;
}

unsigned progress_pieces(const struct prediction *prediction, int64_t now)
{
    bool is_void = prediction->status == STATUS_FAILED && !prediction->output_ready;

    return is_void ? 0 : progress_streamed(prediction, now);
}

/* The first of the moments share(predict, parts, i), i from 1, after `elapsed`; predict: there is none before the end. */
static int64_t next_share(int64_t predict, int64_t parts, int64_t elapsed)
{
    if (parts <= 0)
        return predict;
    int64_t i = (int64_t)((double)elapsed / (double)predict * (double)parts);
    i = i > 1 ? i - 1 : 1; // the double may have been rounded either way
    while (i < parts && share(predict, parts, i) <= elapsed)
        i++;
    return share(predict, parts, i);
}

int64_t progress_piece_at(const struct prediction *prediction, unsigned index)
{
    unsigned pieces = plan_pieces(&prediction->plan);

    if (!prediction->plan.grows)
        index = pieces - 1;
    return prediction->started_at + share(prediction->predict, pieces, index + 1);
}

/* In how many steps its logs grow after their beginning. */
static int64_t log_parts(const struct prediction *prediction)
{
    const struct script_prediction *given = lines_given(prediction);
    const struct plan *plan = &prediction->plan;

    if (given)
        return (int64_t)given->log_count;
    return plan->steps > 0 ? intervals_of(plan, prediction->predict) : 0;
}

int64_t progress_next(const struct prediction *prediction, int64_t now)
{
    const struct plan *plan = &prediction->plan;
    int64_t predict = prediction->predict, elapsed = now - prediction->started_at;

    if (prediction->status != STATUS_PROCESSING || predict <= 0 || elapsed >= predict)
        return CLOCK_NEVER;
    int64_t logs = next_share(predict, log_parts(prediction), elapsed);
    int64_t output = next_share(predict, plan->grows ? plan_pieces(plan) : 0, elapsed);
    int64_t next = logs < output ? logs : output;
    return next < predict ? prediction->started_at + next : CLOCK_NEVER;
}
