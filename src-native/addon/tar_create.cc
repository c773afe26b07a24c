#include "core/tar_create.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct CreateJob {
    std::string directory;
    int fd;
    tar_create_options options;
    StringList directories;
    StringList files;
    ch_control *control;
    member_stats stats = {};

    int run(ch_error *err)
    {
        options.directories = directories.pointers();
        options.files = files.pointers();
        return tar_create(directory.c_str(), fd, &options, control, &stats,
                          err);
    }

    Napi::Value result(Napi::Env env)
    {
        return stats_value(env, stats);
    }
};

} // namespace

Napi::Value create_tar(const Napi::CallbackInfo &info)
{
    Napi::Object options = info[2].As<Napi::Object>();
    CreateJob job = {
        string_of(info[0]),
        info[1].As<Napi::Number>().Int32Value(),
        {},
        StringList(options.Get("directories")),
        StringList(options.Get("files")),
        control_of(info[3]),
    };

    job.options.compression =
        compression_named(string_of(options.Get("compression")));
    job.options.xattrs = options.Get("xattrs").As<Napi::Boolean>();
    return job_start(info.Env(), job, info[3]);
}
