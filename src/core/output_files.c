#include "core/output_files.h"
#include "core/clock.h"
#include "core/progress.h"

int64_t output_files_expire_at(const struct prediction *prediction)
{
    if (prediction->completed_at == 0)
        return CLOCK_NEVER;
    return time_after(prediction->completed_at, OUTPUT_FILES_LAST_S * NS_PER_S);
}

/* Whatever time it is: was it written before `now`, and is it still stored? */
static bool is_written(const struct prediction *prediction, unsigned file, int64_t now)
{
    const struct plan *plan = &prediction->plan;

    return file < plan->files && plan_piece_of_file(plan, file) < progress_streamed(prediction, now);
}

static bool has_written_weights(const struct prediction *training)
{
    return training->output_ready && !training->data_removed && !training->plan.given;
}

bool output_files_any(const struct prediction *prediction)
{
    if (prediction->kind == PREDICTION_TRAINING)
        return has_written_weights(prediction);
    return is_written(prediction, 0, prediction->completed_at);
}

bool output_files_has(const struct prediction *prediction, unsigned file, int64_t now)
{
    return is_written(prediction, file, now) && now < output_files_expire_at(prediction);
}

bool output_files_has_weights(const struct prediction *training, int64_t now)
{
    return has_written_weights(training) && now < output_files_expire_at(training);
}
