#include "core/tar_extract.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct ExtractJob {
    std::string path;
    std::string directory;
    MemberOptions options;
    ch_control *control;
    member_stats stats = {};

    int run(ch_error *err)
    {
        const member_options view = options.view();

        return tar_extract(path.c_str(), directory.c_str(), &view, control,
                           &stats, err);
    }

    Napi::Value result(Napi::Env env)
    {
        return stats_value(env, stats);
    }
};

} // namespace

Napi::Value extract_tar(const Napi::CallbackInfo &info)
{
    ExtractJob job = {
        string_of(info[0]),
        string_of(info[1]),
        MemberOptions(info[2].As<Napi::Object>()),
        control_of(info[3]),
    };

    return job_start(info.Env(), job, info[3]);
}
