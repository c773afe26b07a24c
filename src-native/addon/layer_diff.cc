#include "core/layer_diff.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct DiffJob {
    std::string upper;
    int fd;
    layer_diff_options options;
    ch_control *control;
    layer_diff_result found = {};

    int run(ch_error *err)
    {
        return layer_diff(upper.c_str(), fd, &options, control, &found, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = stats_value(env, found.stats).As<Napi::Object>();

        set_digests(value, found.digests);
        value.Set("whiteouts", static_cast<double>(found.whiteouts));
        return value;
    }
};

} // namespace

Napi::Value diff_layer(const Napi::CallbackInfo &info)
{
    Napi::Object shape = info[2].As<Napi::Object>();
    DiffJob job = {
        string_of(info[0]),
        info[1].As<Napi::Number>().Int32Value(),
        {compression_named(string_of(shape.Get("compression"))),
         !shape.Get("xattrs").As<Napi::Boolean>().Value()},
        control_of(info[3]),
    };

    return job_start(info.Env(), job, info[3]);
}
