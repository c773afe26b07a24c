#include "config.h"

#include "tar_survey.h"

#include "archive_input.h"
#include "cleanup.h"
#include "tar_copy.h"

/* Of a root that no member describes. */
#define MODE_ROOT 0755

static void survey_member(struct tar_survey *survey,
                          const struct member *member)
{
    int64_t mtime = tar_copy_mtime(member->mtime.tv_sec);

    if (member->kind == MEMBER_DEVICE)
        return;
    if (mtime > survey->newest)
        survey->newest = mtime;
    if (!*member->name)
        survey->root_mode = member->mode;
}

static int survey_next(struct archive_input *input,
                       const struct member_options *options,
                       struct tar_survey *survey, struct ch_error *err)
{
    CLEANUP_MEMBER struct member member = {0};
    struct archive_entry *entry;
    int status = archive_input_next(input, &entry, err);

    if (status <= 0)
        return status;
    if (member_from_entry(&member, entry, options, err) < 0)
        return -1;
    survey_member(survey, &member);
    return 1;
}

int tar_survey(const char *path, const struct member_options *options,
               struct ch_control *control, struct tar_survey *survey,
               struct ch_error *err)
{
    CLEANUP_ARCHIVE_INPUT struct archive_input *input = NULL;
    struct tar_survey found = {.root_mode = MODE_ROOT};
    int status;

    if (archive_input_open(&input, path, control, err) < 0)
        return -1;
    do {
        status = survey_next(input, options, &found, err);
    } while (status > 0);
    if (status < 0)
        return -1;
    *survey = found;
    return 0;
}
