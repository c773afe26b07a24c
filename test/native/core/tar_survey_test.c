#include "config.h"

#include "core/tar_survey.h"

#include "archive_builder.h"
#include "scratch.h"
#include "tap.h"

static void add(struct archive_builder *builder, enum tar_type type,
                const char *name, int64_t mtime)
{
    const struct tar_header header = {
        .type = type, .name = name, .mode = 0711, .mtime = mtime};

    builder_add(builder, &header, "");
}

/* Survey what was built, and below `strip` of it. */
static struct tar_survey survey_of(struct archive_builder *builder,
                                   const char *strip, const char *what)
{
    const struct member_options options = {.strip = strip};
    struct ch_error err = CH_ERROR_INIT;
    struct tar_survey survey = {0};

    builder_save_gzip(builder, "archive");
    if (!OK(!tar_survey("archive", &options, NULL, &survey, &err),
            "tar_survey() reads %s", what))
        tap_note("%s", ch_error_text(&err));
    ch_error_clear(&err);
    return survey;
}

static void test_times(void)
{
    struct archive_builder builder = {0};
    struct tar_survey survey;

    add(&builder, TAR_FILE, "old", 5);
    add(&builder, TAR_DIRECTORY, "newest", 1000000000);
    add(&builder, TAR_FILE, "before 1970", -5);
    builder_device(&builder, "device");
    survey = survey_of(&builder, "", "times");
    OK(survey.newest == 1000000000, "tar_survey() finds the newest time");
    OK(survey.root_mode == 0755, "tar_survey() and a root without a member");

    add(&builder, TAR_FILE, "far", INT64_C(1) << 33);
    survey = survey_of(&builder, "", "a time after 2106");
    OK(survey.newest == INT64_C(0xffffffff),
       "tar_survey() has times as SquashFS can hold them");
    survey = survey_of(&builder, "", "an archive of nothing");
    OK(survey.newest == 0, "tar_survey() and no time at all");
}

static void test_root(void)
{
    struct archive_builder builder = {0};
    struct tar_survey survey;

    add(&builder, TAR_DIRECTORY, "./", 7);
    add(&builder, TAR_FILE, "./file", 5);
    survey = survey_of(&builder, "", "the root");
    OK(survey.root_mode == 0711 && survey.newest == 7,
       "tar_survey() finds mode and time of the root");
    add(&builder, TAR_DIRECTORY, "top/", 1);
    add(&builder, TAR_FILE, "top/file", 5);
    survey = survey_of(&builder, "top", "one directory for all");
    OK(survey.root_mode == 0711,
       "tar_survey() takes the directory that is dropped for the root");
}

static void test_failures(void)
{
    const struct member_options options = {.strip = ""};
    struct archive_builder builder = {0};
    struct ch_error err = CH_ERROR_INIT;
    struct tar_survey survey;

    builder_file(&builder, "a/../../x", "1");
    builder_save(&builder, "dots");
    OK(tar_survey("dots", &options, NULL, &survey, &err) < 0,
       "tar_survey() refuses \"..\"");
    ch_error_clear(&err);
    OK(tar_survey("none", &options, NULL, &survey, &err) < 0,
       "tar_survey() needs a file");
    ch_error_clear(&err);
}

int main(void)
{
    scratch_enter();
    test_times();
    test_root();
    test_failures();
    scratch_leave();
    return tap_done();
}
