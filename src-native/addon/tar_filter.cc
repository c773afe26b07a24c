#include "core/tar_filter.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct FilterJob {
    std::string path;
    int fd;
    MemberOptions member;
    StringList directories;
    StringList files;
    ch_control *control;
    member_stats stats = {};

    int run(ch_error *err)
    {
        tar_filter_options options = {};

        options.member = member.view();
        options.directories = directories.pointers();
        options.files = files.pointers();
        return tar_filter(path.c_str(), fd, &options, control, &stats, err);
    }

    Napi::Value result(Napi::Env env)
    {
        return stats_value(env, stats);
    }
};

} // namespace

Napi::Value filter_tar(const Napi::CallbackInfo &info)
{
    Napi::Object options = info[2].As<Napi::Object>();
    FilterJob job = {
        string_of(info[0]),
        info[1].As<Napi::Number>().Int32Value(),
        MemberOptions(options),
        StringList(options.Get("directories")),
        StringList(options.Get("files")),
        control_of(info[3]),
    };

    return job_start(info.Env(), job, info[3]);
}
