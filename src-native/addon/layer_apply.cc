#include "core/layer_apply.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct ApplyJob {
    LayerSource source;
    std::string directory;
    StringList lower;
    layer_apply_options options = {};
    ch_control *control;
    layer_result found = {};

    ApplyJob(int fd, std::string target, Napi::Object shape, ch_control *watch)
        : source(fd, shape), directory(std::move(target)),
          lower(shape.Get("lower")), control(watch)
    {
        options.reserve = number_of(shape.Get("reserve"));
        options.without_xattrs =
            !shape.Get("xattrs").As<Napi::Boolean>().Value();
        options.form =
            string_of(shape.Get("form")) == "flat" ? LAYER_FLAT : LAYER_OVERLAY;
    }

    int run(ch_error *err)
    {
        options.source = source.view();
        options.lower = lower.pointers();
        return layer_apply(&options, directory.c_str(), control, &found, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = stats_value(env, found.stats).As<Napi::Object>();

        set_digests(value, found.digests);
        value.Set("whiteouts", static_cast<double>(found.whiteouts));
        value.Set("privileged", static_cast<double>(found.privileged));
        value.Set("xattrsLost", static_cast<double>(found.xattrs));
        value.Set("opaque", found.opaque);
        return value;
    }
};

} // namespace

Napi::Value apply_layer(const Napi::CallbackInfo &info)
{
    ApplyJob job(info[0].As<Napi::Number>().Int32Value(), string_of(info[1]),
                 info[2].As<Napi::Object>(), control_of(info[3]));

    return job_start(info.Env(), std::move(job), info[3]);
}
